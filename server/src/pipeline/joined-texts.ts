import type { Category, Provenance, Segment } from "@parapet/model";
import type { Detection, DetectorResult } from "#detectors";

/** One segment's share of a joined text. */
interface Piece {
  readonly segment: Segment;
  /** Where it begins in the segment's text. */
  readonly from: number;
  /** Where it stands in the joined text. */
  readonly start: number;
  readonly end: number;
}

/** Texts that a model reads one behind the other, as one: words that are cut apart over them stand together in it. */
export interface JoinedText {
  readonly text: string;
  readonly provenance: Provenance;
  readonly pieces: readonly Piece[];
}

/** A passage over several segments, told of the first; its span is what of it stands there. */
export interface JoinedDetection {
  readonly segment: Segment;
  readonly detector: string;
  readonly detection: Detection;
}

/** What of a long text stands in a window with its neighbours; as much again was read with its own text. */
const EDGE_UNITS = 400;
const WINDOW_UNITS_MAX = 8192;
/** A model's template puts parts on lines of their own. */
const GLUE = "\n";
const JOINED: ReadonlySet<Provenance> = new Set(["user", "document", "tool-result"]);
const SPOKEN: ReadonlySet<Category> = new Set(["prompt_injection", "jailbreak"]);

const follows = (before: Segment, next: Segment): boolean =>
  next.provenance === before.provenance && next.role === before.role && JOINED.has(next.provenance);

/** Windows over every two texts of one author with nobody else's between them. Together no longer than the texts. */
export const joinedTexts = (segments: readonly Segment[]): readonly JoinedText[] => {
  const found: JoinedText[] = [];
  let texts: string[] = [];
  let pieces: Piece[] = [];
  let units = 0;
  const put = (segment: Segment, from: number, to: number): void => {
    const start = units === 0 ? 0 : units + GLUE.length;
    pieces.push({ segment, from, start, end: start + to - from });
    texts.push(segment.text.slice(from, to));
    units = start + to - from;
  };
  const flush = (): void => {
    const [first] = pieces;
    if (first !== undefined && pieces.length > 1)
      found.push({ text: texts.join(GLUE), provenance: first.segment.provenance, pieces });
    texts = [];
    pieces = [];
    units = 0;
  };
  for (const [at, segment] of segments.entries()) {
    const { length } = segment.text;
    const before = segments[at - 1];
    const next = segments[at + 1];
    const isAfter = before !== undefined && follows(before, segment);
    const isBefore = next !== undefined && follows(segment, next);
    if (!isAfter) flush();
    if ((!isAfter && !isBefore) || length === 0) continue;
    const isShort = length <= 2 * EDGE_UNITS;
    if (isAfter) put(segment, 0, isShort ? length : EDGE_UNITS);
    if (isAfter && isShort && units <= WINDOW_UNITS_MAX) continue;
    flush();
    if (isBefore) put(segment, isShort ? 0 : length - EDGE_UNITS, length);
  }
  flush();
  return found;
};

/** What was found over the seams of a joined text; what stands in one segment is known from there. */
export const acrossSeams = ({ pieces }: JoinedText, results: readonly DetectorResult[]): readonly JoinedDetection[] =>
  results.flatMap(({ detector, detections }) =>
    detections.flatMap((detection): JoinedDetection[] => {
      const { start, end } = detection;
      const piece = pieces.find((one) => start < one.end);
      if (piece === undefined || end <= piece.end || !SPOKEN.has(detection.category)) return [];
      const shift = piece.from - piece.start;
      const span = { start: Math.max(start, piece.start) + shift, end: piece.end + shift };
      return [{ segment: piece.segment, detector, detection: { ...detection, ...span, view: "joined" } }];
    }),
  );
