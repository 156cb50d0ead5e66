/** A company at its ordinary work, generated: the same seed gives the same months. Nothing in it is an attack. */
import { BehaviourConfiguration, DEFAULT_TENANT, type Anomaly, type HourlyRow } from "@parapet/model";
import type { Baseline } from "./baseline/baseline.ts";
import { DAY_MS, dayOf, HOUR_MS, isWeekend, weekHourOf } from "./baseline/calendar.ts";
import { withCommonCauses } from "./baseline/common-cause.ts";
import { judge } from "./baseline/judge.ts";
import { learn, tokensOf, type SeenName } from "./baseline/learn.ts";
import { learnPeers } from "./baseline/peers.ts";
import { noCounts } from "./hourly/observe.ts";

/** A Monday. */
export const START_MS = Date.UTC(2026, 0, 5);
export const SETTINGS = BehaviourConfiguration.parse({});

/** Mulberry32: numbers from 0 to 1. */
export const randomOf = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
const normalOf = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const poissonOf = (random: () => number, mean: number): number => {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalOf(random)));
  let count = -1;
  for (let product = 1; product > Math.exp(-mean); product *= random()) count += 1;
  return count;
};

export interface HourSpec {
  readonly id: string;
  readonly hourMs: number;
  readonly events: number;
  readonly tokensEach?: number;
  readonly latencyMs?: number;
  readonly errors?: number;
  readonly nearMisses?: number;
  readonly values?: readonly string[];
  readonly samples?: readonly number[];
}

export const hourRow = (spec: HourSpec, dimension: HourlyRow["dimension"] = "principal"): HourlyRow => ({
  tenant: DEFAULT_TENANT,
  dimension,
  id: spec.id,
  hourMs: spec.hourMs,
  counts: {
    ...noCounts(),
    events: spec.events,
    exchanges: spec.events,
    inputTokens: spec.events * (spec.tokensEach ?? 600),
    outputTokens: spec.events * 200,
    errors: spec.errors ?? 0,
    nearMisses: spec.nearMisses ?? 0,
    latencies: spec.events,
    latencyLog: spec.events * Math.log1p(spec.latencyMs ?? 900),
    prompts: spec.events,
  },
  values: Object.fromEntries((spec.values ?? ["route=assistant"]).map((value) => [value, 1])),
  cells: {},
  samples: [...(spec.samples ?? [])],
});

type Habit = (hourMs: number, random: () => number) => HourSpec | undefined;

/** Somebody at a desk: works most hours of a working day, more in some than in others, now and then at the weekend. */
const person = (id: string, random: () => number): Habit => {
  const begins = 6 + Math.floor(random() * 4);
  const usual = Math.log(4 + random() * 40);
  const spread = 0.5 + random() * 0.4;
  const diligence = 0.4 + random() * 0.5;
  const networks = Array.from({ length: 2 }, (_, at) => `network=10.${Math.floor(random() * 250)}.${at}.0/24`);
  const tools = Array.from({ length: 1 + Math.floor(random() * 4) }, () => `tool=t${Math.floor(random() * 8)}`);
  const route = `route=${["assistant", "code", "support", "search"][Math.floor(random() * 4)]}`;
  let day = { at: -1, factor: 1, works: true };
  return (hourMs, chance) => {
    const slot = weekHourOf(hourMs);
    if (dayOf(hourMs) !== day.at) {
      const works = chance() < (isWeekend(slot) ? 0.04 : 0.93);
      day = { at: dayOf(hourMs), factor: Math.exp(0.3 * normalOf(chance)), works };
    }
    const hour = slot % 24;
    const isAtWork = hour >= begins && hour < begins + 9;
    if (!day.works || chance() > (isAtWork ? diligence : 0.02)) return undefined;
    const mean = day.factor * Math.exp(usual + spread * normalOf(chance));
    const events = poissonOf(chance, mean);
    const roams = chance() < 0.01 ? [`network=172.16.${Math.floor(chance() * 250)}.0/24`] : [];
    return {
      id,
      hourMs,
      events,
      tokensEach: Math.round(600 * Math.exp(0.5 * normalOf(chance))),
      latencyMs: 900 * Math.exp(0.3 * normalOf(chance)),
      errors: poissonOf(chance, 0.01 * events),
      nearMisses: poissonOf(chance, 0.004 * events),
      values: [...networks, ...roams, ...tools, route],
    };
  };
};

