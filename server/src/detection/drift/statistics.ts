import type { Distribution } from "../features/cells.ts";

/** Shares of two distributions over the same bins. */
export interface Binned {
  readonly reference: readonly number[];
  readonly current: readonly number[];
}

const BINS = 10;
const NAMES_MAX = 30;
/** Added to each bin, so that an empty one does not make an infinite distance. */
const SMOOTHING = 0.5;

/** Numbers fall into ten bins with as much of the reference in each; names into the commonest thirty and the rest. */
export const binned = (reference: Distribution, current: Distribution): Binned => {
  const bins = reference.kind === "number" ? binsOfNumbers(reference) : binsOfNames(reference, current);
  const share = ({ cells, total }: Distribution): readonly number[] => {
    const sums = Array.from({ length: bins.count }, () => SMOOTHING);
    for (const [cell, count] of cells) sums[bins.of(cell)] = (sums[bins.of(cell)] ?? 0) + count;
    return sums.map((sum) => sum / (total + SMOOTHING * bins.count));
  };
  return { reference: share(reference), current: share(current) };
};

const numbered = ({ cells }: Distribution): readonly (readonly [number, number])[] =>
  [...cells].map(([cell, count]) => [Number(cell), count] as const).sort((a, b) => a[0] - b[0]);

const binsOfNumbers = (reference: Distribution) => {
  const bounds: number[] = [];
  let seen = 0;
  for (const [bucket, count] of numbered(reference)) {
    seen += count;
    if (bounds.length < BINS - 1 && seen >= ((bounds.length + 1) * reference.total) / BINS) bounds.push(bucket);
    while (bounds.length < BINS - 1 && seen >= ((bounds.length + 1) * reference.total) / BINS) bounds.push(bucket);
  }
  const distinct = [...new Set(bounds)];
  return {
    count: distinct.length + 1,
    of: (cell: string): number => {
      const at = distinct.findIndex((bound) => Number(cell) <= bound);
      return at < 0 ? distinct.length : at;
    },
  };
};

const binsOfNames = (reference: Distribution, current: Distribution) => {
  const totals = new Map<string, number>();
  for (const { cells, total } of [reference, current])
    for (const [name, count] of cells) totals.set(name, (totals.get(name) ?? 0) + count / total);
  const names = [...totals].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, NAMES_MAX);
  const places = new Map(names.map(([name], place) => [name, place]));
  return { count: names.length + 1, of: (cell: string): number => places.get(cell) ?? names.length };
};

/** Population stability index: 0 for the same, above 0.25 by custom a large shift. */
export const psi = ({ reference, current }: Binned): number =>
  reference.reduce((sum, expected, bin) => {
    const seen = current[bin] ?? expected;
    return sum + (seen - expected) * Math.log(seen / expected);
  }, 0);

/** Jensen-Shannon divergence in bits, 0 to 1. */
export const jensenShannon = ({ reference, current }: Binned): number => {
  const towards = (from: readonly number[], to: readonly number[]): number =>
    from.reduce((sum, share, bin) => {
      const middle = (share + (to[bin] ?? 0)) / 2;
      return share === 0 ? sum : sum + share * Math.log2(share / middle);
    }, 0);
  return (towards(reference, current) + towards(current, reference)) / 2;
};

/** Largest distance between two cumulative distributions of numbers, at the resolution of the buckets. */
export const kolmogorovSmirnov = (reference: Distribution, current: Distribution): number => {
  const steps = new Map<number, number>();
  for (const [bucket, count] of numbered(reference))
    steps.set(bucket, (steps.get(bucket) ?? 0) + count / reference.total);
  for (const [bucket, count] of numbered(current)) steps.set(bucket, (steps.get(bucket) ?? 0) - count / current.total);
  let gap = 0;
  let largest = 0;
  for (const [, step] of [...steps].toSorted((a, b) => a[0] - b[0])) {
    gap += step;
    largest = Math.max(largest, Math.abs(gap));
  }
  return largest;
};

/** What a distance of this size needs to be no chance, at one in ten thousand (asymptotic, two samples). */
export const chanceOfKs = (reference: number, current: number): number =>
  2.23 * Math.sqrt((reference + current) / (reference * current));

/**
 * Page-Hinkley: the largest sum of departures from the reference in either direction, each in standard deviations and
 * less a tolerance. Shifts too small for any single day add up in it.
 */
export const pageHinkley = (standardised: readonly number[], tolerance = 0.5): number => {
  let up = 0;
  let down = 0;
  let largest = 0;
  for (const value of standardised) {
    up = Math.max(0, up + value - tolerance);
    down = Math.max(0, down - value - tolerance);
    largest = Math.max(largest, up, down);
  }
  return largest;
};

/** Where the later part of a series differs most surely from the earlier; undefined for fewer than four values. */
export const changePoint = (values: readonly number[]): number | undefined => {
  if (values.length < 4) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let sum = 0;
  let largest = 0;
  let place: number | undefined;
  for (const [index, value] of values.slice(0, -1).entries()) {
    sum += value - mean;
    const earlier = index + 1;
    const surety = Math.abs(sum) / Math.sqrt((earlier * (values.length - earlier)) / values.length);
    if (surety > largest) {
      largest = surety;
      place = earlier;
    }
  }
  return place;
};
