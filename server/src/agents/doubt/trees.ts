/** Shallow trees over named numbers, each node by its place in the lists. A leaf has itself as `low`. */
export interface Trees {
  readonly roots: readonly number[];
  /** Which number a node asks about, by its place in the model's names. */
  readonly feature: readonly number[];
  /** Numbers below it go to `low`, all others to `high`. */
  readonly at: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** What a tree answers that ends here. */
  readonly value: readonly number[];
}

/** Sum of all trees' answers, and in `shares` what each number moved it by. */
export const scoreTrees = (trees: Trees, numbers: Float64Array, shares: Float64Array): number => {
  const { roots, feature, at, low, high, value } = trees;
  let sum = 0;
  for (const root of roots) {
    let node = root;
    while (low[node] !== node) {
      const asked = feature[node] ?? 0;
      const next = (numbers[asked] ?? 0) < (at[node] ?? 0) ? low[node] : high[node];
      if (next === undefined) break;
      shares[asked] = (shares[asked] ?? 0) + (value[next] ?? 0) - (value[node] ?? 0);
      node = next;
    }
    sum += value[node] ?? 0;
  }
  return sum;
};
