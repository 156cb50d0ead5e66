import type { Event, HourlyRow } from "@parapet/model";
import type { EventStore, SeenValue } from "#storage";

const none = () => Promise.reject(new Error("not of this store"));
const sum = (into: Record<string, number>, from: Readonly<Record<string, number>>): void => {
  for (const [name, count] of Object.entries(from)) into[name] = (into[name] ?? 0) + count;
};

/** An event store in memory that has hours and events alone. Hours of the same place are given whole, never in parts. */
export const hourlyStore = (rows: HourlyRow[], events: Event[] = []): EventStore => {
  const select = (query: Parameters<EventStore["scanHourly"]>[1]): HourlyRow[] =>
    rows
      .filter(({ dimension }) => dimension === query.dimension)
      .filter(({ hourMs }) => hourMs >= query.fromMs && hourMs < query.untilMs)
      .filter(({ id }) => query.ids?.includes(id) ?? true)
      .toSorted((a, b) => (a.id === b.id ? a.hourMs - b.hourMs : a.id < b.id ? -1 : 1));
  return {
    insert: none,
    getExchange: none,
    exchangeEvents: none,
    listExchanges: none,
    listEvents: async (_tenant, { kind }) => ({ items: events.filter((event) => event.kind === kind) }),
    getEvent: none,
    eventsOfNames: none,
    sampleEvents: async (_tenant, { dimension, id, fromMs, untilMs, word = "", limit }) =>
      events
        .filter((event) => event[dimension] === id && JSON.stringify(event.body).includes(word))
        .filter(({ time }) => Date.parse(time) >= fromMs && Date.parse(time) < untilMs)
        .slice(0, limit),
    sourcesSeen: none,
    agentsSeen: none,
    agentActivity: none,
    recentKeyedIds: none,
    insertHits: none,
    changedRules: none,
    listHits: none,
    ruleActivity: none,
    hunt: none,
    countHunt: none,
    countHuntBy: none,
    overview: none,
    modePreview: none,
    scanEvents: () => {
      throw new Error("not of this store");
    },
    async *scanHourly(_tenant, query) {
      yield select(query);
    },
    seenValues: async (_tenant, query) => {
      const seen = new Map<string, SeenValue & { readonly all: Record<string, number> }>();
      for (const { id, hourMs, values } of select(query))
        for (const [value, count] of Object.entries(values)) {
          const known = seen.get(`${id} ${value}`);
          const all = known?.all ?? {};
          sum(all, { [String(Math.floor(hourMs / 86_400_000))]: count });
          seen.set(`${id} ${value}`, {
            id,
            value,
            days: Object.keys(all).length,
            firstMs: known?.firstMs ?? hourMs,
            count: (known?.count ?? 0) + count,
            all,
          });
        }
      return [...seen.values()].map(({ all: _all, ...one }) => one);
    },
    countByState: none,
    forgetPrincipal: none,
    retain: none,
    close: async () => undefined,
  };
};
