import { hash } from "node:crypto";
import {
  letterOf,
  RECEIPT_OUTCOMES,
  Slug,
  type AuditRecord,
  type CapturedSegment,
  type EvidenceLeaf,
  type ExchangeRecord,
  type RecordedMatch,
  type ReceiptOutcome,
  type SpoolRecord,
  type TelemetryEvent,
  type TelemetryRecord,
  type TenantId,
} from "@parapet/model";
import { canonical } from "./canonical-json.ts";
import { clip } from "./clip.ts";

/** A leaf never grows past this; the tile format's own limit is 65,535. */
export const LEAF_BYTES_MAX = 4096;

const POLICIES_MAX = 8;

/** One entry of the log, ready to append. */
export interface Leaf {
  readonly id: string;
  /** Empty for audit records and telemetry. */
  readonly exchange: string;
  /** RFC 8785 JSON of an `EvidenceLeaf`, at most `LEAF_BYTES_MAX` bytes. */
  readonly bytes: Uint8Array;
}

/** Keyed hashing with one tenant's subject keys; destroying a subject's key erases every value made with it. */
export interface SubjectHasher {
  /** HMAC-SHA-256 of `value` under the key of `subject`, at most 64 characters of base64url or hex. */
  hmac(subject: string, value: string): string;
}

/** Whose key the record's HMACs are made with: the end user when known, else who acted. */
export const subjectOf = (record: SpoolRecord): { readonly tenant: TenantId; readonly subject: string } => {
  if (record.kind === "audit") return { tenant: record.tenant, subject: record.actor };
  if (record.kind === "telemetry") return { tenant: record.tenant, subject: `source:${record.feed}` };
  const { tenant, user, principal } = record.origin;
  return { tenant, subject: user === undefined || user === "" ? principal : `user:${user}` };
};

/** Whose key one event of telemetry stands under: who acted, else the source that told of it. */
export const subjectOfEvent = (event: TelemetryEvent, record: TelemetryRecord): string =>
  event.principal === undefined || event.principal === "" ? `source:${record.feed}` : event.principal;

const sha256 = (text: string): string => hash("sha256", text, "hex");

/** Of a match, what cannot quote anybody: reason and clues stay with the record. */
const withoutText = (match: RecordedMatch) => ({
  detector: match.detector,
  category: match.category,
  type: match.type,
  confidence: match.confidence,
  severity: match.severity,
  segment: match.segment,
  start: match.start,
  end: match.end,
  view: match.view,
  provenance: match.provenance,
  direction: match.direction,
});

/** The text is bound by its digest: bringing kilobytes into canonical form cost more than all else in a leaf. */
const withTextDigest = ({ text, ...place }: CapturedSegment) =>
  text === undefined ? place : { ...place, text: sha256(text) };

/** Vendors' model names; anything else a client puts there may name a person. */
const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/+~-]{0,127}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Audit types (first word) whose targets are named in files by the operator. */
const FILE_TARGETS: ReadonlySet<string> = new Set([
  "detector",
  "evidence",
  "mode",
  "policy",
  "route",
  "rule",
  "source",
]);

type Hmac = (field: string, value: string | undefined) => string;

/** The field is part of what is hashed, so that equal values in two fields cannot be recognised as equal. */
const hasherFor = (record: SpoolRecord, keys: SubjectHasher): Hmac => {
  const { subject } = subjectOf(record);
  return (field, value) =>
    value === undefined || value === "" ? "" : clip(keys.hmac(subject, `${field}\0${value}`), 64);
};

const clearOrHmac = (isClear: boolean, field: string, value: string, hmac: Hmac): string =>
  isClear || value === "" ? value : `hmac:${hmac(field, value)}`;

const countMatches = (record: ExchangeRecord): Record<string, number> => {
  const counts: Record<string, number> = { segments: record.segments.length, policies: record.verdict.policies.length };
  for (const { category } of record.matches) counts[category] = (counts[category] ?? 0) + 1;
  const count = (outcome: ReceiptOutcome, more: number): void => {
    if (more > 0) counts[outcome] = (counts[outcome] ?? 0) + more;
  };
  for (const { outcome } of record.receipt.parts) count(outcome, 1);
  for (const outcome of RECEIPT_OUTCOMES) {
    const letter = letterOf(outcome);
    for (const [, letters] of record.receipt.segments) count(outcome, letters.split(letter).length - 1);
  }
  return counts;
};

