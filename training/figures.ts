/** Least score that flags at most this share of benign texts. */
export const thresholdAt = (negative: readonly number[], share: number): number => {
  const sorted = negative.toSorted((a, b) => b - a);
  return sorted[Math.floor(share * sorted.length)] ?? Number.POSITIVE_INFINITY;
};
