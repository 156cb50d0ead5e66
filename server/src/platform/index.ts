/**
 * What every module stands on: clock, ids, faults, logger, outbound HTTP, SSE, JSON and form scanning, crypto,
 * configuration loading.
 *
 * Knows nothing of exchanges, detectors or policies. Invariants: one reader of JSON, one of forms and one of SSE, so that
 * no two parts read the same bytes differently; every outbound connection passes the egress guard.
 */
export { fakeClock, systemClock, toTimestamp, type Clock, type FakeClock } from "./clock.ts";
export { flatAscii, flatText } from "./flat-text.ts";
export { uuidv7 } from "./ids.ts";
export { Fault, FAULTS, isFaultCode, toFault, type FaultCode, type FaultOptions, type FaultParty } from "./fault.ts";
export {
  createLogger,
  silentLogger,
  type LogDestination,
  type LogFields,
  type Logger,
  type LogLevel,
} from "./logger.ts";
export { declaredBoundary, editFormText, formBoundary, formType, isSameForm, scanForm } from "./form-data.ts";
export { createKeySet, SIGNATURE_ALGORITHMS, type KeySet, type VerifyKeys } from "./key-set.ts";
export { escapePointer, hasOneReading, openJson, scanJson } from "./json-scanner.ts";
export type {
  JsonFault,
  JsonFaultCode,
  JsonScan,
  JsonSpan,
  ScannedJson,
  ScanOptions,
  StringLeaf,
} from "./scanned-json.ts";
export {
  constantTimeEqual,
  deriveKey,
  hmacHex,
  open,
  randomToken,
  seal,
  sha256,
  sha256Hex,
  type Bytes,
} from "./crypto.ts";
export { loadMasterKey, loadOrCreateKeyFile } from "./key-file.ts";
export { editStringToken, spliceJsonStrings, type JsonEdit, type StringEdit } from "./json-splice.ts";
export { EventStreamParser, formatEventFrame } from "./event-stream.ts";
export { JsonArrayParser } from "./json-array.ts";
export { LinesParser } from "./json-lines.ts";
export { formatSse, SseParser, type SseEvent, type SseFault, type SseItem, type SseOptions } from "./sse.ts";
export { cidrContains, isLoopback, parseCidr, plainAddress, type Cidr } from "./ip.ts";
export {
  EgressRefusedError,
  guardedLookup,
  guardUrl,
  type EgressRefusal,
  type EgressRules,
  type GuardedUrl,
  type Resolve,
} from "./egress-guard.ts";
export {
  createHttpClient,
  createUpstreamPool,
  upstreamFaultCode,
  type HttpClient,
  type HttpRequest,
  type HttpResult,
  type UpstreamPoolOptions,
} from "./http-client.ts";
export { HOP_HEADERS, localConnection, type LocalConnectionOptions } from "./local-connection.ts";
export { loadYaml, toJsonSchema, type Loaded } from "./load-configuration.ts";
export { nearest } from "./nearest.ts";
export { resolveSecret, type SecretResult } from "./resolve-secret.ts";
export { parseOptional, parseTrusted, trustMessage } from "./trusted-json.ts";
export { createMetrics, type Counter, type Gauge, type Histogram, type Metrics } from "./metrics.ts";
