import type { Detection, TextForm } from "./detector.ts";

/** One detection a place: the original form first, then the surer, then the longer. In order of their starts. */
export const onePerPlace = (detections: readonly Detection[], detectionsMax: number): readonly Detection[] => {
  if (detections.length < 2) return detections;
  const ranked = detections.toSorted(
    (a, b) =>
      Number(b.view === "original") - Number(a.view === "original") ||
      b.confidence - a.confidence ||
      b.end - b.start - (a.end - a.start),
  );
  const kept: Detection[] = [];
  // Ends sorted by start would be quicker for thousands; the bound keeps it to some hundred.
  for (const one of ranked) {
    if (kept.length >= detectionsMax) break;
    if (!kept.some((other) => one.start < other.end && other.start < one.end)) kept.push(one);
  }
  return kept.toSorted((a, b) => a.start - b.start);
};

/** `Payment card number in the decoded form of the text (base64)`. */
export const foundIn = (title: string, { view, path }: TextForm): string =>
  view === "original"
    ? `${title} in the text`
    : `${title} in the ${view} form of the text${path === "" ? "" : ` (${path})`}`;
