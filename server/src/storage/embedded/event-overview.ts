import { Action, Category, type TenantId } from "@parapet/model";
import { toTimestamp } from "#platform";
import { z } from "zod";
import type { StoreOverview } from "../event-store.ts";
import type { ChdbEngine } from "./chdb-engine.ts";
import { firstIdSince } from "./event-rows.ts";
import { CHANGED, FAILED, REAL, STOPPED, UNSCANNABLE, WOULD_HAVE } from "./exchange-kinds.ts";

const BUCKETS = 48;
const TOP = 10;
const SCOPE = `FROM parapet.exchanges FINAL
  WHERE tenant = {tenant:String} AND time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND id >= {first:String} AND ${REAL}`;

// An aggregate over nothing is not a number.
const Milliseconds = z
  .number()
  .nullable()
  .transform((value) => value ?? 0);
const Counts = z.record(z.string(), z.int());
const Named = z.object({ name: z.string(), count: z.int(), stopped: z.int() });
const Totals = z.object({
  exchanges: z.int(),
  byVerdict: Counts,
  byCategory: Counts,
  byPolicy: Counts,
  byRoute: Counts,
  stoppedByRoute: Counts,
  wouldHave: z.int(),
  unscannable: z.int(),
  failed: z.int(),
  added: z.tuple([Milliseconds, Milliseconds]),
  latency: z.tuple([Milliseconds, Milliseconds]),
});
const Bucket = z.object({
  bucket: z.int(),
  allowed: z.int(),
  changed: z.int(),
  stopped: z.int(),
  observed: z.int(),
});

const ranked = (counts: Readonly<Record<string, number>> = {}): readonly (readonly [string, number])[] =>
  Object.entries(counts)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, TOP);

/** Counts over the exchanges since `sinceMs`. Latencies are of exchanges that ended. */
export const readOverview = async (
  engine: ChdbEngine,
  tenant: TenantId,
  sinceMs: number,
  nowMs: number,
): Promise<StoreOverview> => {
  const widthMs = Math.max(1, Math.ceil((nowMs - sinceMs) / BUCKETS));
  const parameters = { tenant, since: Math.trunc(sinceMs), width: widthMs, first: firstIdSince(sinceMs) };
  const [[totals], buckets, principals] = await Promise.all([
    engine.query(
      Totals,
      `SELECT count() AS exchanges, sumMap(map(toString(verdict), 1)) AS byVerdict,
         sumMap(arrayMap(category -> toString(category), categories), arrayMap(category -> 1, categories)) AS counted,
         mapFromArrays(counted.1, counted.2) AS byCategory,
         sumMapIf(map(toString(policy), 1), policy != '') AS byPolicy,
         sumMap(map(toString(route), 1)) AS byRoute, sumMapIf(map(toString(route), 1), ${STOPPED}) AS stoppedByRoute,
         countIf(${WOULD_HAVE}) AS wouldHave, countIf(${UNSCANNABLE}) AS unscannable, countIf(${FAILED}) AS failed,
         quantilesIf(0.5, 0.99)(added_ms, state != 'open') AS added,
         quantilesIf(0.5, 0.99)(latency_ms, state != 'open') AS latency ${SCOPE}`,
      parameters,
    ),
    engine.query(
      Bucket,
      `SELECT toInt64(intDiv(toUnixTimestamp64Milli(time) - {since:Int64}, {width:Int64})) AS bucket,
         countIf(verdict = 'allow') AS allowed, countIf(${CHANGED}) AS changed, countIf(${STOPPED}) AS stopped,
         countIf(verdict = 'observe') AS observed ${SCOPE} GROUP BY bucket`,
      parameters,
    ),
    engine.query(
      Named,
      `SELECT principal AS name, count() AS count, countIf(${STOPPED}) AS stopped ${SCOPE} AND principal != ''
       GROUP BY name ORDER BY count DESC, name LIMIT ${String(TOP)}`,
      parameters,
    ),
  ]);
  const filled = new Map(buckets.map(({ bucket, ...counts }) => [bucket, counts]));
  const empty = { allowed: 0, changed: 0, stopped: 0, observed: 0 };
  return {
    exchanges: totals?.exchanges ?? 0,
    byVerdict: z.partialRecord(Action, z.int()).parse(totals?.byVerdict ?? {}),
    byCategory: z.partialRecord(Category, z.int()).parse(totals?.byCategory ?? {}),
    wouldHave: totals?.wouldHave ?? 0,
    unscannable: totals?.unscannable ?? 0,
    failed: totals?.failed ?? 0,
    addedMs: { p50: totals?.added[0] ?? 0, p99: totals?.added[1] ?? 0 },
    latencyMs: { p50: totals?.latency[0] ?? 0, p99: totals?.latency[1] ?? 0 },
    series: Array.from({ length: BUCKETS }, (_, index) => ({
      time: toTimestamp(sinceMs + index * widthMs),
      ...(filled.get(index) ?? empty),
    })),
    topPolicies: ranked(totals?.byPolicy).map(([policy, count]) => ({ policy, count })),
    topPrincipals: principals.map(({ name, count, stopped }) => ({ principal: name, exchanges: count, stopped })),
    routes: ranked(totals?.byRoute).map(([route, exchanges]) => {
      return { route, exchanges, stopped: totals?.stoppedByRoute[route] ?? 0 };
    }),
  };
};
