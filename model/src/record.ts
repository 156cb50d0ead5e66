import { z } from "zod";
import { BodyOutline } from "./body-outline.ts";
import { ArgumentsUse, CallFacts } from "./agent.ts";
import { ExchangeState, Lane, Usage } from "./exchange.ts";
import { EventId, ExchangeId, TenantId, Timestamp } from "./identifiers.ts";
import { Match } from "./match.ts";
import { Provenance } from "./provenance.ts";
import { Severity } from "./severity.ts";
import { CompactReceipt } from "./receipt.ts";
import { Direction, Segment } from "./segment.ts";
import { TelemetryRecord } from "./telemetry.ts";
import { Action, Verdict } from "./verdict.ts";

/**
 * What a gateway appends to the spool. The monitor makes events, ledger leaves and
 * findings from it. Self-contained: a record can be understood without the others.
 *
 * - `opened`: written before the upstream call (request side).
 * - `released`: written before the first byte of a stream or before a tool call is let go.
 * - `closed`: the one terminal record; carries all matches, the segments that no earlier record held,
 *   and the totals. `verdict` is the stronger of the request's and the response's.
 */
export const RECORD_KINDS = ["opened", "released", "closed"] as const;

/** Who and where, the same in every record of one exchange (AU-3 c, d, f). */
export const ExchangeOrigin = z.object({
  tenant: TenantId,
  exchange: ExchangeId,
  route: z.string(),
  protocol: z.string(),
  endpoint: z.string().describe("Method and path below the route, e.g. `POST /chat/completions`"),
  model: z.string(),
  session: z.string(),
  sessionSource: z.enum(["header", "protocol", "fingerprint", "none"]),
  principal: z.string().describe("`user:…`, `agent:…`, `key:…` or `anonymous`"),
  key: z.string().optional().describe("Gateway key id"),
  agent: z.string().optional(),
  user: z.string().optional(),
  onBehalfOf: z
    .array(z.string())
    .optional()
    .describe("Agents and services that handed the task on, outermost first; the person stands in `user`"),
  address: z.string().describe("Caller's IP address"),
  node: z.string().describe("Gateway that handled it"),
  boot: z.string().describe("Start of that gateway; what an earlier start left open was interrupted"),
  trace: z.string().optional().describe("W3C trace id when the caller sent one"),
  streamed: z.boolean(),
  lane: Lane.optional().describe("Parapet's own traffic; absent for everybody else's"),
});
export type ExchangeOrigin = Readonly<z.infer<typeof ExchangeOrigin>>;

/** Captured text of one segment, as the route's `capture` allows. */
export const CapturedSegment = Segment.extend({
  text: z.string().optional().describe("Absent with `capture: hash`; redacted spans replaced with `redacted`"),
  length: z.int().nonnegative().describe("UTF-16 length of the original"),
  digest: z.string().describe("Keyed content hash (HMAC-SHA-256, hex, 32 chars)"),
});
export type CapturedSegment = Readonly<z.infer<typeof CapturedSegment>>;

export const ToolCall = z.object({
  id: z.string(),
  name: z.string(),
  segment: z.int().nonnegative().describe("Segment holding the arguments"),
  facts: CallFacts.optional().describe("What was known of it; absent where nobody gathered facts"),
  use: ArgumentsUse.optional().describe("Absent where nobody gathered facts"),
  decision: z
    .object({ action: Action, would: Action, policy: z.string().optional() })
    .optional()
    .describe("About this call alone; absent where it was not decided about"),
});
export type ToolCall = Readonly<z.infer<typeof ToolCall>>;

/** A match with what is needed to understand it without its segment. */
export const RecordedMatch = Match.extend({ provenance: Provenance, direction: Direction });
export type RecordedMatch = Readonly<z.infer<typeof RecordedMatch>>;

/** A span of the request that the upstream saw as a token. The value itself is in no record. */
export const MaskedSpan = z.object({
  segment: z.int().nonnegative(),
  start: z.int().nonnegative().describe("First UTF-16 code unit of the span in the segment as received"),
  end: z.int().nonnegative(),
  type: z.string().describe("Type of the match"),
  token: z.string().describe("What stands there instead, the same for the same value in one session"),
});
export type MaskedSpan = Readonly<z.infer<typeof MaskedSpan>>;

