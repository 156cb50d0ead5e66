import { AgentActivity, CallUse, Timestamp, type TenantId } from "@parapet/model";
import { z } from "zod";
import type { ActivityQuery, SeenAgent } from "../event-store.ts";
import type { ChdbEngine } from "./chdb-engine.ts";

const TOOLS_MAX = 200;
const AGENTS_MAX = 2_000;

const text = (name: string): string => `JSONExtractString(raw, '${name}')`;
/** One row for what an agent did: ends of exchanges, and calls that another source tells of. */
const DID = `((source = 'gateway' AND kind = 'exchange.closed')
  OR (source NOT IN ('gateway', 'audit', 'self-test', 'probe') AND ${text("tool")} != ''))`;
const CALLS = `JSONExtract(if(source = 'gateway', ${text("uses")}, ''),
  'Array(Tuple(tool String, server String, fate String, effects Array(String)))')`;
const fates = (fate: string): string => `toInt64(sum(arrayCount(one -> one.fate = '${fate}', did)))`;

const Calls = z
  .string()
  .transform((json, context): unknown => {
    try {
      return json === "" ? [] : JSON.parse(json);
    } catch {
      context.addIssue("not JSON");
      return z.NEVER;
    }
  })
  .pipe(z.array(CallUse))
  .catch([]);
const Row = AgentActivity.omit({ calls: true }).extend({ calls: Calls, tool: z.string() });
const Seen = z.object({
  id: z.string(),
  firstSeen: Timestamp,
  lastSeen: Timestamp,
  exchanges: z.int(),
  sessions: z.int(),
  calls: z.int(),
  observed: z.int(),
  held: z.int(),
  stopped: z.int(),
  effects: z.array(z.string()),
  tools: z.array(z.string()),
});

/** Agents that did something since then, with the tools whose calls passed. Busiest first. */
export const agentsSeen = async (
  engine: ChdbEngine,
  tenant: TenantId,
  sinceMs: number,
): Promise<readonly SeenAgent[]> =>
  engine.query(
    Seen,
    `SELECT agent AS id, min(at) AS firstSeen, max(at) AS lastSeen,
       toInt64(uniqExactIf(exchange, exchange != '')) AS exchanges,
       toInt64(uniqExactIf(session, session != '')) AS sessions,
       toInt64(sum(length(did))) + toInt64(countIf(told != '')) AS calls,
       ${fates("observed")} AS observed, ${fates("held")} AS held, ${fates("stopped")} AS stopped,
       groupUniqArrayArray(10)(arrayFlatten(did.effects)) AS effects,
       arrayDistinct(arrayConcat(
         groupUniqArrayArray(${String(TOOLS_MAX)})(arrayMap(
           one -> if(one.server = '', one.tool, concat(one.server, '/', one.tool)),
           arrayFilter(one -> one.fate IN ('passed', 'observed'), did))),
         groupUniqArrayIf(${String(TOOLS_MAX)})(told, told != ''))) AS tools
     FROM (
       SELECT agent, events.time AS at, exchange, session, ${CALLS} AS did,
         if(source = 'gateway', '', ${text("tool")}) AS told
       FROM parapet.events
       WHERE tenant = {tenant:String} AND agent != ''
         AND events.time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND ${DID}
     )
     GROUP BY agent ORDER BY calls DESC, id LIMIT ${String(AGENTS_MAX)}`,
    { tenant, since: Math.trunc(sinceMs) },
  );

/** What one agent did since then, newest first. */
export const agentActivity = async (
  engine: ChdbEngine,
  tenant: TenantId,
  { agent, sinceMs, limit }: ActivityQuery,
): Promise<readonly AgentActivity[]> => {
  const rows = await engine.query(
    Row,
    `SELECT events.time AS time, source, exchange, session, principal, route, model,
       ${text("key")} AS key,
       JSONExtractFloat(raw, 'inputTokens') + JSONExtractFloat(raw, 'outputTokens') AS tokens,
       if(source = 'gateway', ${text("uses")}, '') AS calls,
       if(source = 'gateway', '', ${text("tool")}) AS tool
     FROM parapet.events
     WHERE tenant = {tenant:String} AND agent = {agent:String}
       AND events.time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND ${DID}
     ORDER BY events.time DESC, events.id DESC LIMIT {limit:UInt32}`,
    { tenant, agent, since: Math.trunc(sinceMs), limit },
  );
  return rows.map(({ tool, ...row }) =>
    tool === "" ? row : { ...row, calls: [CallUse.parse({ tool, fate: "passed" })] },
  );
};
