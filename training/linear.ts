import { FEATURE_BITS, type Encoded } from "./encode.ts";
import { createRandom, shuffled } from "./random.ts";
import type { Channel } from "./rows.ts";
import { damp, type Damping } from "../server/src/detectors/injection-classifier/damping.ts";

export const SIZE = 1 << FEATURE_BITS;

export interface LinearOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly rate: number;
  /** Decay of a weight at each occurrence of its feature. */
  readonly decay: number;
  /** Words in a window, by where the text stands. */
  readonly window: Readonly<Record<Channel, number>>;
  /** Weight of a row in the loss. */
  readonly weightOf: (encoded: Encoded) => number;
  /** Share of steps that look for the hardest window; others take any window. */
  readonly hardest: number;
  /** What a sum is multiplied with, by the words of its window. */
  readonly damping: Damping;
  /** Share of a window's words that a step overlooks, so that no word alone decides. */
  readonly dropout: number;
}

export const GROUP: Readonly<Record<Channel, number>> = { user: 0, document: 1, tool_output: 1, tool_description: 2 };
const GROUPS = 3;

export interface Linear {
  readonly shared: Float32Array;
  /** One table per group of channels, added to the shared one. */
  readonly crossed: readonly Float32Array[];
  readonly bias: Float32Array;
  readonly window: Readonly<Record<Channel, number>>;
  readonly damping: Damping;
}

const lastSeen = new Int32Array(SIZE);
const exits = new Float64Array(4096);
let clock = 1;

/** Highest window of a text: each feature counts once in a window. */
export const bestWindow = (model: Linear, encoded: Encoded): { sum: number; start: number; end: number } => {
  const { features, offsets, tokens } = encoded;
  const size = model.window[encoded.row.channel];
  const group = GROUP[encoded.row.channel];
  const crossed = model.crossed[group] ?? model.shared;
  const { shared } = model;
  const bias = (model.bias[0] ?? 0) + (model.bias[group + 1] ?? 0);
  const base = clock;
  clock += tokens + size + 1;
  if (clock > 2_000_000_000) {
    lastSeen.fill(0);
    clock = 1;
  }
  let sum = 0;
  let best = { sum: Number.NEGATIVE_INFINITY, start: 0, end: 0 };
  for (let i = 0; i < tokens; i += 1) {
    if (i >= size) sum -= exits[i - size] ?? 0;
    let own = 0;
    const end = offsets[i + 1] ?? 0;
    for (let k = offsets[i] ?? 0; k < end; k += 1) {
      const feature = features[k] ?? 0;
      const weight = (shared[feature] ?? 0) + (crossed[feature] ?? 0);
      if (weight === 0) continue;
      const seen = (lastSeen[feature] ?? 0) - base;
      lastSeen[feature] = base + i;
      if (seen >= 0 && seen > i - size) {
        if (seen !== i) {
          exits[seen] = (exits[seen] ?? 0) - weight;
          own += weight;
        }
      } else {
        own += weight;
        sum += weight;
      }
    }
    exits[i] = own;
    if ((i >= size - 1 || i === tokens - 1) && sum > best.sum)
      best = { sum, start: Math.max(0, i - size + 1), end: i + 1 };
  }
  if (tokens === 0) return { sum: bias, start: 0, end: 0 };
  return { ...best, sum: best.sum * damp(model.damping, best.end - best.start) + bias };
};

const stamp = new Int32Array(SIZE);
let stampClock = 0;

export const trainLinear = (rows: readonly Encoded[], options: LinearOptions): Linear => {
  const random = createRandom(options.seed);
  const model: Linear = {
    shared: new Float32Array(SIZE),
    crossed: Array.from({ length: GROUPS }, () => new Float32Array(SIZE)),
    bias: new Float32Array(GROUPS + 1),
    window: options.window,
    damping: options.damping,
  };
  const biasSquares = new Float32Array(GROUPS + 1).fill(1);
  const active = new Int32Array(200_000);
  const total = rows.length * options.epochs;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    for (const encoded of shuffled(random, rows)) {
      step += 1;
      const { tokens, features, offsets, row } = encoded;
      if (tokens === 0) continue;
      const size = options.window[row.channel];
      let start = 0;
      let end = Math.min(tokens, size);
      if (row.label === 1 && (encoded.from > 0 || encoded.to < tokens)) {
        // A window that holds the known injection, at any place.
        const length = encoded.to - encoded.from;
        const slack = Math.max(0, size - length);
        if (length > size) {
          const room = length - size;
          start = encoded.from + Math.floor(random() * (room + 1));
        } else start = encoded.from - Math.floor(random() * (slack + 1));
        start = Math.max(0, Math.min(start, tokens - size));
        end = Math.min(tokens, start + size);
      } else if (tokens > size) {
        if (epoch > 0 && random() < options.hardest) ({ start, end } = bestWindow(model, encoded));
        else {
          start = Math.floor(random() * (tokens - size + 1));
          end = start + size;
        }
      }
      const group = GROUP[row.channel];
      const { shared } = model;
      const crossed = model.crossed[group] ?? shared;
      stampClock += 1;
      let count = 0;
      let sum = 0;
      for (let word = start; word < end; word += 1) {
        if (options.dropout > 0 && random() < options.dropout) continue;
        const last = offsets[word + 1] ?? 0;
        for (let k = offsets[word] ?? 0; k < last; k += 1) {
          const feature = features[k] ?? 0;
          if (stamp[feature] === stampClock) continue;
          stamp[feature] = stampClock;
          active[count] = feature;
          count += 1;
          sum += (shared[feature] ?? 0) + (crossed[feature] ?? 0);
        }
      }
      const factor = damp(options.damping, end - start);
      const logOdds = sum * factor + (model.bias[0] ?? 0) + (model.bias[group + 1] ?? 0);
      const gradient = (1 / (1 + Math.exp(-logOdds)) - row.label) * options.weightOf(encoded);
      const rate = options.rate * (1 - step / total);
      const shrink = options.decay * rate;
      for (let k = 0; k < count; k += 1) {
        const feature = active[k] ?? 0;
        shared[feature] = (shared[feature] ?? 0) * (1 - shrink) - rate * factor * gradient;
        crossed[feature] = (crossed[feature] ?? 0) * (1 - 2 * shrink) - 0.5 * rate * factor * gradient;
      }
      for (const index of [0, group + 1]) {
        const squares = (biasSquares[index] ?? 0) + gradient * gradient;
        biasSquares[index] = squares;
        model.bias[index] = (model.bias[index] ?? 0) - (rate * gradient) / Math.sqrt(squares);
      }
    }
  }
  return model;
};
