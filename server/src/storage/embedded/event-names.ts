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

const IN_BODY: ReadonlySet<string> = new Set(["addresses", "workloads", "pods"]);
/** What the engine searches for at once. */
const NEEDLES_MAX = 255;

/** How the name ends in a body's text. A pod's namespace stands in a field of its own. */
const endIn = (name: string): string => JSON.stringify(name.slice(name.lastIndexOf("/") + 1)).slice(1);

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
  const conditions = wanted.map(({ kind, place, values }) => {
    const isName = `${place} IN ({${kind}:Array(String)})`;
    // A body is opened only where the name stands in it somewhere.
    const isSearched = IN_BODY.has(kind) && values.length <= NEEDLES_MAX;
    return isSearched ? `(multiSearchAny(raw, {${kind}Ends:Array(String)}) AND ${isName})` : isName;
  });
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
      ...Object.fromEntries(
        wanted.flatMap(({ kind, values }) => [
          [kind, values],
          [`${kind}Ends`, values.map(endIn)],
        ]),
      ),
    },
  );
};

const valuesOf = (names: EventNames, kind: string): readonly string[] =>
  Object.entries(names).find(([name]) => name === kind)?.[1] ?? [];
