import type { Anomaly, BaselineSettings, Dimension, HourlyRow } from "@parapet/model";
import type { Baseline, RateName } from "./baseline.ts";
import { DAY_MS, dayOf, dayWords, isWeekend, weekHourOf } from "./calendar.ts";
import { learnDays, learnWeek, type LevelProfile } from "./level.ts";
import { learnRate } from "./rate.ts";
import { round } from "./statistics.ts";

/** What one of a dimension was seen with, as the event store counts it. */
export interface SeenName {
  readonly value: string;
  readonly firstMs: number;
  readonly count: number;
}

export interface History {
  readonly dimension: Dimension;
  readonly id: string;
  /** Whole hours, none older than the settings' history. */
  readonly rows: readonly HourlyRow[];
  readonly seen: readonly SeenName[];
  /** Days (since the epoch) that nothing is learned from: they were anomalous, or their finding is open. */
  readonly excludedDays: ReadonlySet<number>;
  readonly previous: Baseline | undefined;
  readonly nowMs: number;
}

export interface Learned {
  readonly baseline: Baseline;
  /** That the level has grown further by learning than its reference allows. */
  readonly creep: Anomaly | undefined;
}

/** Names kept of a feature; who has more is no longer surprised by one. */
const NAMES_MAX = 200;
/** A name that comes up after so long is a late one: with one of these, the next is no surprise. */
const SETTLED_MS = 5 * DAY_MS;
const LATENCIES_MIN = 5;
/** Days with activity before the reference is frozen. */
const REFERENCE_DAYS = 14;
const FOUR_WEEKS_MS = 28 * DAY_MS;
/** Growth beyond what is allowed that chance does not explain. */
const CREEP_SIGMAS = 4;

export const tokensOf = ({ counts }: HourlyRow): number => counts.inputTokens + counts.outputTokens;

/** Normal as the history has it, with its growth since the frozen reference bounded. */
export const learn = (history: History, settings: BaselineSettings): Learned => {
  const { dimension, id, seen, excludedDays, previous, nowMs } = history;
  const active = history.rows.filter(({ counts }) => counts.events > 0);
  const kept = active.filter(({ hourMs }) => !excludedDays.has(dayOf(hourMs)));
  const days = daysOf(kept);
  const sinceMs = active[0]?.hourMs ?? nowMs;
  const levels = (value: (row: HourlyRow) => number) =>
    kept.map((row) => ({ slot: weekHourOf(row.hourMs), level: Math.log1p(value(row)) }));
  const timed = kept.filter(({ counts }) => counts.latencies >= LATENCIES_MIN);
  const daily = (value: (day: DayTotal) => number) =>
    days.map((day) => ({ slot: isWeekend(weekHourOf(day.dayMs)) ? 1 : 0, level: Math.log1p(value(day)) }));
  const ready = kept.length >= settings.hoursNeeded && days.length >= settings.daysNeeded;
  const events = learnDays(daily((day) => day.events));
  const bound = boundGrowth(events, days.length, previous, nowMs, settings);
  const baseline: Baseline = {
    dimension,
    id,
    learnedMs: nowMs,
    sinceMs,
    hours: kept.length,
    days: days.length,
    excludedDays: daysOf(active).length - days.length,
    ready,
    week: {
      events: lowered(learnWeek(levels(({ counts }) => counts.events)), bound.excess),
      tokens: lowered(learnWeek(levels(tokensOf)), bound.excess),
      ...(timed.length >= settings.hoursNeeded / 2 && {
        latency: learnWeek(
          timed.map(({ hourMs, counts }) => ({
            slot: weekHourOf(hourMs),
            level: counts.latencyLog / counts.latencies,
          })),
        ),
      }),
    },
    day: {
      events: lowered(events, bound.excess),
      tokens: lowered(learnDays(daily((day) => day.tokens)), bound.excess),
    },
    rates: ratesOf(kept),
    clock: clockOf(kept),
    values: valuesOf(seen, sinceMs, excludedDays),
    similarity: previous?.similarity ?? { hours: 0, highest: 0 },
    ...(bound.reference !== undefined && { reference: bound.reference }),
    group: groupOf(dimension, seen),
  };
  return { baseline, creep: bound.isCreep ? creepOf(baseline, events, bound.sigmas) : undefined };
};

interface DayTotal {
  readonly dayMs: number;
  readonly events: number;
  readonly tokens: number;
}