/** A token of the response that was replaced by its value on the way to the caller. */
export const RestoredToken = z.object({
  segment: z.int().nonnegative().describe("Segment of the response"),
  token: z.string(),
  times: z.int().positive(),
});
export type RestoredToken = Readonly<z.infer<typeof RestoredToken>>;

const base = {
  schemaVersion: z.literal(1),
  id: EventId,
  time: Timestamp,
  origin: ExchangeOrigin,
  segments: z.array(CapturedSegment),
  outlines: z.array(BodyOutline).optional().describe("Of the bodies whose texts these are; absent where none is kept"),
  matches: z.array(RecordedMatch),
  receipt: CompactReceipt,
  verdict: Verdict,
  masked: z.array(MaskedSpan).optional().describe("Absent when nothing was masked"),
  restored: z
    .array(RestoredToken)
    .optional()
    .describe("Absent when nothing was put back; known when the exchange ends"),
};

export const OpenedRecord = z.object({ kind: z.literal("opened"), ...base });
export const ReleasedRecord = z.object({
  kind: z.literal("released"),
  ...base,
  what: z.enum(["first-byte", "tool-call", "redaction", "block"]),
  toolCall: ToolCall.optional(),
});
export const ClosedRecord = z.object({
  kind: z.literal("closed"),
  ...base,
  state: ExchangeState,
  detail: z.string().optional().describe("What went wrong, for states that need a sentence"),
  status: z.int(),
  toolCalls: z.array(ToolCall),
  usage: Usage.optional(),
  finishReason: z.string().optional(),
  latencyMs: z.number(),
  addedMs: z.number(),
  firstByteMs: z.number().optional(),
  requestBytes: z.int().nonnegative(),
  responseBytes: z.int().nonnegative(),
  requestVerdict: Verdict,
  responseVerdict: Verdict.optional().describe("Absent when no response was judged"),
  severity: Severity,
  unscannable: z.int().nonnegative().describe("Parts that could not be inspected, both directions"),
  bypassed: z
    .int()
    .nonnegative()
    .describe(
      "Texts that passed although their inspection failed or was cut short; images and the like count as unscannable",
    ),
});
export const ExchangeRecord = z.discriminatedUnion("kind", [OpenedRecord, ReleasedRecord, ClosedRecord]);
export type OpenedRecord = Readonly<z.infer<typeof OpenedRecord>>;
export type ReleasedRecord = Readonly<z.infer<typeof ReleasedRecord>>;
export type ClosedRecord = Readonly<z.infer<typeof ClosedRecord>>;
export type ExchangeRecord = OpenedRecord | ReleasedRecord | ClosedRecord;

/** Something worth keeping that is not an exchange: key made, policy reloaded, evidence lost, login. */
export const AuditRecord = z.object({
  kind: z.literal("audit"),
  schemaVersion: z.literal(1),
  id: EventId,
  time: Timestamp,
  tenant: TenantId,
  type: z.string().describe("Dotted name, e.g. `key.created`, `policy.reloaded`, `evidence.lost`"),
  actor: z.string().describe("`user:…`, `cli`, `system`"),
  address: z.string().optional(),
  target: z.string(),
  outcome: z.enum(["success", "failure"]),
  detail: z.record(z.string(), z.unknown()).describe("No secrets, no captured text"),
});
export type AuditRecord = Readonly<z.infer<typeof AuditRecord>>;

export const SpoolRecord = z.discriminatedUnion("kind", [
  OpenedRecord,
  ReleasedRecord,
  ClosedRecord,
  AuditRecord,
  TelemetryRecord,
]);
export type SpoolRecord = ExchangeRecord | AuditRecord | TelemetryRecord;

/** Whether the record is of an exchange through a gateway. */
export const isExchangeRecord = (record: SpoolRecord): record is ExchangeRecord =>
  record.kind !== "audit" && record.kind !== "telemetry";
