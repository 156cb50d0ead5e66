import { completed, type Detection, type Inspection, type TextForm } from "./detector.ts";

/** First of the places, by start, that ends behind `start`. Places that do not overlap are in order of their ends too. */
const firstEndingBehind = (places: readonly Detection[], start: number): number => {
  let from = 0;
  let to = places.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((places[middle]?.end ?? 0) > start) to = middle;
    else from = middle + 1;
  }
  return from;
};

/** One detection a place: the original form first, then the surer, then the longer. In that order. */
const ranked = (detections: readonly Detection[], detectionsMax: number): readonly Detection[] => {
  if (detections.length < 2) return detections;
  const candidates = detections.toSorted(
    (a, b) =>
      Number(b.view === "original") - Number(a.view === "original") ||
      b.confidence - a.confidence ||
      b.end - b.start - (a.end - a.start),
  );
  const kept: Detection[] = [];
  const places: Detection[] = [];
  for (const one of candidates) {
    if (kept.length >= detectionsMax) break;
    const at = firstEndingBehind(places, one.start);
    const next = places[at];
    if (next !== undefined && next.start < one.end) continue;
    places.splice(at, 0, one);
    kept.push(one);
  }
  return kept;
};

const byStart = (detections: readonly Detection[]): readonly Detection[] =>
  detections.toSorted((a, b) => a.start - b.start);

/** One detection a place, in order of their starts; of more than `detectionsMax` the surest. */
export const onePerPlace = (detections: readonly Detection[], detectionsMax: number): readonly Detection[] =>
  byStart(ranked(detections, detectionsMax));

export interface CountedPlaces {
  /** Any number; where only some are reported, no more than some thousand. */
  readonly detections: readonly Detection[];
  readonly detectionsMax: number;
  /** What is counted, in the plural: `secrets`. */
  readonly what: string;
  /** Only these are reported and counted; the others take their places all the same. */
  readonly isReported?: (detection: Detection) => boolean;
  /** Whether reading stopped before the end of the text. */
  readonly isCut?: boolean;
}

/**
 * As {@link onePerPlace}, for detectors whose matches are cut out of the text: where there are more than the bound, what
 * is left over would pass as if it had been looked at, so the text is unscannable beside the surest of them.
 */
export const countedPlaces = ({
  detections,
  detectionsMax,
  what,
  isReported,
  isCut = false,
}: CountedPlaces): Inspection => {
  // One more than is reported tells that there are more; where not all are, nobody knows which one that is.
  const placesMax = isReported === undefined ? detectionsMax + 1 : Infinity;
  const places = ranked(detections, placesMax);
  const reported = isReported === undefined ? places : places.filter((one) => isReported(one));
  if (reported.length <= detectionsMax && !isCut) return completed(byStart(reported));
  return {
    outcome: "unscannable",
    detections: byStart(reported.slice(0, detectionsMax)),
    reason: `more than ${detectionsMax} ${what} in one text`,
  };
};

/** `Payment card number in the decoded form of the text (base64)`. */
export const foundIn = (title: string, { view, path }: TextForm): string =>
  view === "original"
    ? `${title} in the text`
    : `${title} in the ${view} form of the text${path === "" ? "" : ` (${path})`}`;
