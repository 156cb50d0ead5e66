/**
 * Telemetry sources: how each one's payload falls into records and becomes events.
 *
 * Pure: bytes come in, events go out; it opens no connection and reads no file. Invariant: bad input is answered
 * with a sentence, never an exception, and nothing is passed over in silence.
 */
export { SOURCE_BINDINGS, SOURCES } from "./catalogue.ts";
export type { DecodeContext, Decoded, Source, SourcePayload, SplitRecord } from "./source.ts";
export { loadMappings, type LoadedMappings, type MappingFile } from "./mapping/load-mappings.ts";
