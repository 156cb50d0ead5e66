import {
  FILTER_WORDS,
  GROUPS,
  type Network,
  perTable,
  VECTOR_COUNTS,
  type VectorName,
  vectorOf,
} from "../server/src/detectors/injection-classifier/network.ts";
import type { Encoded } from "./encode.ts";
import { GROUP } from "./linear.ts";
import { createRandom, shuffled } from "./random.ts";

export interface NetworkOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly rate: number;
  /** Share of words that a step overlooks, marks before them excepted. */
  readonly dropout: number;
  /** Share of words of which a step sees pivots, classes and marks only, as of words nobody knows. */
  readonly strange: number;
  readonly dimension: number;
  /** A multiple of {@link LANES}. */
  readonly filters: number;
  readonly hidden: number;
  /** Words of a passage. */
  readonly windowOf: (encoded: Encoded) => number;
  readonly weightOf: (encoded: Encoded) => number;
  /** The passage of a long text that a step should mostly see. */
  readonly hardest: (encoded: Encoded) => { readonly start: number; readonly end: number };
}

/** Filters that are computed side by side, so that each word is loaded once for all of them. */
const LANES = 4;
/** Share of steps that see the hardest passage of a long text; others see any. */
const HARDEST = 0.7;
const WORDS_MAX = 96;
/** Steps become shorter as squares of gradients add up from here (AdaGrad). */
const SQUARES_FROM = 1e-3;

interface Parameters {
  readonly values: Float32Array;
  readonly squares: Float32Array;
}

const parameters = (length: number, value: () => number): Parameters => ({
  values: Float32Array.from({ length }, value),
  squares: new Float32Array(length).fill(SQUARES_FROM),
});

const descend = ({ values, squares }: Parameters, index: number, gradient: number, rate: number): void => {
  const square = (squares[index] ?? 0) + gradient * gradient;
  squares[index] = square;
  values[index] = (values[index] ?? 0) - (rate * gradient) / Math.sqrt(square);
};

/** Places in the tables of vectors that the words of a text look up; -1 where a word has none. */
const placesOf = ({ words }: Encoded): Readonly<Record<VectorName, Int32Array>> & { readonly second: Int32Array } => {
  const orNone = (value: number): number => (value === 0 ? -1 : value);
  return {
    words: Int32Array.from(words.hashes, vectorOf),
    stems: Int32Array.from(words.stems, (stem) => (stem === 0 ? -1 : vectorOf(stem))),
    pivots: Int32Array.from(words.pivots, orNone),
    classes: Int32Array.from(words.classes, (classes) => orNone(classes & 0xff)),
    second: Int32Array.from(words.classes, (classes) => orNone(classes >>> 8)),
    marks: Int32Array.from(words.marks),
  };
};

/** How far the first vectors lie from zero; those of words begin near it, since most words are rare. */
const SPREAD: Readonly<Record<VectorName, number>> = {
  words: 0.02,
  stems: 0.02,
  pivots: 0.1,
  classes: 0.1,
  marks: 0.1,
};

