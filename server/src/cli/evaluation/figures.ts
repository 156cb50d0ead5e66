/** Share of `part` in `whole`; 0 when there is nothing to share. */
export const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * Area under the ROC curve: the chance that an attack scores above a benign text, ties counting half.
 * 0.5 where one side is missing.
 */
export const areaUnderCurve = (attacks: readonly number[], benign: readonly number[]): number => {
  if (attacks.length === 0 || benign.length === 0) return 0.5;
  const all = [
    ...attacks.map((score) => ({ score, isAttack: true })),
    ...benign.map((score) => ({ score, isAttack: false })),
  ];
  all.sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    let tied = 0;
    while (to < all.length && all[to]?.score === all[from]?.score) {
      if (all[to]?.isAttack === true) tied += 1;
      to += 1;
    }
    // Tied scores share the mean of their ranks, counted from 1.
    rankSum += (tied * (from + 1 + to)) / 2;
    from = to;
  }
  return (rankSum - (attacks.length * (attacks.length + 1)) / 2) / (attacks.length * benign.length);
};

/** Share of attacks found by the most sensitive threshold that flags at most `fpr` of the benign texts. */
export const recallAtFpr = (attacks: readonly number[], benign: readonly number[], fpr: number): number => {
  const descending = benign.toSorted((a, b) => b - a);
  const bar = descending[Math.floor(fpr * benign.length)] ?? Number.NEGATIVE_INFINITY;
  return share(attacks.filter((score) => score > bar).length, attacks.length);
};

/** What a threshold does. */
export interface ThresholdFigures {
  readonly recall: number;
  readonly fpr: number;
  /** Of what was flagged, the share that is an attack; 1 when nothing was flagged. */
  readonly precision: number;
}

export const figuresAt = (
  attacks: readonly number[],
  benign: readonly number[],
  threshold: number,
): ThresholdFigures => {
  const found = attacks.filter((score) => score >= threshold).length;
  const wrong = benign.filter((score) => score >= threshold).length;
  return {
    recall: share(found, attacks.length),
    fpr: share(wrong, benign.length),
    precision: found + wrong === 0 ? 1 : found / (found + wrong),
  };
};

/** Precision, recall and their harmonic mean. */
export interface SpanFigures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** From counts of spans; nothing reported counts as full precision, nothing labelled as full recall. */
export const spanFigures = (right: number, reported: number, found: number, labelled: number): SpanFigures => {
  const precision = reported === 0 ? 1 : right / reported;
  const recall = labelled === 0 ? 1 : found / labelled;
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
};
