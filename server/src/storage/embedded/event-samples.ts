import type { Event, TenantId } from "@parapet/model";
import type { SampleQuery } from "../event-store.ts";
import type { ChdbEngine } from "./chdb-engine.ts";
import { EVENT_COLUMNS, StoredEvent } from "./event-rows.ts";

const WITHIN = `tenant = {tenant:String} AND events.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND events.time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')`;
/** As good as drawn by lot, and the same each time. */
const DRAWN = "ORDER BY cityHash64(events.id), events.id LIMIT {limit:UInt32}";

/** Events of one of a dimension. The bodies are read of those alone that are drawn. */
export const sampleEvents = async (
  engine: ChdbEngine,
  tenant: TenantId,
  { dimension, id, fromMs, untilMs, word, limit }: SampleQuery,
): Promise<readonly Event[]> => {
  const worded = word === undefined ? "" : "AND position(events.raw, {word:String}) > 0";
  return await engine.query(
    StoredEvent,
    `SELECT ${EVENT_COLUMNS} FROM parapet.events AS events
     WHERE ${WITHIN} AND events.id IN (
       SELECT events.id FROM parapet.events AS events
       WHERE ${WITHIN} AND events.${dimension} = {id:String} AND events.source NOT IN ('self-test', 'probe') ${worded}
       ${DRAWN})
     ${DRAWN}`,
    {
      tenant,
      id,
      from: Math.trunc(fromMs),
      until: Math.trunc(untilMs),
      limit,
      ...(word !== undefined && { word }),
    },
  );
};
