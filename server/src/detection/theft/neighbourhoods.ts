import { differingBits, unpackSample, type Sample } from "../features/signature.ts";

/**
 * Most bits in which near-duplicates differ. One word of sixteen flips about five of the 44; of two unrelated texts
 * one pair in some thousands is as near.
 */
const NEAR_BITS_MAX = 9;
/** Pairs are compared with each other: above this a sample of them is looked at, evenly spaced. */
const COMPARED_MAX = 1_500;
/** Near-duplicates that one has to have around it to stand in a neighbourhood. */
const NEIGHBOURS_MIN = 5;
/** Neighbours that one among so many has by chance: the more are compared, the more there are. */
const BY_CHANCE_MAX = 2;
const BY_CHANCE_AMONG = 300;

export interface Neighbourhoods {
  /** Samples, and how many of them differ at all. */
  readonly queries: number;
  readonly distinct: number;
  /** Distinct ones that stand in a neighbourhood of near-duplicates, and distinct ones that resemble others by chance at most. */
  readonly near: number;
  readonly alone: number;
  /** Pairs of near-duplicates, and those of them with different outcomes. */
  readonly pairs: number;
  readonly flips: number;
  /** Of those that stand in a neighbourhood, how many were answered with a confidence. */
  readonly confident: number;
}

/** At most so many of them, evenly spaced. */
const evenly = (all: readonly Sample[], most: number): readonly Sample[] => {
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(all.length, most) }, (_, at) => all[Math.floor(at * step)]).filter(
    (one) => one !== undefined,
  );
};

/** Places of the samples that most others resemble, those with the most first. */
export const mostAlike = (packed: readonly number[], count: number): readonly number[] => {
  const signatures = packed.map((one) => unpackSample(one).signature);
  const resembling = signatures.map(
    (one) => signatures.filter((other) => differingBits(one, other) <= NEAR_BITS_MAX).length,
  );
  return [...signatures.keys()]
    .toSorted((one, other) => (resembling[other] ?? 0) - (resembling[one] ?? 0) || one - other)
    .slice(0, count);
};

/** Who resembles whom among packed samples. Identical ones are one: repeating a question probes nothing. */
export const neighbourhoodsOf = (packed: readonly number[]): Neighbourhoods => {
  const bySignature = new Map<number, Sample>();
  for (const one of packed) {
    const sample = unpackSample(one);
    if (!bySignature.has(sample.signature)) bySignature.set(sample.signature, sample);
  }
  const all = [...bySignature.values()];
  const samples = evenly(all, COMPARED_MAX);
  const neighbours = new Uint32Array(samples.length);
  let pairs = 0;
  let flips = 0;
  for (const [left, one] of samples.entries())
    for (let right = left + 1; right < samples.length; right += 1) {
      const other = samples[right];
      if (other === undefined || differingBits(one.signature, other.signature) > NEAR_BITS_MAX) continue;
      neighbours[left] = (neighbours[left] ?? 0) + 1;
      neighbours[right] = (neighbours[right] ?? 0) + 1;
      pairs += 1;
      if (one.outcome !== other.outcome) flips += 1;
    }
  const few = evenly(samples, BY_CHANCE_AMONG);
  const alone = few.filter(
    (one) =>
      few.filter((other) => differingBits(one.signature, other.signature) <= NEAR_BITS_MAX).length - 1 <= BY_CHANCE_MAX,
  ).length;
  const isNear = (at: number): boolean => (neighbours[at] ?? 0) >= NEIGHBOURS_MIN;
  // What was left out of the comparison is taken to be as what was not.
  const whole = (count: number): number => Math.round((count * all.length) / Math.max(1, samples.length));
  return {
    queries: packed.length,
    distinct: all.length,
    near: whole(samples.filter((_, at) => isNear(at)).length),
    alone: Math.round((alone * all.length) / Math.max(1, few.length)),
    pairs,
    flips,
    confident: whole(samples.filter(({ confidence }, at) => isNear(at) && confidence !== undefined).length),
  };
};
