import { FEATURES_MAX, featuresAt } from "./features.ts";
import type { Group, InjectionModel } from "./model.ts";
import { createTokens, readTokens, type Tokens } from "./tokens.ts";

/** The strongest window of a text. */
export interface Passage {
  /** Log-odds before calibration: evidence and counter-evidence together. */
  readonly sum: number;
  /** Tokens of the window, the end not included. */
  readonly from: number;
  readonly to: number;
}

export interface Scorer {
  /** Undefined for a text without words. */
  readonly strongest: (text: string, group: Group) => Passage | undefined;
  /** What each word of a window brought; of the text that was read last. */
  readonly contributions: (passage: Passage, group: Group) => Float64Array;
  /** Words of the text that was read last. */
  readonly tokens: Tokens;
}

const SEEN_BITS = 16;
const SEEN_MASK = (1 << SEEN_BITS) - 1;
const CLOCK_MAX = 0x7000_0000;

/**
 * Finds the window with the highest sum in one pass. Each feature counts once in a window: when it comes again, its
 * weight moves from the earlier word to the later one, so that it leaves the window with its last occurrence.
 */
export const createScorer = (model: InjectionModel): Scorer => {
  const tokens = createTokens();
  const buffer = new Int32Array(FEATURES_MAX);
  // The last place of a feature. Two features of one slot displace each other, at worst a repetition counts twice.
  const seenFeature = new Int32Array(SEEN_MASK + 1);
  const seenAt = new Int32Array(SEEN_MASK + 1);
  let clock = 1;
  let leaving = new Float64Array(1024);
  const { mask } = model;

  const strongest = (text: string, group: Group): Passage | undefined => {
    readTokens(text, model.lexicon, tokens);
    const { count } = tokens;
    if (count === 0) return undefined;
    const { weights, scale, bias, window } = group;
    if (leaving.length < count) leaving = new Float64Array(tokens.hashes.length);
    if (clock > CLOCK_MAX - count) {
      seenAt.fill(0);
      clock = 1;
    }
    const base = clock;
    clock += count + window;
    let sum = 0;
    let best = Number.NEGATIVE_INFINITY;
    let bestAt = 0;
    for (let i = 0; i < count; i += 1) {
      if (i >= window) sum -= leaving[i - window] ?? 0;
      let own = 0;
      const written = featuresAt(tokens, i, buffer);
      for (let k = 0; k < written; k += 1) {
        const feature = (buffer[k] ?? 0) & mask;
        const weight = weights[feature] ?? 0;
        if (weight === 0) continue;
        const slot = feature & SEEN_MASK;
        const earlier = seenFeature[slot] === feature ? (seenAt[slot] ?? 0) - base : -1;
        seenFeature[slot] = feature;
        seenAt[slot] = base + i;
        if (earlier === i) continue;
        own += weight;
        if (earlier >= 0 && earlier > i - window) leaving[earlier] = (leaving[earlier] ?? 0) - weight;
        else sum += weight;
      }
      leaving[i] = own;
      if (sum > best && (i >= window - 1 || i === count - 1)) {
        best = sum;
        bestAt = i;
      }
    }
    return { sum: best * scale + bias, from: Math.max(0, bestAt - window + 1), to: bestAt + 1 };
  };

  const contributions = ({ from, to }: Passage, { weights, scale }: Group): Float64Array => {
    const brought = new Float64Array(to - from);
    const counted = new Set<number>();
    for (let i = from; i < to; i += 1) {
      const written = featuresAt(tokens, i, buffer);
      for (let k = 0; k < written; k += 1) {
        const feature = (buffer[k] ?? 0) & mask;
        if (counted.has(feature)) continue;
        counted.add(feature);
        brought[i - from] = (brought[i - from] ?? 0) + (weights[feature] ?? 0) * scale;
      }
    }
    return brought;
  };
  return { strongest, contributions, tokens };
};
