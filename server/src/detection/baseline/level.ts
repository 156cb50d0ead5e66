import { z } from "zod";
import { dayHourOf, isWeekend, WEEK_HOURS } from "./calendar.ts";
import { median, robustScale, round, tidy } from "./statistics.ts";

/**
 * How high a number is in the hours in which there is anything at all: an expectation for each hour of the week, and
 * one scale of what departs from it. Both are of ln(1 + x), in which people and programs alike are about symmetric.
 */
export const LevelProfile = z.object({
  /** Expected ln(1 + x): 168 for the hours of a week, or two for days, weekday and weekend. */
  slots: z.array(z.number()),
  scale: z.number(),
  /** Median over all hours. */
  centre: z.number(),
  samples: z.int(),
});
export type LevelProfile = Readonly<z.infer<typeof LevelProfile>>;

export interface Sample {
  readonly slot: number;
  /** ln(1 + x) */
  readonly level: number;
}

/** Least hours on which an hour of the week may rest; with fewer it is taken with more of its kind. */
const POOL_MIN = 8;
/** Nothing is steadier than this. */
const SCALE_MIN = 0.15;
/** What was learned fits itself better than it will fit what comes. */
const UNSEEN = 1.1;

/**
 * Expectation of each hour of the week: the same hour and its neighbours on that day of the week when they are
 * enough, else on all weekdays or weekends, else all hours of such days, else everything.
 */
export const learnWeek = (samples: readonly Sample[]): LevelProfile => {
  const bySlot: number[][] = Array.from({ length: WEEK_HOURS }, () => []);
  for (const { slot, level } of samples) bySlot[slot]?.push(level);
  const at = (slot: number): readonly number[] => bySlot[(slot + WEEK_HOURS) % WEEK_HOURS] ?? [];
  const around = (slot: number): readonly number[] => [...at(slot - 1), ...at(slot), ...at(slot + 1)];
  const centre = median(samples.map(({ level }) => level));
  const kinds = new Map<string, number | undefined>();
  const remembered = (name: string, pool: () => readonly number[]): number | undefined => {
    if (!kinds.has(name)) {
      const levels = pool();
      kinds.set(name, levels.length >= POOL_MIN ? median(levels) : undefined);
    }
    return kinds.get(name);
  };
  const alike = (slot: number): readonly number[] =>
    Array.from({ length: 7 }, (_, day) => day * 24 + (slot % 24)).filter(
      (other) => isWeekend(other) === isWeekend(slot),
    );
  const slots = bySlot.map((_, slot) => {
    const near = around(slot);
    if (near.length >= POOL_MIN) return median(near);
    const weekend = isWeekend(slot);
    return (
      remembered(`hour ${dayHourOf(slot)}`, () => alike(slot).flatMap(around)) ??
      remembered(`kind ${weekend}`, () =>
        samples.filter((one) => isWeekend(one.slot) === weekend).map(({ level }) => level),
      ) ??
      centre
    );
  });
  return finish(slots, samples, centre);
};

/** Days: weekdays and weekends. */
export const learnDays = (samples: readonly Sample[]): LevelProfile => {
  const centre = median(samples.map(({ level }) => level));
  const slots = [0, 1].map((slot) => {
    const own = samples.filter((one) => one.slot === slot).map(({ level }) => level);
    return own.length >= 4 ? median(own) : centre;
  });
  return finish(slots, samples, centre);
};

const finish = (slots: readonly number[], samples: readonly Sample[], centre: number): LevelProfile => ({
  slots: slots.map((level) => round(level)),
  scale: round(
    Math.max(SCALE_MIN, UNSEEN * robustScale(samples.map(({ slot, level }) => level - (slots[slot] ?? centre)))),
    3,
  ),
  centre: round(centre, 3),
  samples: samples.length,
});

export interface Departure {
  readonly expected: number;
  readonly spread: number;
  readonly sigmas: number;
}

/**
 * How far `seen` stands above its expectation. Few samples know little of their tails, so they count for less; and no
 * count is steadier than Poisson's.
 */
export const departure = (profile: LevelProfile, slot: number, seen: number, isCount: boolean): Departure => {
  const expectedLevel = profile.slots[slot] ?? profile.centre;
  const expected = Math.expm1(expectedLevel);
  const scale =
    Math.max(profile.scale, isCount ? 1 / Math.sqrt(expected + 1) : 0) * (1 + 10 / Math.max(1, profile.samples));
  return {
    expected: tidy(expected),
    spread: tidy(Math.expm1(expectedLevel + scale)),
    sigmas: round((Math.log1p(seen) - expectedLevel) / scale, 1),
  };
};
