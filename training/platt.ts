/** Slope and offset that turn a sum into log-odds, by logistic regression (Platt scaling). */
export const fitLine = (
  scored: readonly { readonly sum: number; readonly label: 0 | 1 }[],
): { slope: number; offset: number } => {
  let slope = 1;
  let offset = 0;
  for (let step = 0; step < 100; step += 1) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-6, 0, 1e-6];
    for (const { sum, label } of scored) {
      const chance = 1 / (1 + Math.exp(-(slope * sum + offset)));
      const error = chance - label;
      const spread = chance * (1 - chance);
      g0 += error * sum;
      g1 += error;
      h00 += spread * sum * sum;
      h01 += spread * sum;
      h11 += spread;
    }
    const determinant = h00 * h11 - h01 * h01;
    slope -= (h11 * g0 - h01 * g1) / determinant;
    offset -= (h00 * g1 - h01 * g0) / determinant;
  }
  return { slope, offset };
};