const daysOf = (rows: readonly HourlyRow[]): readonly DayTotal[] => {
  const days = new Map<number, { events: number; tokens: number }>();
  for (const row of rows) {
    const total = days.get(dayOf(row.hourMs)) ?? { events: 0, tokens: 0 };
    total.events += row.counts.events;
    total.tokens += tokensOf(row);
    days.set(dayOf(row.hourMs), total);
  }
  return [...days].map(([day, total]) => ({ dayMs: day * DAY_MS, ...total }));
};

const ratesOf = (rows: readonly HourlyRow[]): Baseline["rates"] => {
  const of = (name: RateName) => learnRate(rows.map(({ counts }) => ({ count: counts[name], of: counts.events })));
  return { errors: of("errors"), refusals: of("refusals"), blocks: of("blocks"), nearMisses: of("nearMisses") };
};

const clockOf = (rows: readonly HourlyRow[]): number[] => {
  const clock = Array.from({ length: 24 }, () => 0);
  for (const { hourMs } of rows) clock[weekHourOf(hourMs) % 24] = (clock[weekHourOf(hourMs) % 24] ?? 0) + 1;
  return clock;
};

const valuesOf = (
  seen: readonly SeenName[],
  sinceMs: number,
  excludedDays: ReadonlySet<number>,
): Baseline["values"] => {
  const values: Record<string, { names: string[]; late: number; sinceMs: number }> = {};
  for (const { value, firstMs } of seen) {
    if (excludedDays.has(dayOf(firstMs))) continue;
    const cut = value.indexOf("=");
    const known = (values[value.slice(0, cut)] ??= { names: [], late: 0, sinceMs: firstMs });
    known.sinceMs = Math.min(known.sinceMs, firstMs);
    if (known.names.length < NAMES_MAX) known.names.push(value.slice(cut + 1));
    if (firstMs > sinceMs + SETTLED_MS) known.late += 1;
  }
  return values;
};

/** The agent, else the route that most of its events went by; what is neither is among all of its dimension. */
const groupOf = (dimension: Dimension, seen: readonly SeenName[]): string => {
  const most = (feature: string) =>
    seen.filter(({ value }) => value.startsWith(`${feature}=`)).toSorted((a, b) => b.count - a.count)[0]?.value;
  return dimension === "principal"
    ? (most("agent") ?? most("route") ?? "")
    : dimension === "agent"
      ? (most("route") ?? "")
      : "";
};

/** The reference, and by how much the newly learned level stands above what it allows. */
const boundGrowth = (
  { centre, scale }: LevelProfile,
  days: number,
  previous: Baseline | undefined,
  nowMs: number,
  settings: BaselineSettings,
) => {
  const reference =
    previous?.reference ?? (days >= REFERENCE_DAYS ? { frozenMs: nowMs, centre, scale, days } : undefined);
  if (reference === undefined || days === 0) return { reference, excess: 0, sigmas: 0, isCreep: false };
  const allowed = Math.log(settings.growth) * Math.max(1, (nowMs - reference.frozenMs) / FOUR_WEEKS_MS);
  // A median of n has about 1.25 times the error of their mean.
  const noise = 1.25 * Math.max(scale, reference.scale) * Math.sqrt(1 / reference.days + 1 / days);
  const beyond = centre - reference.centre - allowed;
  return {
    reference,
    excess: Math.max(0, beyond),
    sigmas: round(beyond / noise, 1),
    isCreep: beyond > Math.max(CREEP_SIGMAS * noise, Math.log(1.5)),
  };
};

const lowered = (profile: LevelProfile, by: number): LevelProfile =>
  by === 0
    ? profile
    : {
        ...profile,
        slots: profile.slots.map((level) => round(Math.max(0, level - by))),
        centre: round(profile.centre - by, 3),
      };

const creepOf = (baseline: Baseline, learned: LevelProfile, sigmas: number): Anomaly | undefined => {
  const { reference, dimension, id, learnedMs, hours } = baseline;
  if (reference === undefined) return undefined;
  const seen = Math.round(Math.expm1(learned.centre));
  const expected = Math.round(Math.expm1(reference.centre));
  const spread = Math.round(Math.expm1(reference.centre + reference.scale));
  return {
    dimension,
    subject: id,
    kind: "creep",
    hourMs: Math.floor(learnedMs / DAY_MS) * DAY_MS,
    sentence: `${id} has grown little by little to ${seen} events a day; its reference of ${dayWords(reference.frozenMs)} is ${expected} (ordinary up to ${spread}), ${sigmas} sigmas beyond the growth that is allowed, from ${hours} hours of history.`,
    seen,
    expected,
    spread,
    sigmas,
    history: hours,
  };
};
