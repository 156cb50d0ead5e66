import { TenantId } from "@parapet/model";
import { toTimestamp } from "#platform";
import { z } from "zod";
import type { Hit, HitsQuery, RuleActivity } from "../event-store.ts";
import type { ChdbEngine } from "./chdb-engine.ts";
import { boundedTime } from "./event-rows.ts";

const MS = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;

/** What a hit can count for at most: the values of a list in it are apart from each other by U+001F. */
const WEIGHT = "1 + countSubstrings(arrayStringConcat(mapValues(fields)), char(31))";

const HitRow = z.object({
  tenant: TenantId,
  rule: z.string(),
  version: z.string(),
  event: z.string(),
  time: z.string(),
  exchange: z.string(),
  fields: z.record(z.string(), z.string()),
});
const ChangedRow = z.object({ tenant: TenantId, rule: z.string() });
const ActivityRow = z.object({ rule: z.string(), hits: z.int(), last: z.string() });

export const insertHits = async (
  engine: ChdbEngine,
  hits: readonly Hit[],
  receivedMs: number,
  token: string,
): Promise<void> => {
  if (hits.length === 0) return;
  const received_at = toTimestamp(receivedMs);
  const lines = hits.map((hit) => JSON.stringify({ ...hit, time: boundedTime(hit.time), received_at }));
  await engine.insert("parapet.hits", Buffer.from(`${lines.join("\n")}\n`), token);
};

export const changedRules = async (
  engine: ChdbEngine,
  sinceMs: number,
): Promise<readonly z.infer<typeof ChangedRow>[]> =>
  await engine.query(
    ChangedRow,
    `SELECT DISTINCT tenant, rule FROM parapet.hits WHERE received_at >= ${MS("since")} LIMIT 100000`,
    { since: Math.trunc(Math.max(0, sinceMs)) },
  );

/** The fields that make a rule's group, by the rule, as SQL. */
const groupOf = ({ groupBy }: HitsQuery, parameters: Record<string, string>): string => {
  const widest = Math.max(0, ...Object.values(groupBy).map((fields) => fields.length));
  if (widest === 0) return "''";
  const rules = Object.entries(groupBy).map(([rule, fields], index) => {
    parameters[`rule${String(index)}`] = rule;
    return { name: `rule${String(index)}`, fields };
  });
  const columns = Array.from({ length: widest }, (_, place) => {
    const cases = rules.map(({ name, fields }) => {
      const key = `${name}x${String(place)}`;
      parameters[key] = fields[place] ?? "";
      return `rule = {${name}:String}, fields[{${key}:String}]`;
    });
    return `multiIf(${cases.join(", ")}, '')`;
  });
  return columns.join(", ");
};

export const listHits = async (engine: ChdbEngine, tenant: TenantId, query: HitsQuery): Promise<readonly Hit[]> => {
  const named: Record<string, string> = {};
  const group = groupOf(query, named);
  const parameters = {
    ...named,
    tenant,
    rules: query.rules,
    since: Math.trunc(Math.max(0, query.sinceMs)),
    changed: Math.trunc(Math.max(0, query.changedSinceMs)),
    hitsMin: query.hitsMin,
    rulesMin: query.rulesMin,
    limit: query.limit,
    every: Math.trunc(Math.max(1, query.oneEveryMs)),
  };
  const scope = `tenant = {tenant:String} AND rule IN {rules:Array(String)} AND time >= ${MS("since")}`;
  const isAny = query.changedSinceMs <= 0 && query.hitsMin <= 1 && query.rulesMin <= 1;
  const ofGroups = `AND tuple(${group}) IN (
    SELECT tuple(${group}) FROM parapet.hits WHERE ${scope} GROUP BY 1
    HAVING max(received_at) >= ${MS("changed")} AND sum(${WEIGHT}) >= {hitsMin:UInt32} AND uniqExact(rule) >= {rulesMin:UInt32})`;
  const columns = "tenant, rule, version, event, hits.time AS time, exchange, fields";
  const found = `SELECT ${columns} FROM parapet.hits AS hits WHERE ${scope} ${isAny ? "" : ofGroups}`;
  const alike = "rule, toString(fields), intDiv(toUnixTimestamp64Milli(hits.time), {every:Int64})";
  const read = query.oneEveryMs > 0 ? `(${found} ORDER BY hits.time, event LIMIT 1 BY ${alike})` : `(${found})`;
  // The newest, where there are too many.
  const newest = await engine.query(
    HitRow,
    `SELECT ${columns} FROM ${read} AS hits ORDER BY hits.time DESC, event DESC LIMIT {limit:UInt32}`,
    parameters,
  );
  return newest.toReversed();
};

export const ruleActivity = async (
  engine: ChdbEngine,
  tenant: TenantId,
  sinceMs: number,
): Promise<readonly RuleActivity[]> =>
  await engine.query(
    ActivityRow,
    `SELECT rule, count() AS hits, max(hits.time) AS last FROM parapet.hits AS hits
     WHERE tenant = {tenant:String} AND hits.time >= ${MS("since")} GROUP BY rule`,
    { tenant, since: Math.trunc(Math.max(0, sinceMs)) },
  );
