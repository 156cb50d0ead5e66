import type { LogSourceBinding } from "@parapet/model";
import { DEFAULT_BINDINGS } from "#rules";

/** What the log sources of rules stand for here: Parapet's own events, and those of every telemetry source. */
export const LOG_SOURCES: readonly LogSourceBinding[] = [...DEFAULT_BINDINGS];