/** Trains by stochastic descent, one text a step, on the passage that holds the known injection or, of harmless text, mostly the hardest. */
export const trainNetwork = (rows: readonly Encoded[], options: NetworkOptions): Network => {
  const { dimension, filters: filterCount, hidden: hiddenCount, dropout, strange } = options;
  const random = createRandom(options.seed);
  const normal = (): number => {
    let sum = -3;
    for (let k = 0; k < 6; k += 1) sum += random();
    return sum / Math.SQRT1_2;
  };
  const vectors = perTable((name) => parameters(VECTOR_COUNTS[name] * dimension, () => normal() * SPREAD[name]));
  /** Vectors that a text has looked up. */
  const touched = perTable((name) => new Uint8Array(VECTOR_COUNTS[name]));
  const width = FILTER_WORDS * dimension;
  const inputs = filterCount + GROUPS;
  // Weight k of filter f stands at ((f / LANES) * width + k) * LANES + f % LANES.
  const filters = parameters(filterCount * width, () => normal() / Math.sqrt(width));
  const filterBias = parameters(filterCount, () => 0.05);
  const hidden = parameters(hiddenCount * inputs, () => normal() / Math.sqrt(filterCount));
  const hiddenBias = parameters(hiddenCount, () => 0);
  const output = parameters(hiddenCount, () => normal() / Math.sqrt(hiddenCount));
  const outputBias = parameters(1, () => 0);

  const passage = new Float32Array((WORDS_MAX + FILTER_WORDS - 1) * dimension);
  const slopes = new Float32Array(passage.length);
  const strongest = new Float32Array(inputs);
  const strongestAt = new Int32Array(filterCount);
  const inputSlopes = new Float32Array(inputs);
  const active = new Float32Array(hiddenCount);
  /** 0: overlooked, 1: a word nobody knows, 2: as it is. */
  const seen = new Uint8Array(WORDS_MAX);
  const places = new Map(rows.map((row) => [row, placesOf(row)]));

  type Places = ReturnType<typeof placesOf>;
  const each = (place: Places, word: number, how: number, visit: (name: VectorName, index: number) => void): void => {
    visit("marks", place.marks[word] ?? 0);
    if (how === 0) return;
    const [pivot, first, second] = [place.pivots[word] ?? -1, place.classes[word] ?? -1, place.second[word] ?? -1];
    if (pivot >= 0) visit("pivots", pivot);
    if (first >= 0) visit("classes", first);
    if (second >= 0) visit("classes", second);
    if (how === 1) return;
    visit("words", place.words[word] ?? 0);
    const stem = place.stems[word] ?? -1;
    if (stem >= 0) visit("stems", stem);
  };

  const forward = (place: Places, start: number, length: number, group: number): number => {
    passage.fill(0, 0, (length + FILTER_WORDS - 1) * dimension);
    for (let word = 0; word < length; word += 1) {
      const how = random() < dropout ? 0 : random() < strange ? 1 : 2;
      seen[word] = how;
      const at = (word + 1) * dimension;
      each(place, start + word, how, (name, index) => {
        const { values } = vectors[name];
        const from = index * dimension;
        for (let k = 0; k < dimension; k += 1) passage[at + k] = (passage[at + k] ?? 0) + (values[from + k] ?? 0);
      });
    }
    for (let filter = 0; filter < filterCount; filter += LANES) {
      const weights = filter * width;
      const { values } = filters;
      let [best0, best1, best2, best3] = [-1e9, -1e9, -1e9, -1e9];
      let [at0, at1, at2, at3] = [0, 0, 0, 0];
      for (let word = 0; word < length; word += 1) {
        const at = word * dimension;
        let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
        for (let k = 0; k < width; k += 1) {
          const value = passage[at + k] ?? 0;
          const from = weights + k * LANES;
          sum0 += (values[from] ?? 0) * value;
          sum1 += (values[from + 1] ?? 0) * value;
          sum2 += (values[from + 2] ?? 0) * value;
          sum3 += (values[from + 3] ?? 0) * value;
        }
        if (sum0 > best0) [best0, at0] = [sum0, word];
        if (sum1 > best1) [best1, at1] = [sum1, word];
        if (sum2 > best2) [best2, at2] = [sum2, word];
        if (sum3 > best3) [best3, at3] = [sum3, word];
      }
      [best0, best1, best2, best3].forEach((best, lane) => {
        strongest[filter + lane] = Math.max(0, best + (filterBias.values[filter + lane] ?? 0));
      });
      [at0, at1, at2, at3].forEach((at, lane) => {
        strongestAt[filter + lane] = at;
      });
    }
    for (let one = 0; one < GROUPS; one += 1) strongest[filterCount + one] = one === group ? 1 : 0;
    let sum = outputBias.values[0] ?? 0;
    for (let unit = 0; unit < hiddenCount; unit += 1) {
      let answer = hiddenBias.values[unit] ?? 0;
      for (let k = 0; k < inputs; k += 1) answer += (hidden.values[unit * inputs + k] ?? 0) * (strongest[k] ?? 0);
      active[unit] = Math.max(0, answer);
      sum += (output.values[unit] ?? 0) * (active[unit] ?? 0);
    }
    return sum;
  };

  const backward = (place: Places, start: number, length: number, gradient: number, rate: number): void => {
    inputSlopes.fill(0);
    for (let unit = 0; unit < hiddenCount; unit += 1) {
      const answer = active[unit] ?? 0;
      if (answer === 0) continue;
      const slope = gradient * (output.values[unit] ?? 0);
      descend(output, unit, gradient * answer, rate);
      descend(hiddenBias, unit, slope, rate);
      for (let k = 0; k < inputs; k += 1) {
        const input = strongest[k] ?? 0;
        if (input === 0) continue;
        inputSlopes[k] = (inputSlopes[k] ?? 0) + slope * (hidden.values[unit * inputs + k] ?? 0);
        descend(hidden, unit * inputs + k, slope * input, rate);
      }
    }
    descend(outputBias, 0, gradient, rate);
    slopes.fill(0, 0, (length + FILTER_WORDS - 1) * dimension);
    for (let filter = 0; filter < filterCount; filter += 1) {
      const slope = inputSlopes[filter] ?? 0;
      if ((strongest[filter] ?? 0) === 0 || slope === 0) continue;
      const weights = (filter - (filter % LANES)) * width + (filter % LANES);
      const at = (strongestAt[filter] ?? 0) * dimension;
      for (let k = 0; k < width; k += 1) {
        const from = weights + k * LANES;
        slopes[at + k] = (slopes[at + k] ?? 0) + slope * (filters.values[from] ?? 0);
        const value = passage[at + k] ?? 0;
        if (value !== 0) descend(filters, from, slope * value, rate);
      }
      descend(filterBias, filter, slope, rate);
    }
    for (let word = 0; word < length; word += 1) {
      const at = (word + 1) * dimension;
      each(place, start + word, seen[word] ?? 0, (name, index) => {
        touched[name][index] = 1;
        const table = vectors[name];
        for (let k = 0; k < dimension; k += 1) {
          const slope = slopes[at + k] ?? 0;
          if (slope !== 0) descend(table, index * dimension + k, slope, rate);
        }
      });
    }
  };

  const passageOf = (encoded: Encoded, isFirst: boolean): { start: number; end: number } => {
    const { tokens, row, from, to } = encoded;
    const size = Math.min(WORDS_MAX, options.windowOf(encoded));
    const at = (wanted: number): { start: number; end: number } => {
      const start = Math.max(0, Math.min(wanted, tokens - size));
      return { start, end: Math.min(tokens, start + size) };
    };
    const anywhere = (first: number, last: number): number => first + Math.floor(random() * (last - first + 1));
    if (row.label === 1 && (from > 0 || to < tokens))
      return at(to - from > size ? anywhere(from, to - size) : anywhere(to - size, from));
    if (tokens <= size) return at(0);
    return !isFirst && random() < HARDEST ? at(options.hardest(encoded).start) : at(anywhere(0, tokens - size));
  };

  const total = rows.length * options.epochs;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch += 1)
    for (const encoded of shuffled(random, rows)) {
      step += 1;
      const place = places.get(encoded);
      const weight = options.weightOf(encoded);
      if (place === undefined || encoded.tokens === 0 || weight === 0) continue;
      const { start, end } = passageOf(encoded, epoch === 0);
      const sum = forward(place, start, end - start, GROUP[encoded.row.channel]);
      const gradient = (1 / (1 + Math.exp(-sum)) - encoded.row.label) * weight;
      backward(place, start, end - start, gradient, options.rate * (1 - step / total));
    }

  // Vectors that no text has looked up say nothing.
  perTable((name) =>
    touched[name].forEach((isTouched, index) => {
      if (isTouched === 0) vectors[name].values.fill(0, index * dimension, (index + 1) * dimension);
    }),
  );
  const straight = new Float32Array(filters.values.length);
  for (let filter = 0; filter < filterCount; filter += 1)
    for (let k = 0; k < width; k += 1)
      straight[filter * width + k] =
        filters.values[(filter - (filter % LANES)) * width + k * LANES + (filter % LANES)] ?? 0;
  return {
    dimension,
    vectors: perTable((name) => bytesOf(vectors[name].values)),
    filters: straight,
    filterBias: filterBias.values,
    hidden: hidden.values,
    hiddenBias: hiddenBias.values,
    output: output.values,
    outputBias: outputBias.values[0] ?? 0,
  };
};

/** As signed bytes and what one of them is worth. */
const bytesOf = (values: Float32Array): { scale: number; table: Int8Array } => {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const scale = largest === 0 ? 1 : largest / 127;
  return { scale, table: Int8Array.from(values, (value) => Math.round(value / scale)) };
};
