/** The value below which the share `q` lies, between neighbours; `sorted` is not empty. */
export const quantile = (sorted: readonly number[], q: number): number => {
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
};

export const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

export const median = (values: readonly number[]): number =>
  values.length === 0 ? 0 : quantile(ascending(values), 0.5);

/** Standard normal quantiles. */
const Z95 = 1.96;
const Z99 = 2.576;
const MAD_TO_SIGMA = 1.4826;

/**
 * A standard deviation that single outliers do not move, and that heavy tails widen: the largest of what the
 * median, 95th and 99th percentile of the absolute residuals would mean for a normal distribution.
 */
export const robustScale = (residuals: readonly number[]): number => {
  if (residuals.length === 0) return 0;
  const sizes = ascending(residuals.map(Math.abs));
  return Math.max(MAD_TO_SIGMA * quantile(sizes, 0.5), quantile(sizes, 0.95) / Z95, quantile(sizes, 0.99) / Z99);
};

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** As many digits as a person reads: tenths below a hundred, whole numbers above. */
export const tidy = (value: number): number => round(value, Math.abs(value) < 100 ? 1 : 0);
