import type { Finding } from "@parapet/model";

const seenIn = ({ severity, score, scoreParts, firstSeen, lastSeen, exchanges, events, sources }: Finding) => ({
  severity,
  score,
  scoreParts,
  firstSeen,
  lastSeen,
  exchanges,
  events,
  sources,
});

const nameOf = ({ time, actor, change, comment = "" }: Finding["history"][number]): string =>
  JSON.stringify([time, actor, change, comment]);

/**
 * What is stored when a finding was read, counted on, and in between decided about by somebody, which its history
 * shows, or rid of an erased name, which its group or title shows, as nothing else changes them: the stored one, and of the other only what was seen.
 */
export const keepDecisions = (stored: Finding, finding: Finding): Finding => {
  const told = new Set(finding.history.map(nameOf));
  const isForgotten = stored.groupKey !== finding.groupKey || stored.title !== finding.title;
  if (!isForgotten && stored.history.every((entry) => told.has(nameOf(entry)))) return finding;
  const known = new Set(stored.history.map(nameOf));
  return {
    ...stored,
    ...seenIn(finding),
    count: Math.max(stored.count, finding.count),
    history: [...stored.history, ...finding.history.filter((entry) => !known.has(nameOf(entry)))],
  };
};
