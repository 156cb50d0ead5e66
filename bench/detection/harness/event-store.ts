import type { Event, HourlyRow } from "@parapet/model";
import type { EventStore, Hit } from "@parapet/server/storage";
import { memoryEventStore } from "../../../server/src/monitor/monitor.fixture.ts";
import { hourlyStore } from "../../../server/src/monitor/behaviour/hourly-store.fixture.ts";

/** Kinds of events that behaviour reads as changes; all others are in hits and hours alone. */
const CHANGES = /^(?:policy\.reloaded|training|deployment|registry\.|dataset\.updated|vector\.upsert)/;

type Counts = Readonly<Record<string, number>>;
const sum = (one: Counts, other: Counts): Record<string, number> => {
  const all = { ...one };
  for (const [name, count] of Object.entries(other)) all[name] = (all[name] ?? 0) + count;
  return all;
};

const joined = (one: HourlyRow, other: HourlyRow): HourlyRow => {
  const counts = { ...one.counts };
  for (const [name, count] of Object.entries(other.counts)) if (isCount(name, counts)) counts[name] += count;
  return {
    ...one,
    counts,
    values: sum(one.values, other.values),
    cells: sum(one.cells, other.cells),
    samples: [...one.samples, ...other.samples],
  };
};
const isCount = (name: string, counts: HourlyRow["counts"]): name is keyof HourlyRow["counts"] => name in counts;

interface Kept {
  readonly hit: Hit;
  readonly timeMs: number;
  readonly receivedMs: number;
}

/** Hits by their rule, in the order in which they came: a month of them is looked through thousands of times. */
const openHits = (): Pick<EventStore, "insertHits" | "changedRules" | "listHits"> => {
  const byRule = new Map<string, Kept[]>();
  return {
    insertHits: async (hits, receivedMs) => {
      for (const hit of hits) {
        const known = byRule.get(hit.rule) ?? [];
        byRule.set(hit.rule, known);
        known.push({ hit, timeMs: Date.parse(hit.time), receivedMs });
      }
    },
    changedRules: async (sinceMs) =>
      [...byRule].flatMap(([rule, kept]) => {
        const last = kept.at(-1);
        return last === undefined || last.receivedMs < sinceMs ? [] : [{ tenant: last.hit.tenant, rule }];
      }),
    listHits: async (_tenant, { rules, sinceMs, oneEveryMs, limit }) => {
      const found: Kept[] = [];
      // Nothing comes before it happens, so what came before then happened before then.
      for (const rule of rules) {
        const kept = byRule.get(rule) ?? [];
        for (let at = kept.length - 1; at >= 0; at -= 1) {
          const one = kept[at];
          if (one === undefined || one.receivedMs < sinceMs) break;
          if (one.timeMs >= sinceMs) found.push(one);
        }
      }
      found.sort((one, other) => one.timeMs - other.timeMs || (one.hit.event < other.hit.event ? -1 : 1));
      const hits = oneEveryMs > 0 ? thinned(found, oneEveryMs) : found;
      return hits.slice(-limit).map(({ hit }) => hit);
    },
  };
};

const thinned = (hits: readonly Kept[], everyMs: number): Kept[] => {
  const seen = new Set<string>();
  return hits.filter(({ hit, timeMs }) => {
    const name = JSON.stringify([hit.rule, hit.fields, Math.floor(timeMs / everyMs)]);
    return seen.size < seen.add(name).size;
  });
};

/**
 * What the monitor needs of an event store, in memory: a month of many small batches would else be a measurement of
 * the disk. Keeps hits, hours and changes; the events themselves are let go.
 */
export const openEventStore = (): EventStore => {
  const base = memoryEventStore();
  const changes: Event[] = [];
  const hours = new Map<number, Map<string, HourlyRow>>();

  const add = (row: HourlyRow): void => {
    const hour = hours.get(row.hourMs) ?? new Map<string, HourlyRow>();
    hours.set(row.hourMs, hour);
    const name = `${row.dimension} ${row.id}`;
    const before = hour.get(name);
    hour.set(name, before === undefined ? row : joined(before, row));
  };
  const rowsOf = ({ dimension, fromMs, untilMs, ids }: Parameters<EventStore["scanHourly"]>[1]): HourlyRow[] => {
    const rows: HourlyRow[] = [];
    for (const [hourMs, hour] of hours) {
      if (hourMs < fromMs || hourMs >= untilMs) continue;
      if (ids === undefined) {
        for (const row of hour.values()) if (row.dimension === dimension) rows.push(row);
      } else
        for (const id of ids) {
          const row = hour.get(`${dimension} ${id}`);
          if (row !== undefined) rows.push(row);
        }
    }
    return rows;
  };
  return {
    ...base,
    ...openHits(),
    insert: async ({ events, hourly = [] }) => {
      for (const event of events) if (CHANGES.test(event.kind)) changes.push(event);
      for (const row of hourly) add(row);
    },
    getExchange: async () => undefined,
    sampleEvents: async () => [],
    listEvents: async (_tenant, { kind, since = "", limit }) => ({
      items: changes.filter((event) => event.kind === kind && event.time >= since).slice(-limit),
    }),
    async *scanHourly(tenant, query) {
      yield* hourlyStore(rowsOf(query)).scanHourly(tenant, query);
    },
    seenValues: (tenant, query) => hourlyStore(rowsOf(query)).seenValues(tenant, query),
  };
};
