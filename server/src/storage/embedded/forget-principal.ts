import type { TenantId } from "@parapet/model";
import { z } from "zod";
import type { ChdbEngine } from "./chdb-engine.ts";

/** Stands where an erased principal's name stood. */
const ERASED = "erased";

const CountRow = z.object({ count: z.int() });

/** How text stands inside a JSON string. */
const inJsonText = (text: string): string => JSON.stringify(text).slice(1, -1);

/**
 * Takes a principal's name out of its rows: the columns, the words for searching, the sealed text, and the
 * body and the record, where it stands as a value of the JSON or of JSON text inside it. Answers how many exchanges that were.
 * The engine drops the files that it replaced some minutes later.
 */
export const forgetPrincipal = async (engine: ChdbEngine, tenant: TenantId, principal: string): Promise<number> => {
  const value = `:${JSON.stringify(principal)}`;
  // `user:ada` also stands as `ada`, in the field that names the user alone.
  const bare = `:${JSON.stringify(principal.slice(principal.indexOf(":") + 1))}`;
  const erased = `:"${ERASED}"`;
  const parameters = {
    tenant,
    principal,
    word: principal.toLowerCase(),
    value,
    bare,
    erased,
    valueInText: inJsonText(value),
    bareInText: inJsonText(bare),
    erasedInText: inJsonText(erased),
  };
  const without = (column: string): string => `replaceAll(replaceAll(replaceAll(replaceAll(${column},
    {value:String}, {erased:String}), {bare:String}, {erased:String}),
    {valueInText:String}, {erasedInText:String}), {bareInText:String}, {erasedInText:String})`;
  const whose = "tenant = {tenant:String} AND principal = {principal:String}";
  const [found] = await engine.query(
    CountRow,
    `SELECT uniqExact(id) AS count FROM parapet.exchanges WHERE ${whose}`,
    parameters,
  );
  await engine.command(
    `ALTER TABLE parapet.events
     UPDATE text = '', raw = ${without("raw")}, record = ${without("record")}, principal = '${ERASED}'
     WHERE ${whose} SETTINGS mutations_sync = 1`,
    parameters,
  );
  await engine.command(
    `ALTER TABLE parapet.exchanges UPDATE search = replaceAll(search, {word:String}, ''), principal = '${ERASED}'
     WHERE ${whose} SETTINGS mutations_sync = 1`,
    parameters,
  );
  await engine.command(
    `ALTER TABLE parapet.hourly DELETE
     WHERE tenant = {tenant:String} AND dimension = 'principal' AND id = {principal:String} SETTINGS mutations_sync = 1`,
    parameters,
  );
  await engine.command(
    `ALTER TABLE parapet.hits
     UPDATE fields = mapApply((k, v) -> (k, arrayStringConcat(arrayMap(
       one -> if(one IN ({principal:String}, {name:String}), '${ERASED}', one), splitByChar(char(31), v)), char(31))), fields)
     WHERE tenant = {tenant:String}
       AND hasAny(splitByChar(char(31), arrayStringConcat(mapValues(fields), char(31))), [{principal:String}, {name:String}])
     SETTINGS mutations_sync = 1`,
    { ...parameters, name: principal.slice(principal.indexOf(":") + 1) },
  );
  return found?.count ?? 0;
};
