import { severityRank, type Category, type RecordedMatch, type Severity } from "@parapet/model";

export const severityOf = (matches: readonly RecordedMatch[]): Severity =>
  matches.reduce<Severity>(
    (worst, { severity }) => (severityRank(severity) > severityRank(worst) ? severity : worst),
    "informational",
  );

export const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** What rules ask of matches, in the words of docs/rules.md: the same for exchanges and for telemetry. */
export const matchFields = (matches: readonly RecordedMatch[]) => {
  const confidence: Partial<Record<Category, number>> = {};
  const counts: Partial<Record<Category, number>> = {};
  for (const { category, confidence: level } of matches) {
    confidence[category] = Math.max(confidence[category] ?? 0, level);
    if (level >= 0.5) counts[category] = (counts[category] ?? 0) + 1;
  }
  return {
    categories: distinct(matches.map(({ category }) => category)),
    types: distinct(matches.map(({ type }) => type)),
    // One word per match, since rules cannot ask for two fields of the same list element.
    found: distinct(
      matches
        .filter(({ confidence: level }) => level >= 0.5)
        .map(({ direction, provenance, category }) => `${direction}/${provenance}/${category}`),
    ),
    detectors: distinct(matches.map(({ detector }) => detector)),
    matches: matches
      .slice(0, 100)
      .map(({ detector, category, type, confidence: level, severity, provenance, direction }) => ({
        detector,
        category,
        type,
        confidence: level,
        severity,
        provenance,
        direction,
      })),
    maxConfidence: Math.max(0, ...Object.values(confidence)),
    confidence,
    counts,
  };
};
