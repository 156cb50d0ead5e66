import { damp } from "./damping.ts";
import { FEATURES_MAX, FEATURES_WORDS_MAX, featuresAt, readFeatures } from "./features.ts";
import type { Group, InjectionModel } from "./model.ts";
import { createNetworkReader, withNetwork } from "./network.ts";
import { createTokens, readTokens, type Tokens } from "./tokens.ts";

/** The strongest window of a text. */
export interface Passage {
  /** Log-odds before calibration: evidence and counter-evidence together. */
  readonly sum: number;
  /** Whether the network has a part in the sum. */
  readonly isNetworkAsked: boolean;
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
/** What of a feature a slot does not tell; it stands in the low bits of the slot. */
const REST_BITS = 4;
const REST_MASK = (1 << REST_BITS) - 1;
/** Where the weights that do not move go: several places, so that no write waits for the one before. */
const SPARE_MASK = 15;
const CLOCK_MAX = 0x7fff_ffff >> REST_BITS;

/**
 * Finds the window with the highest sum of weights in one pass, and asks the network about it where that sum is near
 * to what is reported. Each feature counts once in a window: when it comes again, its
 * weight moves from the earlier word to the later one, so that it leaves the window with its last occurrence.
 */
export const createScorer = (model: InjectionModel): Scorer => {
  const { mask, damping, networkWeight } = model;
  if (mask >>> SEEN_BITS > REST_MASK)
    throw new RangeError("the model has more features than the scorer can tell apart");
  const tokens = createTokens();
  const network = createNetworkReader(
    model.network,
    Math.max(...Object.values(model.groups).map(({ window }) => window)),
  );
  const buffer = new Int32Array(FEATURES_MAX * FEATURES_WORDS_MAX);
  const ends = new Int32Array(FEATURES_WORDS_MAX);
  // The last place of a feature. Two features of one slot displace each other, at worst a repetition counts twice.
  const seen = new Int32Array(SEEN_MASK + 1);
  let clock = 1;
  let leaving = new Int32Array(0);

  const strongest = (text: string, group: Group): Passage | undefined => {
    readTokens(text, model.lexicon, tokens);
    const { count } = tokens;
    if (count === 0) return undefined;
    const { weights, scale, bias, window } = group;
    if (leaving.length < count + SPARE_MASK + 1) leaving = new Int32Array(tokens.hashes.length + SPARE_MASK + 1);
    if (clock > CLOCK_MAX - count - window) {
      seen.fill(0);
      clock = 1;
    }
    const base = clock;
    clock += count + window;
    let sum = 0;
    let best = Number.NEGATIVE_INFINITY;
    let bestAt = 0;
    for (let block = 0; block < count; block += FEATURES_WORDS_MAX) {
      const blockEnd = Math.min(count, block + FEATURES_WORDS_MAX);
      readFeatures(tokens, block, blockEnd, buffer, ends);
      let k = 0;
      for (let i = block; i < blockEnd; i += 1) {
        if (i >= window) sum -= leaving[i - window] ?? 0;
        const place = base + i;
        const oldest = Math.max(base, place - window + 1);
        const end = ends[i - block] ?? 0;
        let own = 0;
        leaving[i] = 0;
        // Without branches, which nobody could predict; a mask of all ones stands for "yes".
        for (; k < end; k += 1) {
          const feature = (buffer[k] ?? 0) & mask;
          const weight = weights[feature] ?? 0;
          const slot = feature & SEEN_MASK;
          const rest = feature >>> SEEN_BITS;
          const before = seen[slot] ?? 0;
          const counts = (weight | -weight) >> 31;
          seen[slot] = before ^ ((before ^ ((place << REST_BITS) | rest)) & counts);
          const earlier = before >> REST_BITS;
          const repeats = ((((before ^ rest) & REST_MASK) - 1) & (oldest - 1 - earlier)) >> 31;
          const spare = count + (k & SPARE_MASK);
          const from = spare + ((earlier - base - spare) & repeats);
          leaving[from] = (leaving[from] ?? 0) - (weight & repeats);
          own += weight;
          sum += weight & ~repeats;
        }
        leaving[i] = (leaving[i] ?? 0) + own;
        if (sum > best && (i >= window - 1 || i === count - 1)) {
          best = sum;
          bestAt = i;
        }
      }
    }
    const from = Math.max(0, bestAt - window + 1);
    const to = bestAt + 1;
    const line = best * scale * damp(damping, to - from) + bias;
    const { sum: whole, isNetworkAsked } = withNetwork(line, group, networkWeight, () =>
      network.score(tokens, from, to, group.number),
    );
    return { sum: whole, isNetworkAsked, from, to };
  };

  const contributions = ({ from, to, isNetworkAsked }: Passage, { weights, scale, number }: Group): Float64Array => {
    const brought = new Float64Array(to - from);
    const factor = scale * damp(damping, to - from);
    const counted = new Set<number>();
    for (let i = from; i < to; i += 1) {
      const written = featuresAt(tokens, i, buffer);
      for (let k = 0; k < written; k += 1) {
        const feature = (buffer[k] ?? 0) & mask;
        if (counted.has(feature)) continue;
        counted.add(feature);
        brought[i - from] = (brought[i - from] ?? 0) + (weights[feature] ?? 0) * factor;
      }
    }
    if (isNetworkAsked) {
      network.score(tokens, from, to, number);
      network.contributions().forEach((own, word) => {
        brought[word] = (brought[word] ?? 0) + networkWeight * own;
      });
    }
    return brought;
  };
  return { strongest, contributions, tokens };
};