/** A program: busy by day, less by night, steady to some twenty per cent. */
const program = (id: string, random: () => number): Habit => {
  const usual = 20 + random() * 400;
  const values = [
    `network=10.9.${Math.floor(random() * 250)}.0/24`,
    `tool=t${Math.floor(random() * 8)}`,
    "route=batch",
  ];
  return (hourMs, chance) => {
    const slot = weekHourOf(hourMs);
    const wave = (1.2 + Math.sin(((slot % 24) - 8) * (Math.PI / 12))) * (isWeekend(slot) ? 0.4 : 1);
    const events = poissonOf(chance, usual * wave * Math.exp(0.2 * normalOf(chance)));
    return {
      id,
      hourMs,
      events,
      latencyMs: 500 * Math.exp(0.2 * normalOf(chance)),
      errors: poissonOf(chance, 0.005 * events),
      values,
    };
  };
};

/** A job in the night: nothing but two hours, and then much. */
const job = (id: string, random: () => number): Habit => {
  const begins = Math.floor(random() * 5);
  const usual = 200 + random() * 2_000;
  return (hourMs, chance) => {
    const hour = weekHourOf(hourMs) % 24;
    if (hour < begins || hour > begins + 1) return undefined;
    return {
      id,
      hourMs,
      events: poissonOf(chance, usual * Math.exp(0.3 * normalOf(chance))),
      values: ["network=10.8.1.0/24", "tool=report", "route=batch"],
    };
  };
};

export interface Company {
  readonly hours: (hourMs: number) => readonly HourlyRow[];
}

/** Three in four are people, one in five programs, the rest jobs. Once a week an hour of outage hits everybody. */
export const makeCompany = (size: number, seed: number): Company => {
  const random = randomOf(seed);
  const habits = Array.from({ length: size }, (_, at) => {
    const share = at / size;
    if (share < 0.75) return person(`user:p${at}`, random);
    return share < 0.95 ? program(`service:s${at}`, random) : job(`service:j${at}`, random);
  });
  return {
    hours: (hourMs) => {
      const isOutage = Math.floor(hourMs / HOUR_MS) % 167 === 31;
      return habits.flatMap((habit) => {
        const spec = habit(hourMs, random);
        if (spec === undefined || spec.events === 0) return [];
        return [hourRow(isOutage ? { ...spec, errors: Math.round(spec.events * 0.6), latencyMs: 9_000 } : spec)];
      });
    },
  };
};

interface Known {
  rows: HourlyRow[];
  readonly seen: Map<string, SeenName>;
  baseline: Baseline | undefined;
  readonly excluded: Set<number>;
  readonly today: { day: number; events: number; tokens: number };
}

const unknown = (): Known => ({
  rows: [],
  seen: new Map(),
  baseline: undefined,
  excluded: new Set(),
  today: { day: -1, events: 0, tokens: 0 },
});

/** The monitor's loop in memory: learns each day from the days before, judges each hour. Answers the anomalies. */
export const live = (
  hoursOf: (hourMs: number) => readonly HourlyRow[],
  days: number,
  judgedFromDay: number,
  startMs = START_MS,
): readonly Anomaly[] => {
  const known = new Map<string, Known>();
  const all: Anomaly[] = [];
  const settings = SETTINGS.baselines;
  let peers = learnPeers().all();
  for (let hour = 0; hour < days * 24; hour += 1) {
    const hourMs = startMs + hour * HOUR_MS;
    if (hour % 24 === 0 && hour > 0) {
      for (const [id, one] of known) {
        one.rows = one.rows.filter((row) => row.hourMs >= hourMs - settings.historyDays * DAY_MS);
        if (hour / 24 < judgedFromDay - 15) continue;
        const { baseline, creep } = learn(
          {
            dimension: "principal",
            id,
            rows: one.rows,
            seen: [...one.seen.values()],
            excludedDays: one.excluded,
            previous: one.baseline,
            nowMs: hourMs,
          },
          settings,
        );
        one.baseline = baseline;
        if (creep !== undefined) all.push(creep);
      }
      const group = learnPeers();
      for (const { baseline } of known.values()) if (baseline !== undefined) group.add(baseline);
      peers = group.all();
    }
    const found: Anomaly[] = [];
    const rows = hoursOf(hourMs);
    for (const row of rows) {
      const one = known.get(row.id) ?? unknown();
      known.set(row.id, one);
      if (one.today.day !== dayOf(hourMs)) Object.assign(one.today, { day: dayOf(hourMs), events: 0, tokens: 0 });
      one.today.events += row.counts.events;
      one.today.tokens += tokensOf(row);
      if (hour >= judgedFromDay * 24)
        found.push(...judge({ row, day: one.today, baseline: one.baseline, peers }, settings));
      one.rows.push(row);
      for (const value of Object.keys(row.values)) {
        const seen = one.seen.get(value);
        one.seen.set(value, { value, firstMs: seen?.firstMs ?? hourMs, count: (seen?.count ?? 0) + 1 });
      }
    }
    for (const one of withCommonCauses(found, { principal: rows.length })) {
      known.get(one.subject)?.excluded.add(dayOf(one.hourMs));
      all.push(one);
    }
  }
  return all;
};
