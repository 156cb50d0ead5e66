import type { Event, HourlyRow } from "@parapet/model";
import type { EventStore } from "@parapet/server/storage";
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
    insert: async ({ events, hourly = [] }) => {
      for (const event of events) if (CHANGES.test(event.kind)) changes.push(event);
      for (const row of hourly) add(row);
    },
    getExchange: async () => undefined,
    listEvents: async (_tenant, { kind, since = "", limit }) => ({
      items: changes.filter((event) => event.kind === kind && event.time >= since).slice(-limit),
    }),
    async *scanHourly(tenant, query) {
      yield* hourlyStore(rowsOf(query)).scanHourly(tenant, query);
    },
    seenValues: (tenant, query) => hourlyStore(rowsOf(query)).seenValues(tenant, query),
  };
};
