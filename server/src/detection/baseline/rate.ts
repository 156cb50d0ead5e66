import { z } from "zod";
import { ascending, quantile, round, tidy } from "./statistics.ts";
import type { Departure } from "./level.ts";

/** How often something goes with an event: errors, refusals, blocks, near-misses. */
export const RateProfile = z.object({
  rate: z.number(),
  /** How much more the hours differ than chance would have it, 1 or more. */
  dispersion: z.number(),
  samples: z.int(),
});
export type RateProfile = Readonly<z.infer<typeof RateProfile>>;

const EVENTS_MIN = 5;
/** Worst hours that a rate is learned without: an outage is not how things are. */
const WORST_SHARE = 0.03;
const DISPERSION_MAX = 25;

/** Anscombe's transform of a count, in which chance has a standard deviation of about one. */
const steady = (count: number): number => 2 * Math.sqrt(count + 3 / 8);

export const learnRate = (hours: readonly { readonly count: number; readonly of: number }[]): RateProfile => {
  const known = hours.filter(({ of }) => of > 0);
  const bound = quantile(ascending([0, ...known.map(({ count, of }) => count / (of + 5))]), 1 - WORST_SHARE);
  const ordinary = known.filter(({ count, of }) => count / (of + 5) <= bound);
  const counted = ordinary.reduce((sum, { count }) => sum + count, 0.5);
  const rate = counted / ordinary.reduce((sum, { of }) => sum + of, 1);
  const squares = known
    .filter(({ of }) => of >= EVENTS_MIN)
    .map(({ count, of }) => (steady(count) - steady(rate * of)) ** 2);
  const mean = squares.reduce((sum, one) => sum + one, 0) / Math.max(1, squares.length);
  return {
    rate: round(rate, 5),
    dispersion: round(Math.min(DISPERSION_MAX, Math.max(1, mean)), 2),
    samples: known.length,
  };
};

export const rateDeparture = ({ rate, dispersion }: RateProfile, count: number, of: number): Departure => {
  const expected = rate * of;
  const scale = Math.sqrt(dispersion);
  const upper = (steady(expected) + scale) / 2;
  return {
    expected: tidy(expected),
    spread: tidy(upper ** 2 - 3 / 8),
    sigmas: round((steady(count) - steady(expected)) / scale, 1),
  };
};
