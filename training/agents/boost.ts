import type { Trees } from "../../server/src/agents/doubt/index.ts";
import { createRandom } from "../random.ts";

/** A call as the trees see it. */
export interface Example {
  readonly numbers: Float64Array;
  readonly isHarmful: boolean;
  readonly weight: number;
}

export interface BoostOptions {
  readonly seed: number;
  readonly trees: number;
  readonly depth: number;
  readonly rate: number;
  /** Added to the weight of a leaf, so that few examples say little. */
  readonly caution: number;
  /** Share of examples and of numbers that a tree looks at. */
  readonly rows: number;
  readonly columns: number;
}

const BINS_MAX = 24;
const NODE_MIN = 20;
const WEIGHT_MIN = 2;
const GAIN_MIN = 0.5;

/** For each number, the bounds at which a node may ask about it. */
const boundsOf = (examples: readonly Example[], count: number): number[][] =>
  Array.from({ length: count }, (_, feature) => {
    const values = [...new Set(examples.map(({ numbers }) => numbers[feature] ?? 0))].toSorted((a, b) => a - b);
    const bins = Math.min(BINS_MAX, values.length - 1);
    return Array.from({ length: bins }, (_, bin) => values[Math.floor(((bin + 1) * (values.length - 1)) / bins)] ?? 0);
  });

/** Boosted trees for a chance (second order, as XGBoost has it). Deterministic from the seed. */
export const trainTrees = (
  examples: readonly Example[],
  start: number,
  { seed, trees: total, depth, rate, caution, rows, columns }: BoostOptions,
): Trees => {
  const random = createRandom(seed);
  const count = examples[0]?.numbers.length ?? 0;
  const bounds = boundsOf(examples, count);
  const bins = examples.map(({ numbers }) =>
    Uint8Array.from(bounds, (own, feature) => own.filter((bound) => (numbers[feature] ?? 0) >= bound).length),
  );
  const trees: Record<keyof Trees, number[]> = { roots: [], feature: [], at: [], low: [], high: [], value: [] };
  const sums = new Float64Array(examples.length).fill(start);
  const pulls = new Float64Array(examples.length);
  const weights = new Float64Array(examples.length);

  const grow = (own: readonly number[], left: number, looked: readonly number[]): number => {
    let pull = 0;
    let weight = 0;
    for (const one of own) {
      pull += pulls[one] ?? 0;
      weight += weights[one] ?? 0;
    }
    const node = trees.feature.length;
    trees.feature.push(0);
    trees.at.push(0);
    trees.low.push(node);
    trees.high.push(node);
    trees.value.push((-rate * pull) / (weight + caution));
    if (left === 0 || own.length < NODE_MIN) return node;
    const best = bestSplit(own, looked, pull, weight);
    if (best === undefined) return node;
    const isLow = (one: number): boolean => (bins[one]?.[best.feature] ?? 0) <= best.bin;
    trees.feature[node] = best.feature;
    trees.at[node] = bounds[best.feature]?.[best.bin] ?? 0;
    trees.low[node] = grow(own.filter(isLow), left - 1, looked);
    trees.high[node] = grow(
      own.filter((one) => !isLow(one)),
      left - 1,
      looked,
    );
    return node;
  };

  const bestSplit = (own: readonly number[], looked: readonly number[], pull: number, weight: number) => {
    const whole = (pull * pull) / (weight + caution);
    let best: { readonly feature: number; readonly bin: number; readonly gain: number } | undefined;
    for (const feature of looked) {
      const width = (bounds[feature]?.length ?? 0) + 1;
      const pullOf = new Float64Array(width);
      const weightOf = new Float64Array(width);
      for (const one of own) {
        const bin = bins[one]?.[feature] ?? 0;
        pullOf[bin] = (pullOf[bin] ?? 0) + (pulls[one] ?? 0);
        weightOf[bin] = (weightOf[bin] ?? 0) + (weights[one] ?? 0);
      }
      let lowPull = 0;
      let lowWeight = 0;
      for (let bin = 0; bin < width - 1; bin += 1) {
        lowPull += pullOf[bin] ?? 0;
        lowWeight += weightOf[bin] ?? 0;
        const highPull = pull - lowPull;
        const highWeight = weight - lowWeight;
        if (lowWeight < WEIGHT_MIN || highWeight < WEIGHT_MIN) continue;
        const gain =
          (lowPull * lowPull) / (lowWeight + caution) + (highPull * highPull) / (highWeight + caution) - whole;
        if (gain > (best?.gain ?? GAIN_MIN)) best = { feature, bin, gain };
      }
    }
    return best;
  };

  for (let tree = 0; tree < total; tree += 1) {
    for (const [one, { isHarmful, weight }] of examples.entries()) {
      const chance = 1 / (1 + Math.exp(-(sums[one] ?? 0)));
      pulls[one] = (chance - (isHarmful ? 1 : 0)) * weight;
      weights[one] = chance * (1 - chance) * weight;
    }
    const looked = Array.from({ length: count }, (_, feature) => feature).filter(() => random() < columns);
    const own = Array.from({ length: examples.length }, (_, one) => one).filter(() => random() < rows);
    const root = grow(own, depth, looked);
    trees.roots.push(root);
    for (const [one, { numbers }] of examples.entries()) sums[one] = (sums[one] ?? 0) + answerOf(trees, root, numbers);
  }
  return trees;
};

const answerOf = ({ feature, at, low, high, value }: Trees, root: number, numbers: Float64Array): number => {
  let node = root;
  while (low[node] !== node)
    node = ((numbers[feature[node] ?? 0] ?? 0) < (at[node] ?? 0) ? low[node] : high[node]) ?? node;
  return value[node] ?? 0;
};
