import type { AgentActivity, Event, ExchangeSummary, HourlyRow, TenantId } from "@parapet/model";
import { ExchangeState, Timestamp } from "@parapet/model";
import { sinceToMs, type EventsQuery, type ExchangesQuery } from "@parapet/model/api";
import { systemClock, type Clock } from "#platform";
import { z } from "zod";
import type {
  ActivityQuery,
  EventNames,
  EventStore,
  EventWindow,
  ExchangeRow,
  HourlyQuery,
  SeenValue,
  Hit,
  HitsQuery,
  HuntCounts,
  HuntScope,
  ModePreviewRow,
  Page,
  RuleActivity,
  SampleQuery,
  SeenAgent,
  SqlValues,
  StoreOverview,
} from "../event-store.ts";
import { openChdbEngine, type ChdbEngine, type QueryParameters } from "./chdb-engine.ts";
import { agentActivity, agentsSeen } from "./event-agents.ts";
import { eventsOfNames } from "./event-names.ts";
import { readOverview } from "./event-overview.ts";
import {
  EVENT_COLUMNS,
  EXCHANGE_COLUMNS,
  eventLine,
  exchangeLine,
  firstIdSince,
  StoredEvent,
  StoredExchange,
} from "./event-rows.ts";
import { REAL } from "./exchange-kinds.ts";
import { hourlyLine, scanHourly, seenValues } from "./event-hours.ts";
import { forgetPrincipal } from "./forget-principal.ts";
import { listExchanges } from "./exchange-list.ts";
import { changedRules, insertHits, listHits, ruleActivity } from "./event-hits.ts";
import { countHunt, countHuntBy, hunt } from "./event-hunt.ts";
import { sampleEvents } from "./event-samples.ts";
import { decodePlace, encodePlace } from "./page-cursor.ts";
import { parseWhere, whereSql } from "./where.ts";

export interface ChdbEventStoreOptions {
  /** Made when absent. One process at a time may have it open. */
  readonly directory: string;
  /** Most memory the engine may take, caches included. */
  readonly memoryBytes?: number;
  readonly clock?: Clock;
}

const SCAN_ROWS = 500;
// About two milliseconds of the caller's event loop between two pauses.
const LINES_AT_ONCE = 200;
const DAY_MS = 86_400_000;

const CountRow = z.object({ count: z.int() });
const SourceRow = z.object({ source: z.string(), events: z.int(), last: Timestamp });
const IdRow = z.object({ id: z.string() });
const StateRow = z.object({ state: ExchangeState, count: z.int() });
const PolicyRow = z.object({ policy: z.string(), count: z.int() });
const PreviewRow = z.object({ exchanges: z.int(), wouldChange: z.int() });

const TIME = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;

const toLines = async <T>(items: readonly T[], line: (item: T) => string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < items.length; at += LINES_AT_ONCE) {
    if (at > 0) await new Promise(setImmediate);
    const lines = items.slice(at, at + LINES_AT_ONCE).map(line);
    chunks.push(Buffer.from(`${lines.join("\n")}\n`));
  }
  return Buffer.concat(chunks);
};

/** A UUIDv7's own time, less a day for clocks that differ: events of an exchange are not older. */
const earliestOf = (exchange: string): number => {
  const ms = Number.parseInt(exchange.replace("-", "").slice(0, 12), 16);
  return Number.isSafeInteger(ms) ? Math.max(0, ms - DAY_MS) : 0;
};

const wholeMs = (ms: number): string => {
  if (!Number.isSafeInteger(Math.trunc(ms))) throw new Error("not a time");
  return String(Math.trunc(ms));
};

class ChdbEventStore implements EventStore {
  readonly #engine: ChdbEngine;
  readonly #clock: Clock;

