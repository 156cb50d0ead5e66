import type { ExchangeSummary, TenantId } from "@parapet/model";
import { sinceToMs, type ExchangesQuery } from "@parapet/model/api";
import { z } from "zod";
import type { Page } from "../event-store.ts";
import type { ChdbEngine } from "./chdb-engine.ts";
import { EXCHANGE_COLUMNS, firstIdSince, StoredSummary } from "./event-rows.ts";
import { FAILED, REAL, STOPPED, UNSCANNABLE, WOULD_HAVE } from "./exchange-kinds.ts";
import { decodePlace, encodePlace } from "./page-cursor.ts";

const IdRow = z.object({ id: z.string() });
const WORDS_MAX = 10;
const ONLY = { stopped: STOPPED, unscannable: UNSCANNABLE, failed: FAILED, would: WOULD_HAVE } as const;

/** Text for LIKE: it is searched for as it is. */
const containing = (word: string): string => `%${word.replaceAll(/[\\%_]/g, "\\$&")}%`;

/**
 * Newest first, the newest version of each. Looking at versions costs a merge of everything that matches, so
 * candidates are taken by any version first; only when many of those fall away is the whole merged.
 */
export const listExchanges = async (
  engine: ChdbEngine,
  tenant: TenantId,
  query: ExchangesQuery,
  nowMs: number,
): Promise<Page<ExchangeSummary>> => {
  const parameters: Record<string, string | number> = { tenant };
  const conditions = ["tenant = {tenant:String}"];
  const add = (condition: string, name: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    parameters[name] = value;
  };
  for (const field of ["route", "session", "principal", "model", "verdict", "state", "policy"] as const) {
    add(`${field} = {${field}:String}`, field, query[field]);
  }
  if (query.lane === undefined) conditions.push(REAL);
  add("lane = {lane:String}", "lane", query.lane);
  if (query.only !== undefined) conditions.push(ONLY[query.only]);
  add("has(categories, {category:String})", "category", query.category);
  const since = query.since === undefined ? undefined : sinceToMs(query.since, nowMs);
  add("exchanges.time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')", "since", since);
  add("id >= {first:String}", "first", since === undefined ? undefined : firstIdSince(since));
  // Ids are UUIDv7: newest first by id is newest first by time, and the tables are sorted by id.
  add("id < {place:String}", "place", query.cursor === undefined ? undefined : decodePlace(query.cursor).id);
  const words = (query.q ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, WORDS_MAX);
  for (const [index, word] of words.entries()) {
    add(`search LIKE {word${String(index)}:String}`, `word${String(index)}`, containing(word));
  }
  const where = conditions.join(" AND ");
  const wanted = query.limit + 1;
  const candidates = await engine.query(
    IdRow,
    `SELECT id FROM parapet.exchanges WHERE ${where} ORDER BY id DESC LIMIT 1 BY id LIMIT ${String(wanted * 2)}`,
    parameters,
  );
  const newest = (extra: string, more: Record<string, readonly string[]>): Promise<readonly ExchangeSummary[]> =>
    engine.query(
      StoredSummary,
      `SELECT ${EXCHANGE_COLUMNS} FROM parapet.exchanges FINAL WHERE ${where} ${extra}
       ORDER BY id DESC LIMIT ${String(wanted)}`,
      { ...parameters, ...more },
    );
  let found = await newest("AND id IN {ids:Array(String)}", { ids: candidates.map(({ id }) => id) });
  if (found.length < wanted && candidates.length === wanted * 2) found = await newest("", {});
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return last === undefined || found.length <= query.limit ? { items } : { items, next: encodePlace(last) };
};
