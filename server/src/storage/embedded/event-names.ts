import type { Event, TenantId } from "@parapet/model";
import type { EventNames, EventWindow } from "../event-store.ts";
import type { ChdbEngine } from "./chdb-engine.ts";
import { EVENT_COLUMNS, StoredEvent } from "./event-rows.ts";

const text = (name: string): string => `JSONExtractString(raw, '${name}')`;

/** Where each kind of name stands. An empty value in the store is no name. */
const PLACES: Readonly<Record<keyof EventNames, string>> = {
  principals: "principal",
  agents: "agent",
  sessions: "session",
  traces: "trace",
  assets: "asset",
  addresses: text("address"),
  workloads: text("workload"),
  pods: `concat(${text("namespace")}, '/', ${text("pod")})`,
};

/** Events in which any of the names stands, newest first. */
export const eventsOfNames = async (
  engine: ChdbEngine,
  tenant: TenantId,
  names: EventNames,
  { fromMs, toMs, limit }: EventWindow,
): Promise<readonly Event[]> => {
  const wanted = Object.entries(PLACES).flatMap(([kind, place]) => {
    const values = valuesOf(names, kind).filter((value) => value !== "");
    return values.length === 0 ? [] : [{ kind, place, values }];
  });
  if (wanted.length === 0) return [];
  const conditions = wanted.map(({ kind, place }) => `${place} IN ({${kind}:Array(String)})`);
  return engine.query(
    StoredEvent,
    `SELECT ${EVENT_COLUMNS} FROM parapet.events
     WHERE tenant = {tenant:String} AND source != 'self-test'
       AND events.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
       AND events.time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
       AND (${conditions.join(" OR ")})
     ORDER BY events.time DESC, events.id DESC LIMIT {limit:UInt32}`,
    {
      tenant,
      from: Math.trunc(fromMs),
      to: Math.trunc(toMs),
      limit,
      ...Object.fromEntries(wanted.map(({ kind, values }) => [kind, values])),
    },
  );
};

const valuesOf = (names: EventNames, kind: string): readonly string[] =>
  Object.entries(names).find(([name]) => name === kind)?.[1] ?? [];