  constructor(engine: ChdbEngine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  async insert({ events, exchanges, hourly = [] }: Parameters<EventStore["insert"]>[0], token: string): Promise<void> {
    const eventLines = await toLines(events, eventLine);
    // The rows' lines are made while the engine takes the events.
    const [rowLines] = await Promise.all([
      toLines(exchanges, exchangeLine),
      events.length === 0 ? undefined : this.#engine.insert("parapet.events", eventLines, token),
    ]);
    if (exchanges.length > 0) await this.#engine.insert("parapet.exchanges", rowLines, token);
    if (hourly.length > 0) await this.#engine.insert("parapet.hourly", await toLines(hourly, hourlyLine), token);
  }

  scanHourly(tenant: TenantId, query: HourlyQuery): AsyncIterable<readonly HourlyRow[]> {
    return scanHourly(this.#engine, tenant, query);
  }

  seenValues(tenant: TenantId, query: HourlyQuery): Promise<readonly SeenValue[]> {
    return seenValues(this.#engine, tenant, query);
  }

  agentsSeen(tenant: TenantId, sinceMs: number): Promise<readonly SeenAgent[]> {
    return agentsSeen(this.#engine, tenant, sinceMs);
  }

  agentActivity(tenant: TenantId, query: ActivityQuery): Promise<readonly AgentActivity[]> {
    return agentActivity(this.#engine, tenant, query);
  }

  insertHits(hits: readonly Hit[], receivedMs: number, token: string): Promise<void> {
    return insertHits(this.#engine, hits, receivedMs, token);
  }

  changedRules(sinceMs: number): ReturnType<EventStore["changedRules"]> {
    return changedRules(this.#engine, sinceMs);
  }

  listHits(tenant: TenantId, query: HitsQuery): Promise<readonly Hit[]> {
    return listHits(this.#engine, tenant, query);
  }

  ruleActivity(tenant: TenantId, sinceMs: number): Promise<readonly RuleActivity[]> {
    return ruleActivity(this.#engine, tenant, sinceMs);
  }

  hunt(
    tenant: TenantId,
    query: HuntScope & { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Event>> {
    return hunt(this.#engine, tenant, query);
  }

  countHunt(tenant: TenantId, query: HuntScope): Promise<HuntCounts> {
    return countHunt(this.#engine, tenant, query);
  }

  countHuntBy(
    tenant: TenantId,
    query: HuntScope & { readonly by: { readonly sql: string; readonly parameters: SqlValues } },
  ): ReturnType<EventStore["countHuntBy"]> {
    return countHuntBy(this.#engine, tenant, query);
  }

  listExchanges(tenant: TenantId, query: ExchangesQuery): Promise<Page<ExchangeSummary>> {
    return listExchanges(this.#engine, tenant, query, this.#clock.now());
  }

  async getExchange(tenant: TenantId, id: string): Promise<ExchangeRow | undefined> {
    const rows = await this.#engine.query(
      StoredExchange,
      `SELECT ${EXCHANGE_COLUMNS} FROM parapet.exchanges FINAL
       WHERE tenant = {tenant:String} AND id = {id:String} LIMIT 1`,
      { tenant, id },
    );
    return rows[0];
  }

  exchangeEvents(tenant: TenantId, id: string): Promise<readonly Event[]> {
    return this.#engine.query(
      StoredEvent,
      `SELECT ${EVENT_COLUMNS} FROM parapet.events
       WHERE tenant = {tenant:String} AND exchange = {exchange:String} AND events.time >= ${TIME("earliest")}
       ORDER BY events.time, events.id LIMIT 10000`,
      { tenant, exchange: id, earliest: earliestOf(id) },
    );
  }

  async listEvents(tenant: TenantId, query: EventsQuery): Promise<Page<Event>> {
    const where = whereSql(query.where === undefined ? [] : parseWhere(query.where));
    const place = query.cursor === undefined ? undefined : decodePlace(query.cursor);
    const parameters: Record<string, QueryParameters[string]> = {
      ...where.parameters,
      tenant,
      limit: query.limit + 1,
    };
    const conditions = ["tenant = {tenant:String}", ...where.conditions];
    const add = (condition: string, name: string, value: string | number | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      parameters[name] = value;
    };
    add("source = {source:String}", "source", query.source);
    add("kind = {kind:String}", "kind", query.kind);
    const since = query.since === undefined ? undefined : sinceToMs(query.since, this.#clock.now());
    add(`events.time >= ${TIME("since")}`, "since", since);
    add(`events.time <= ${TIME("placeTime")}`, "placeTime", place && Date.parse(place.time));
    add(`(events.time, events.id) < (${TIME("placeTime")}, {placeId:String})`, "placeId", place?.id);
    const found = await this.#engine.query(
      StoredEvent,
      `SELECT ${EVENT_COLUMNS} FROM parapet.events WHERE ${conditions.join(" AND ")}
       ORDER BY events.time DESC, events.id DESC LIMIT {limit:UInt32}`,
      parameters,
    );
    const items = found.slice(0, query.limit);
    const last = items.at(-1);
    return last === undefined || found.length <= query.limit ? { items } : { items, next: encodePlace(last) };
  }

  async getEvent(tenant: TenantId, id: string): Promise<Event | undefined> {
    const rows = await this.#engine.query(
      StoredEvent,
      `SELECT ${EVENT_COLUMNS} FROM parapet.events WHERE tenant = {tenant:String} AND id = {id:String} LIMIT 1`,
      { tenant, id },
    );
    return rows[0];
  }

  eventsOfNames(tenant: TenantId, names: EventNames, window: EventWindow): Promise<readonly Event[]> {
    return eventsOfNames(this.#engine, tenant, names, window);
  }

  sampleEvents(tenant: TenantId, query: SampleQuery): Promise<readonly Event[]> {
    return sampleEvents(this.#engine, tenant, query);
  }

  sourcesSeen(tenant: TenantId, sinceMs: number): ReturnType<EventStore["sourcesSeen"]> {
    return this.#engine.query(
      SourceRow,
      `SELECT source, count() AS events, max(events.time) AS last FROM parapet.events
       WHERE tenant = {tenant:String} AND events.time >= ${TIME("since")} GROUP BY source ORDER BY source`,
      { tenant, since: Math.trunc(sinceMs) },
    );
  }

  overview(tenant: TenantId, sinceMs: number, nowMs: number): Promise<StoreOverview> {
    return readOverview(this.#engine, tenant, sinceMs, nowMs);
  }

  async modePreview(tenant: TenantId, route: string, sinceMs: number): Promise<ModePreviewRow> {
    const scope = `FROM parapet.exchanges FINAL
      WHERE tenant = {tenant:String} AND route = {route:String} AND time >= ${TIME("since")}
        AND id >= {first:String} AND ${REAL}`;
    const changes = "would NOT IN ('', 'allow', 'observe')";
    const parameters = { tenant, route, since: Math.trunc(sinceMs), first: firstIdSince(sinceMs) };
    const [[totals], byPolicy] = await Promise.all([
      this.#engine.query(
        PreviewRow,
        `SELECT count() AS exchanges, countIf(${changes}) AS wouldChange ${scope}`,
        parameters,
      ),
      this.#engine.query(
        PolicyRow,
        `SELECT policy, count() AS count ${scope} AND ${changes} GROUP BY policy ORDER BY count DESC, policy LIMIT 100`,
        parameters,
      ),
    ]);
    return { exchanges: totals?.exchanges ?? 0, wouldChange: totals?.wouldChange ?? 0, byPolicy };
  }

  async *scanEvents(
    tenant: TenantId,
    { sinceMs, kind }: { readonly sinceMs: number; readonly kind?: string },
  ): AsyncGenerator<readonly Event[]> {
    let time = Math.trunc(sinceMs);
    let id = "";
    for (;;) {
      const parameters: QueryParameters = { tenant, time, id, kind: kind ?? "" };
      const batch = await this.#engine.query(
        StoredEvent,
        `SELECT ${EVENT_COLUMNS} FROM parapet.events
         WHERE tenant = {tenant:String} AND events.time >= ${TIME("time")}
           AND (events.time, events.id) > (${TIME("time")}, {id:String}) AND ({kind:String} = '' OR kind = {kind:String})
         ORDER BY events.time, events.id LIMIT ${String(SCAN_ROWS)}`,
        parameters,
      );
      const last = batch.at(-1);
      if (last === undefined) return;
      yield batch;
      if (batch.length < SCAN_ROWS) return;
      time = Date.parse(last.time);
      id = last.id;
    }
  }

  async recentKeyedIds(tenant: TenantId, sinceMs: number, limit: number): Promise<readonly string[]> {
    const rows = await this.#engine.query(
      IdRow,
      `SELECT id FROM parapet.events
       WHERE tenant = {tenant:String} AND received_at >= ${TIME("since")} AND substring(id, 15, 1) = '8'
         AND source NOT IN ('gateway', 'audit', 'self-test')
       ORDER BY received_at DESC, id DESC LIMIT {limit:UInt32}`,
      { tenant, since: Math.trunc(sinceMs), limit },
    );
    return rows.map(({ id }) => id);
  }

  async countByState(tenant: TenantId, sinceMs: number): Promise<Readonly<Partial<Record<ExchangeState, number>>>> {
    const rows = await this.#engine.query(
      StateRow,
      `SELECT state, count() AS count FROM parapet.exchanges FINAL
       WHERE tenant = {tenant:String} AND time >= ${TIME("since")} AND id >= {first:String} AND ${REAL} GROUP BY state`,
      { tenant, since: Math.trunc(sinceMs), first: firstIdSince(sinceMs) },
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  forgetPrincipal(tenant: TenantId, principal: string): Promise<number> {
    return forgetPrincipal(this.#engine, tenant, principal);
  }

  async retain(bounds: {
    readonly textBeforeMs: number;
    readonly eventsBeforeMs: number;
    readonly laneBeforeMs?: number;
  }): Promise<void> {
    const before = (ms: number): string => `time < fromUnixTimestamp64Milli(${wholeMs(ms)}, 'UTC')`;
    const old = before(bounds.eventsBeforeMs);
    await this.#mutate("parapet.events", "DELETE", old);
    await this.#mutate("parapet.exchanges", "DELETE", old);
    await this.#mutate(
      "parapet.hourly",
      "DELETE",
      `hour < toDateTime(intDiv(${wholeMs(bounds.eventsBeforeMs)}, 1000), 'UTC')`,
    );
    await this.#mutate("parapet.hits", "DELETE", old);
    if (bounds.laneBeforeMs !== undefined) {
      const stale = before(bounds.laneBeforeMs);
      await this.#mutate("parapet.events", "DELETE", `source IN ('self-test', 'probe') AND ${stale}`);
      await this.#mutate("parapet.exchanges", "DELETE", `NOT (${REAL}) AND ${stale}`);
    }
    await this.#mutate("parapet.events", "UPDATE text = ''", `text != '' AND ${before(bounds.textBeforeMs)}`);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  /** A mutation rewrites whole parts, so it is not begun for nothing. `condition` holds no outside text. */
  async #mutate(table: string, change: string, condition: string): Promise<void> {
    const [found] = await this.#engine.query(CountRow, `SELECT count() AS count FROM ${table} WHERE ${condition}`, {});
    if (found === undefined || found.count === 0) return;
    await this.#engine.command(`ALTER TABLE ${table} ${change} WHERE ${condition} SETTINGS mutations_sync = 1`);
  }
}

/** The event store on the ClickHouse engine in this process. One directory for the life of a process. */
export const openChdbEventStore = async ({
  directory,
  memoryBytes = 1_500_000_000,
  clock = systemClock,
}: ChdbEventStoreOptions): Promise<EventStore> =>
  new ChdbEventStore(await openChdbEngine(directory, memoryBytes), clock);
