import type { LogSourceBinding } from "@parapet/model";
import { DEFAULT_BINDINGS } from "#rules";
import { SOURCE_BINDINGS } from "#sources";
import type { LoadedConfiguration } from "./load-configuration.ts";
import { readSourceMappings } from "./source-mappings.ts";

/** What the log sources of rules stand for here: Parapet's own events, and those of every telemetry source. */
export const logSources = (
  loaded: Pick<LoadedConfiguration, "configuration" | "base">,
): readonly LogSourceBinding[] => [
  ...DEFAULT_BINDINGS,
  ...SOURCE_BINDINGS,
  ...readSourceMappings(loaded).sources.flatMap(({ bindings }) => bindings),
];
