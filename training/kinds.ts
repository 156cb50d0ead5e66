import { gzipSync } from "node:zlib";
import type { Encoded } from "./encode.ts";
import { createRandom, shuffled } from "./random.ts";

export const KINDS = [
  "direct_injection",
  "jailbreak",
  "prompt_extraction",
  "indirect_injection",
  "tool_poisoning",
] as const;
const BITS = 16;
const SIZE = 1 << BITS;
const MASK = SIZE - 1;
const EPOCHS = 5;
const RATE = 0.03;
const DECAY = 0.02;
const WINDOW = 64;

/** Tells the kinds of attacks apart: one against the others, over the features of the injection itself. */
export const trainKinds = (rows: readonly Encoded[], seed: number) => {
  const random = createRandom(seed);
  const attacks = rows.filter(({ row }) => row.label === 1 && KINDS.some((kind) => kind === row.kind));
  const weights = KINDS.map(() => new Float32Array(SIZE));
  const bias = KINDS.map(() => 0);
  const total = attacks.length * EPOCHS;
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch += 1)
    for (const { row, features, offsets, from, to } of shuffled(random, attacks)) {
      step += 1;
      const rate = RATE * (1 - step / total);
      const active = new Set<number>();
      for (let k = offsets[from] ?? 0; k < (offsets[Math.min(to, from + WINDOW)] ?? 0); k += 1)
        active.add((features[k] ?? 0) & MASK);
      weights.forEach((table, kind) => {
        let sum = bias[kind] ?? 0;
        for (const feature of active) sum += table[feature] ?? 0;
        const gradient = 1 / (1 + Math.exp(-sum)) - (row.kind === KINDS[kind] ? 1 : 0);
        bias[kind] = (bias[kind] ?? 0) - rate * gradient;
        for (const feature of active) table[feature] = (table[feature] ?? 0) * (1 - rate * DECAY) - rate * gradient;
      });
    }
  let strongest = 0;
  for (const table of weights) for (const weight of table) strongest = Math.max(strongest, Math.abs(weight));
  const scale = strongest / 127;
  const packed = Int8Array.from({ length: SIZE * KINDS.length }, (_, index) =>
    Math.round((weights[index >> BITS]?.[index & MASK] ?? 0) / scale),
  );
  return {
    names: KINDS,
    scale,
    bias,
    feature_bits: BITS,
    weights: gzipSync(Buffer.from(packed.buffer), { level: 9 }).toString("base64"),
  };
};
