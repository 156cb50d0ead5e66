import { COUNTS, DIMENSIONS, type Dimension, type Event, type HourlyRow } from "@parapet/model";
import { callerGroup, cellOfGroup } from "../features/cells.ts";
import { hash32 } from "../features/signature.ts";
import { noCounts, observe, type Counts, type Observation, type ObservedText } from "./observe.ts";

const HOUR_MS = 3_600_000;
/** Events that say they are older than this, or from the future, count in the hour they were received in. */
const LATE_MS = 48 * HOUR_MS;
const AHEAD_MS = 5 * 60_000;
const ID_UNITS_MAX = 256;
/** Bounds of one row; the rest is counted under `other`, so that a caller cannot fill the store with names. */
const NAMES_MAX = 200;
const CELLS_MAX = 12_000;
const SAMPLES_MAX = 256;

/** Which first-seen features are kept for whom. Addresses of people are kept with nobody but themselves. */
const VALUES: Readonly<Record<Dimension, ReadonlySet<string>>> = {
  principal: new Set(["tool", "model", "host", "network", "country", "route", "agent", "access"]),
  agent: new Set(["tool", "model", "host", "route"]),
  route: new Set(["tool", "model", "host", "prompt", "toolset", "fingerprint"]),
  model: new Set(["tool", "route", "fingerprint"]),
  source: new Set(["model", "host"]),
};
const DRIFTS: ReadonlySet<Dimension> = new Set<Dimension>(["route", "model"]);

interface Growing {
  readonly tenant: HourlyRow["tenant"];
  readonly dimension: Dimension;
  readonly id: string;
  readonly hourMs: number;
  readonly counts: Counts;
  readonly values: Map<string, number>;
  readonly cells: Map<string, number>;
  readonly samples: number[];
}

/** The hour in which an event counts. */
const hourOf = ({ time, receivedAt }: Pick<Event, "time" | "receivedAt">): number => {
  const received = Date.parse(receivedAt);
  const said = Date.parse(time);
  const isCredible = said >= received - LATE_MS && said <= received + AHEAD_MS;
  return Math.floor((isCredible ? said : received) / HOUR_MS) * HOUR_MS;
};

export interface HourlyFold {
  readonly add: (event: Event, texts: readonly ObservedText[]) => void;
  /** Rows of the hours that the events fell into, to be added to what is there. The same events make the same rows. */
  readonly rows: () => readonly HourlyRow[];
}

/** `seed` keys the signatures of prompts. */
export const createHourlyFold = (seed: number): HourlyFold => {
  const rows = new Map<string, Growing>();
  return {
    add: (event, texts) => {
      const observation = observe(event, texts, seed);
      if (observation === undefined) return;
      const hourMs = hourOf(event);
      const group = callerGroup(hash32(event.agent ?? event.principal ?? "", seed));
      for (const dimension of DIMENSIONS) {
        const id = event[dimension]?.slice(0, ID_UNITS_MAX);
        if (id === undefined || id === "" || id === "anonymous") continue;
        const key = `${event.tenant}\0${dimension}\0${id}\0${hourMs}`;
        const row = rows.get(key) ?? begin({ tenant: event.tenant, dimension, id, hourMs });
        rows.set(key, row);
        add(row, observation, group);
      }
    },
    rows: () =>
      [...rows.values()].map(({ values, cells, ...row }) => ({
        ...row,
        values: Object.fromEntries(values),
        cells: Object.fromEntries(cells),
      })),
  };
};

const begin = (place: Pick<Growing, "tenant" | "dimension" | "id" | "hourMs">): Growing => ({
  ...place,
  counts: noCounts(),
  values: new Map(),
  cells: new Map(),
  samples: [],
});

const add = (row: Growing, observation: Observation, group: string): void => {
  for (const name of COUNTS) row.counts[name] += observation.counts[name] ?? 0;
  const kept = VALUES[row.dimension];
  for (const value of observation.values)
    if (kept.has(value.slice(0, value.indexOf("=")))) count(row.values, value, NAMES_MAX);
  for (const cell of observation.timing) count(row.cells, cell, CELLS_MAX);
  if (DRIFTS.has(row.dimension))
    for (const cell of observation.cells) count(row.cells, cellOfGroup(cell, group), CELLS_MAX);
  if (row.dimension === "principal" && observation.sample !== undefined && row.samples.length < SAMPLES_MAX)
    row.samples.push(observation.sample);
};

const count = (map: Map<string, number>, name: string, max: number): void => {
  const key = map.has(name) || map.size < max ? name : `${name.slice(0, name.search(/[#=]/))}=other`;
  map.set(key, (map.get(key) ?? 0) + 1);
};
