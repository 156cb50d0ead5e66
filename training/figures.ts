/** Least score that flags at most this share of benign texts. */
export const thresholdAt = (negative: readonly number[], share: number): number => {
  const sorted = negative.toSorted((a, b) => b - a);
  return sorted[Math.floor(share * sorted.length)] ?? Number.POSITIVE_INFINITY;
};

/** The line through points that leaves the least squares. */
export const leastSquares = (
  points: readonly (readonly [x: number, y: number])[],
): { readonly slope: number; readonly offset: number } => {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point[0]), mean((point) => point[1])];
  const slope = mean((point) => (point[0] - x) * (point[1] - y)) / mean((point) => (point[0] - x) ** 2);
  return { slope, offset: y - slope * x };
};