const exchangeLeaf = (record: ExchangeRecord, hmac: Hmac): EvidenceLeaf => {
  const { origin, segments, matches, receipt, verdict, ...details } = record;
  return {
    v: 1,
    id: clip(record.id, 64),
    type: `exchange.${record.kind}`,
    time: clip(record.time, 40),
    place: { node: clip(origin.node, 128), route: clip(origin.route, 128), tenant: clip(origin.tenant, 80) },
    source: hmac("address", origin.address),
    outcome: {
      state: record.kind === "opened" ? "open" : record.kind === "released" ? record.what : record.state,
      action: verdict.action,
      would: verdict.would,
      policies: verdict.policies.slice(0, POLICIES_MAX).map(({ id }) => clip(id, 100)),
      policyVersion: clip(verdict.policyVersion, 80),
    },
    identities: {
      principal: hmac("principal", origin.principal),
      session: hmac("session", origin.session),
      agent: hmac("agent", origin.agent),
      user: hmac("user", origin.user),
      key: clip(origin.key ?? "", 64),
      model: clearOrHmac(MODEL_NAME.test(origin.model), "model", origin.model, hmac),
    },
    exchange: clip(origin.exchange, 64),
    counts: countMatches(record),
    digests: {
      segments: hmac("segments", canonical(segments.map(withTextDigest))),
      matches: sha256(canonical(matches.map(withoutText))),
      receipt: sha256(canonical(receipt)),
      details: hmac("details", canonical({ ...details, origin, verdict })),
    },
  };
};

const auditLeaf = (record: AuditRecord, hmac: Hmac): EvidenceLeaf => {
  const subject = record.type.split(".", 1)[0] ?? "";
  const isClear = UUID.test(record.target) || (FILE_TARGETS.has(subject) && Slug.safeParse(record.target).success);
  return {
    v: 1,
    id: clip(record.id, 64),
    type: clip(record.type, 100),
    time: clip(record.time, 40),
    place: { node: "", route: "", tenant: clip(record.tenant, 80) },
    source: hmac("address", record.address),
    outcome: { state: record.outcome, action: "", would: "", policies: [], policyVersion: "" },
    identities: { principal: hmac("principal", record.actor), session: "", agent: "", user: "", key: "", model: "" },
    target: clearOrHmac(isClear, "target", record.target, hmac),
    exchange: "",
    counts: {},
    digests: { segments: "", matches: "", receipt: "", details: hmac("details", canonical(record)) },
  };
};

/** The event as received, its texts bound by their digests. */
const withTextDigests = ({ texts, ...event }: TelemetryEvent) =>
  texts === undefined
    ? event
    : { ...event, texts: texts.map(({ provenance, text }) => ({ provenance, text: sha256(text) })) };

/** Each event is bound under its own subject's key, so that erasing one person leaves nothing to compare with. */
const telemetryLeaf = (record: TelemetryRecord, keys: SubjectHasher): EvidenceLeaf => {
  const { events } = record;
  const bound = events.map((event) => keys.hmac(subjectOfEvent(event, record), canonical(withTextDigests(event))));
  return {
    v: 1,
    id: clip(record.id, 64),
    type: "telemetry",
    time: clip(record.time, 40),
    place: { node: "", route: clip(record.feed, 128), tenant: clip(record.tenant, 80) },
    source: "",
    outcome: { state: "received", action: "", would: "", policies: [], policyVersion: "" },
    identities: { principal: "", session: "", agent: "", user: "", key: "", model: "" },
    target: clip(record.source, 128),
    exchange: "",
    counts: { events: events.length, texts: events.reduce((sum, { texts }) => sum + (texts?.length ?? 0), 0) },
    digests: { segments: "", matches: "", receipt: "", details: sha256(bound.join("\n")) },
  };
};

const leafOf = (record: SpoolRecord, keys: SubjectHasher): EvidenceLeaf => {
  switch (record.kind) {
    case "telemetry":
      return telemetryLeaf(record, keys);
    case "audit":
      return auditLeaf(record, hasherFor(record, keys));
    default:
      return exchangeLeaf(record, hasherFor(record, keys));
  }
};

/**
 * The ledger's entry for a spool record; the same record and keys always make the same bytes.
 * `keys` are those of the record's tenant; the subject is `subjectOf(record)`.
 */
export const toLeaf = (record: SpoolRecord, keys: SubjectHasher): Leaf => {
  const leaf = leafOf(record, keys);
  const bytes = Buffer.from(canonical(leaf));
  if (bytes.length > LEAF_BYTES_MAX) throw new Error(`leaf of record ${leaf.id} takes ${bytes.length} bytes`);
  return { id: leaf.id, exchange: leaf.exchange, bytes };
};
