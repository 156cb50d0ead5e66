import type { Source } from "./source.ts";
import { otlp } from "./otlp/otlp.ts";

/** Every source that is code, one line each. Those that only rename fields are files (`loadMappings`). */
export const SOURCES: readonly Source[] = [otlp];
