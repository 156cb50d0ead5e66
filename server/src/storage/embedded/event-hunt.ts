import type { Event, TenantId } from "@parapet/model";
import { z } from "zod";
import type { HuntCounts, HuntScope, Page, SqlValues } from "../event-store.ts";
import type { ChdbEngine } from "./chdb-engine.ts";
import { EVENT_COLUMNS, StoredEvent } from "./event-rows.ts";
import { decodePlace, encodePlace } from "./page-cursor.ts";

const BUCKETS = 60;
const VALUES = 20;
const CountRow = z.object({ bucket: z.int(), count: z.int() });
const ValueRow = z.object({ value: z.string(), count: z.int() });

const MS = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;

const scopeOf = (tenant: TenantId, { condition, sinceMs, untilMs }: HuntScope) => ({
  sql: `FROM parapet.events AS events
    PREWHERE tenant = {tenant:String} AND events.time >= ${MS("since")} AND events.time < ${MS("until")}
      AND (${condition.candidates})
    WHERE ${condition.exact}`,
  parameters: {
    ...condition.parameters,
    tenant,
    since: Math.trunc(Math.max(0, sinceMs)),
    until: Math.trunc(untilMs),
  },
});

/** Events for which a condition holds, newest first. */
export const hunt = async (
  engine: ChdbEngine,
  tenant: TenantId,
  query: HuntScope & { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Page<Event>> => {
  const place = query.cursor === undefined ? undefined : decodePlace(query.cursor);
  const { sql, parameters } = scopeOf(tenant, {
    ...query,
    ...(place !== undefined && { untilMs: Math.min(query.untilMs, Date.parse(place.time) + 1) }),
  });
  const after = place === undefined ? "" : `AND (events.time, events.id) < (${MS("placeTime")}, {placeId:String})`;
  const found = await engine.query(
    StoredEvent,
    `SELECT ${EVENT_COLUMNS} ${sql} ${after} ORDER BY events.time DESC, events.id DESC LIMIT {limit:UInt32}`,
    {
      ...parameters,
      limit: query.limit + 1,
      ...(place !== undefined && { placeTime: Date.parse(place.time), placeId: place.id }),
    },
  );
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return last === undefined || found.length <= query.limit ? { items } : { items, next: encodePlace(last) };
};

export const countHunt = async (engine: ChdbEngine, tenant: TenantId, query: HuntScope): Promise<HuntCounts> => {
  const widthMs = Math.max(1, Math.ceil((query.untilMs - query.sinceMs) / BUCKETS));
  const { sql, parameters } = scopeOf(tenant, query);
  const rows = await engine.query(
    CountRow,
    `SELECT toInt64(intDiv(toUnixTimestamp64Milli(events.time) - {since:Int64}, {width:Int64})) AS bucket,
       count() AS count ${sql} GROUP BY bucket`,
    { ...parameters, width: widthMs },
  );
  const series = Array.from({ length: BUCKETS }, () => 0);
  for (const { bucket, count } of rows) if (bucket >= 0 && bucket < BUCKETS) series[bucket] = count;
  return { total: rows.reduce((sum, { count }) => sum + count, 0), widthMs, series };
};

export const countHuntBy = async (
  engine: ChdbEngine,
  tenant: TenantId,
  query: HuntScope & { readonly by: { readonly sql: string; readonly parameters: SqlValues } },
): Promise<readonly { readonly value: string; readonly count: number }[]> => {
  const { sql, parameters } = scopeOf(tenant, query);
  return await engine.query(
    ValueRow,
    `SELECT ${query.by.sql} AS value, count() AS count ${sql} GROUP BY value ORDER BY count DESC, value
     LIMIT ${String(VALUES)}`,
    { ...parameters, ...query.by.parameters },
  );
};
