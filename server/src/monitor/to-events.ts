import {
  actionRank,
  CATEGORIES,
  type AuditRecord,
  type ClosedRecord,
  type Event,
  type ExchangeRecord,
} from "@parapet/model";
import { toTimestamp } from "#platform";
import type { ExchangeRow } from "#storage";
import { callFields } from "./call-fields.ts";
import { callUses } from "./call-uses.ts";
import { matchFields, severityOf } from "./match-fields.ts";
import { withoutWords } from "./sealed-words.ts";

/** Seals captured text under its subject's key; undefined when there is none to seal. */
export type SealText = (record: ExchangeRecord) => string | undefined;

/** The event of a record that is no telemetry. `body` names are fixed: rules are written against them (docs/rules.md). */
export const toEvent = (record: ExchangeRecord | AuditRecord, receivedMs: number, sealText: SealText): Event =>
  record.kind === "audit" ? auditEvent(record, receivedMs) : exchangeEvent(record, receivedMs, sealText);

const auditEvent = (record: AuditRecord, receivedMs: number): Event => ({
  tenant: record.tenant,
  id: record.id,
  time: record.time,
  receivedAt: toTimestamp(receivedMs),
  source: "audit",
  kind: record.type,
  schemaVersion: record.schemaVersion,
  severity: record.outcome === "failure" ? "low" : "informational",
  principal: record.actor,
  asset: record.target,
  body: {
    type: record.type,
    actor: record.actor,
    target: record.target,
    outcome: record.outcome,
    address: record.address ?? "",
    detail: record.detail,
  },
});

const exchangeEvent = (record: ExchangeRecord, receivedMs: number, sealText: SealText): Event => {
  const { origin, verdict } = record;
  const text = sealText(record);
  return {
    tenant: origin.tenant,
    id: record.id,
    time: record.time,
    receivedAt: toTimestamp(receivedMs),
    // Rules, hunts and replays read the source `gateway`: what Parapet sends itself is none of theirs.
    source: origin.lane ?? "gateway",
    kind: `${origin.lane ?? "exchange"}.${record.kind}`,
    schemaVersion: record.schemaVersion,
    severity: severityOf(record.matches),
    exchange: origin.exchange,
    session: origin.session,
    principal: origin.principal,
    ...(origin.agent !== undefined && { agent: origin.agent }),
    route: origin.route,
    model: origin.model,
    ...(origin.trace !== undefined && { trace: origin.trace }),
    ...(text !== undefined && { text }),
    body: {
      verdict: verdict.action,
      would: verdict.would,
      policy: verdict.policy ?? "",
      policies: verdict.policies.map(({ id }) => id),
      endpoint: origin.endpoint,
      protocol: origin.protocol,
      address: origin.address,
      key: origin.key ?? "",
      user: origin.user ?? "",
      onBehalfOf: origin.onBehalfOf ?? [],
      streamed: origin.streamed,
      captured: text !== undefined,
      ...matchFields(record.matches),
      ...(record.kind === "closed" && closedFields(record)),
      ...(record.kind === "released" && {
        what: record.what,
        ...callFields(record.toolCall === undefined ? [] : [record.toolCall]),
      }),
    },
    // Everything else: read back whole for the exchange's page.
    record: JSON.stringify(withoutWords(record)),
  };
};

const closedFields = (record: ClosedRecord) => ({
  state: record.state,
  status: record.status,
  unscannable: record.unscannable,
  bypassed: record.bypassed,
  ...callFields(record.toolCalls),
  // One string: read back whole by the registry of agents.
  ...(record.toolCalls.length > 0 && { uses: JSON.stringify(callUses(record)) }),
  inputTokens: record.usage?.inputTokens ?? 0,
  outputTokens: record.usage?.outputTokens ?? 0,
  finishReason: record.finishReason ?? "",
  latencyMs: record.latencyMs,
  addedMs: record.addedMs,
  requestBytes: record.requestBytes,
  responseBytes: record.responseBytes,
});

const SEARCH_CHARACTERS_MAX = 2_000;

/** The list's row: an open exchange from its `opened` record, the final one from `closed`. */
export const toExchangeRow = (record: ExchangeRecord): ExchangeRow | undefined => {
  if (record.kind === "released") return undefined;
  const { origin, matches, verdict } = record;
  const { categories, types, detectors } = matchFields(matches);
  const closed = record.kind === "closed" ? record : undefined;
  const policies = verdict.policies.map(({ id }) => id);
  const tools = closed?.toolCalls.map(({ name }) => name) ?? [];
  const words = [
    origin.exchange,
    origin.route,
    origin.session,
    origin.principal,
    origin.agent,
    origin.user,
    origin.model,
    origin.key,
    origin.address,
  ];
  return {
    tenant: origin.tenant,
    id: origin.exchange,
    time: record.time,
    route: origin.route,
    session: origin.session,
    principal: origin.principal,
    ...(origin.agent !== undefined && { agent: origin.agent }),
    model: origin.model,
    verdict: verdict.action,
    would: verdict.would,
    ...(verdict.policy !== undefined && { policy: verdict.policy }),
    state: closed?.state ?? "open",
    severity: severityOf(matches),
    categories: CATEGORIES.filter((category) => categories.includes(category)),
    matches: matches.length,
    unscannable: closed?.unscannable ?? record.receipt.parts.length,
    latencyMs: closed?.latencyMs ?? 0,
    addedMs: closed?.addedMs ?? 0,
    streamed: origin.streamed,
    status: closed?.status ?? 0,
    search: [...words, ...policies, ...types, ...detectors, ...tools]
      .join(" ")
      .toLowerCase()
      .slice(0, SEARCH_CHARACTERS_MAX),
    ...(origin.lane !== undefined && { lane: origin.lane }),
    version: closed === undefined ? 0 : 1,
  };
};

/** Whether something was stopped or changed, or would have been: what the overview counts. */
export const isActedOn = (row: ExchangeRow): boolean => actionRank(row.verdict) > actionRank("allow");
