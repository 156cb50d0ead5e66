import { Event, ExchangeSummary, TenantId } from "@parapet/model";
import { z } from "zod";
import type { ExchangeRow } from "../event-store.ts";

// The engine's dates end in 2299; a sender's nonsense must not keep a batch out.
const FIRST_TIME = "1970-01-01T00:00:00.000Z";
const LAST_TIME = "2200-01-01T00:00:00.000Z";
export const boundedTime = (time: string): string =>
  time < FIRST_TIME ? FIRST_TIME : time > LAST_TIME ? LAST_TIME : time;

const HOUR_MS = 3_600_000;

/**
 * The smallest id that an exchange since then can have. Exchanges are sorted by id, a UUIDv7, so this spares
 * reading the older ones; an hour is left for clocks that were set.
 */
export const firstIdSince = (sinceMs: number): string => {
  const hex = Math.max(0, Math.trunc(sinceMs) - HOUR_MS)
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
};

/** Columns of an event as read; aliases are the fields' names. */
export const EVENT_COLUMNS = `tenant, id, time, received_at AS receivedAt, source, kind,
  schema_version AS schemaVersion, severity, exchange, session, principal, agent, asset, route, model, trace,
  text, raw, record`;

export const EXCHANGE_COLUMNS = `tenant, id, time, route, session, principal, agent, model, verdict, would, policy,
  state, severity, categories, matches, unscannable, latency_ms AS latencyMs, added_ms AS addedMs, streamed,
  status, lane, search, version`;

export const eventLine = (event: Event): string =>
  JSON.stringify({
    tenant: event.tenant,
    id: event.id,
    time: boundedTime(event.time),
    received_at: boundedTime(event.receivedAt),
    source: event.source,
    kind: event.kind,
    schema_version: event.schemaVersion,
    severity: event.severity,
    exchange: event.exchange ?? "",
    session: event.session ?? "",
    principal: event.principal ?? "",
    agent: event.agent ?? "",
    asset: event.asset ?? "",
    route: event.route ?? "",
    model: event.model ?? "",
    trace: event.trace ?? "",
    text: event.text ?? "",
    raw: JSON.stringify(event.body),
    record: event.record ?? "",
  });

export const exchangeLine = ({ latencyMs, addedMs, agent, policy, lane, ...row }: ExchangeRow): string =>
  JSON.stringify({
    ...row,
    agent: agent ?? "",
    policy: policy ?? "",
    lane: lane ?? "",
    latency_ms: latencyMs,
    added_ms: addedMs,
    search: row.search.toLowerCase(),
  });

const Fields = z.record(z.string(), z.unknown());
const OPTIONAL = ["exchange", "session", "principal", "agent", "asset", "route", "model", "trace", "text", "record"];

/** Missing fields are empty strings in the store and absent outside. */
const withoutEmpty = (fields: Record<string, unknown>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== "" || !names.includes(name)));

export const StoredEvent = Fields.transform(({ raw, ...fields }): Event => {
  const body: unknown = JSON.parse(z.string().parse(raw));
  return withOwnRecord(Event.parse({ ...withoutEmpty(fields, OPTIONAL), body }));
});

const RECORDED: ReadonlySet<string> = new Set(["gateway", "self-test", "probe"]);

/** Earlier versions kept the record of an exchange in the body. */
const withOwnRecord = (event: Event): Event => {
  const { record, ...body } = event.body;
  const isOlder = event.record === undefined && typeof record === "string" && RECORDED.has(event.source);
  return isOlder ? { ...event, body, record } : event;
};

export const StoredExchange = Fields.transform((fields): ExchangeRow =>
  Row.parse(withoutEmpty(fields, ["agent", "policy", "lane"])),
);
export const StoredSummary = Fields.transform((fields): ExchangeSummary =>
  ExchangeSummary.parse(withoutEmpty(fields, ["agent", "policy", "lane"])),
);
const Row = ExchangeSummary.extend({ tenant: TenantId, would: z.string(), search: z.string(), version: z.int() });
