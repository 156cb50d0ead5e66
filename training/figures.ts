/** Area under the ROC curve; ties count half. */
export const auc = (positive: readonly number[], negative: readonly number[]): number => {
  const sorted = negative.toSorted((a, b) => a - b);
  let sum = 0;
  for (const score of positive) sum += (below(sorted, score, false) + below(sorted, score, true)) / 2;
  return sum / (positive.length * negative.length);
};

const below = (sorted: readonly number[], score: number, inclusive: boolean): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? 0;
    if (value < score || (inclusive && value === score)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Least score that flags at most this share of benign texts. */
export const thresholdAt = (negative: readonly number[], share: number): number => {
  const sorted = negative.toSorted((a, b) => b - a);
  return sorted[Math.floor(share * sorted.length)] ?? Number.POSITIVE_INFINITY;
};

export const recallAbove = (positive: readonly number[], threshold: number): number =>
  positive.filter((score) => score > threshold).length / Math.max(1, positive.length);
