import type { Tokens } from "./tokens.ts";

/** What is looked up for each word; the vectors found are added up. */
export type VectorName = "words" | "stems" | "pivots" | "classes" | "marks";
/** Words and stems share vectors by their hash. */
const WORD_BITS = 15;
/** Vectors in each table. */
export const VECTOR_COUNTS: Readonly<Record<VectorName, number>> = {
  words: 1 << WORD_BITS,
  stems: 1 << WORD_BITS,
  pivots: 2_048,
  classes: 256,
  marks: 32,
};
export const perTable = <Value>(make: (name: VectorName) => Value): Readonly<Record<VectorName, Value>> => ({
  words: make("words"),
  stems: make("stems"),
  pivots: make("pivots"),
  classes: make("classes"),
  marks: make("marks"),
});
/** Words that a filter reads at once. */
export const FILTER_WORDS = 3;
const REACH = (FILTER_WORDS - 1) / 2;
export const GROUPS = 3;

/**
 * A small convolution network. Each word of a passage becomes a vector, filters read three vectors at a time, the
 * strongest answer of each filter anywhere in the passage goes into one hidden layer. Where the line of weights adds
 * up words that it knows, the network knows words by what stood in their place.
 */
export interface Network {
  /** Numbers in a vector. */
  readonly dimension: number;
  readonly vectors: Readonly<Record<VectorName, { readonly scale: number; readonly table: Int8Array }>>;
  /** `filters × FILTER_WORDS × dimension`. */
  readonly filters: Float32Array;
  readonly filterBias: Float32Array;
  /** `hidden × (filters + GROUPS)`: the groups are inputs that are one where the text stands. */
  readonly hidden: Float32Array;
  readonly hiddenBias: Float32Array;
  readonly output: Float32Array;
  readonly outputBias: number;
}

/** When a network is asked about a passage. */
export interface NetworkUse {
  /** Sum of the line of weights from which it is asked. */
  readonly networkFrom: number;
  /** What it mostly answers at a sum, for those below. */
  readonly networkExpected: { readonly slope: number; readonly offset: number };
}

/** The sum of a passage: of the line of weights, with its share of what the network says or mostly would. */
export const withNetwork = (
  line: number,
  { networkFrom, networkExpected: { slope, offset } }: NetworkUse,
  weight: number,
  ask: () => number,
): { readonly sum: number; readonly isNetworkAsked: boolean } => {
  const isNetworkAsked = line >= networkFrom;
  return { sum: line + weight * (isNetworkAsked ? ask() : slope * line + offset), isNetworkAsked };
};

/** Which vector of a table a hash stands for. */
export const vectorOf = (hash: number): number => Math.imul(hash ^ (hash >>> 16), 0x9e3779b1) >>> (32 - WORD_BITS);

/** What is read of each word. */
export type Words = Readonly<Pick<Tokens, "hashes" | "stems" | "pivots" | "classes" | "marks">>;

export interface NetworkReader {
  /**
   * @param group number of the channel's group
   * @returns log-odds that words `from` to `to` (not included) are an attack, not calibrated
   */
  readonly score: (words: Words, from: number, to: number, group: number) => number;
  /** What each word of the passage that was scored last brought, by the filters that answered most strongly there. */
  readonly contributions: () => Float64Array;
}

/** @param wordsMax words in the longest passage */
export const createNetworkReader = (network: Network, wordsMax: number): NetworkReader => {
  const { dimension, vectors, filters, filterBias, hidden, hiddenBias, output, outputBias } = network;
  const filterCount = filterBias.length;
  const width = FILTER_WORDS * dimension;
  const inputs = filterCount + GROUPS;
  // The words of a passage, with empty ones before and after.
  const words = new Float32Array((wordsMax + 2 * REACH) * dimension);
  const strongest = new Float32Array(inputs);
  const strongestAt = new Int32Array(filterCount);
  const active = new Float32Array(hiddenBias.length);
  let length = 0;

  const add = (name: VectorName, index: number, at: number): void => {
    const { scale, table } = vectors[name];
    const from = index * dimension;
    for (let k = 0; k < dimension; k += 1) words[at + k] = (words[at + k] ?? 0) + scale * (table[from + k] ?? 0);
  };

  const read = ({ hashes, stems, pivots, classes, marks }: Words, from: number, to: number): void => {
    words.fill(0, 0, (to - from + 2 * REACH) * dimension);
    for (let i = from; i < to; i += 1) {
      const at = (i - from + REACH) * dimension;
      add("words", vectorOf(hashes[i] ?? 0), at);
      const stem = stems[i] ?? 0;
      if (stem !== 0) add("stems", vectorOf(stem), at);
      const pivot = pivots[i] ?? 0;
      if (pivot !== 0) add("pivots", pivot, at);
      for (let rest = classes[i] ?? 0; rest !== 0; rest >>>= 8) add("classes", rest & 0xff, at);
      add("marks", marks[i] ?? 0, at);
    }
  };

  const score: NetworkReader["score"] = (given, from, to, group) => {
    length = Math.min(to - from, wordsMax);
    read(given, from, from + length);
    for (let filter = 0; filter < filterCount; filter += 1) {
      const weights = filter * width;
      let best = Number.NEGATIVE_INFINITY;
      let bestAt = 0;
      for (let word = 0; word < length; word += 1) {
        const at = word * dimension;
        let answer = 0;
        for (let k = 0; k < width; k += 1) answer += (filters[weights + k] ?? 0) * (words[at + k] ?? 0);
        if (answer > best) {
          best = answer;
          bestAt = word;
        }
      }
      strongest[filter] = Math.max(0, best + (filterBias[filter] ?? 0));
      strongestAt[filter] = bestAt;
    }
    for (let each = 0; each < GROUPS; each += 1) strongest[filterCount + each] = each === group ? 1 : 0;
    let sum = outputBias;
    for (let unit = 0; unit < active.length; unit += 1) {
      let answer = hiddenBias[unit] ?? 0;
      for (let k = 0; k < inputs; k += 1) answer += (hidden[unit * inputs + k] ?? 0) * (strongest[k] ?? 0);
      active[unit] = Math.max(0, answer);
      sum += (output[unit] ?? 0) * (active[unit] ?? 0);
    }
    return sum;
  };

  const contributions = (): Float64Array => {
    const brought = new Float64Array(length);
    for (let filter = 0; filter < filterCount; filter += 1) {
      let slope = 0;
      for (let unit = 0; unit < active.length; unit += 1)
        if ((active[unit] ?? 0) > 0) slope += (output[unit] ?? 0) * (hidden[unit * inputs + filter] ?? 0);
      const at = strongestAt[filter] ?? 0;
      brought[at] = (brought[at] ?? 0) + slope * (strongest[filter] ?? 0);
    }
    return brought;
  };
  return { score, contributions };
};
