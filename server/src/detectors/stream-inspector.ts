import type { CataloguedDetector } from "./catalogued.ts";
import type { Detection, StreamTraits } from "./detector.ts";
import type { DetectorResult, Run, SubjectFrame } from "./engine.ts";
import { prepareText } from "./prepare.ts";
import { markedTail } from "./views/unmarked.ts";

/** Text without a started match is never held back further than this. */
export const HOLD_UNITS_MAX = 256;

/** Text before a window's first possible match that detectors may look at for context. */
const CONTEXT_UNITS = 256;

/** What a cut at the left edge of a window can make of the text behind it. */
const EDGE_UNITS = 64;

/** A detection with the detector that made it; offsets into the whole text. */
export type StreamDetection = Detection & { readonly detector: string };

export interface StreamStep {
  /** New since the step before. */
  readonly detections: readonly StreamDetection[];
  /** Absolute offset up to which the text was inspected and no span match can still begin. */
  readonly releasable: number;
}

/**
 * Inspects a text while it grows.
 *
 * Detectors of spans look at every step, at an overlap and the new text; a detection counts once nothing that
 * follows can change it. Detectors of passages look every stride and at the end.
 */
export interface StreamInspector {
  readonly feed: (delta: string) => StreamStep;
  /** The last look; everything may be let go. */
  readonly end: () => StreamStep;
  /** Over all looks so far, in the order of the detectors. */
  readonly outcomes: () => readonly Omit<DetectorResult, "detections">[];
}

interface SpanTrack {
  readonly position: number;
  readonly traits: Extract<StreamTraits, { kind: "span" }>;
  /** Every match that ends up to here was reported. */
  settled: number;
  /** No match still to be reported begins before. Behind `settled` only where the bound let text go. */
  open: number;
}

interface WindowTrack {
  readonly position: number;
  readonly traits: Extract<StreamTraits, { kind: "window" }>;
  looked: number;
}

export const createStreamInspector = (
  detectors: readonly CataloguedDetector[],
  run: Run,
  frame: SubjectFrame,
): StreamInspector => {
  const spans: SpanTrack[] = [];
  const windows: WindowTrack[] = [];
  detectors.forEach(({ stream }, position) => {
    if (stream.kind === "span") spans.push({ position, traits: stream, settled: 0, open: 0 });
    else windows.push({ position, traits: stream, looked: 0 });
  });
  const kept = Math.max(
    HOLD_UNITS_MAX + CONTEXT_UNITS,
    ...spans.map(({ traits }) => traits.reach + Math.max(traits.reach, HOLD_UNITS_MAX) + CONTEXT_UNITS),
    ...windows.map(({ traits }) => traits.reach + traits.stride),
  );
  const outcomes: Omit<DetectorResult, "detections">[] = detectors.map(({ id, version }) => ({
    detector: id,
    version,
    outcome: "inspected",
  }));
  const isNewSpan = createSpanMemory();
  const isNewPassage = createPassageMemory();
  let tail = "";
  let base = 0; // absolute offset of the tail

  const note = (position: number, result: DetectorResult): void => {
    const { detector, version, reason } = result;
    const outcome = { detector, version, outcome: result.outcome, ...(reason !== undefined && { reason }) };
    const before = outcomes[position]?.outcome;
    if (before !== "failed" && (before !== "unscannable" || outcome.outcome === "failed")) outcomes[position] = outcome;
  };

  const look = (positions: readonly number[], from: number): readonly DetectorResult[] => {
    const results = run(prepareText(tail.slice(from - base)), frame, positions);
    results.forEach((result, index) => note(positions[index] ?? 0, result));
    return results;
  };

  const lookAtSpans = (isLast: boolean, found: StreamDetection[]): number => {
    const end = base + tail.length;
    if (spans.length === 0) return end;
    const from = spans.reduce((least, { open }) => Math.min(least, windowStart(tail, base, open - CONTEXT_UNITS)), end);
    const results = look(
      spans.map(({ position }) => position),
      from,
    );
    const window = tail.slice(from - base);
    const marked = markedTail(window);
    let releasable = end;
    spans.forEach((track, index) => {
      const detections = (results[index]?.detections ?? []).map((detection) => shifted(detection, from));
      const wanted = from + Math.min(track.traits.holdFrom(window), marked);
      const hold = isLast ? end : boundedHold(track, wanted, detections, end);
      for (const detection of detections) {
        // What begins behind the hold may still change; what ended before it was reported in an earlier window.
        if ((detection.start >= hold && !isLast) || detection.end <= track.settled) continue;
        // A word cut in two by the left edge may look like a start. Anything else is known late: its first units may
        // be gone, the rest is not.
        if (detection.start < track.open && from > 0 && detection.start < from + EDGE_UNITS) continue;
        if (isNewSpan(track.position, detection))
          found.push({ ...detection, detector: detectors[track.position]?.id ?? "" });
      }
      // A cut word at the left edge may look like a start; only what was open before can still be.
      const isOpen = wanted >= track.open && wanted < hold && end - wanted <= track.traits.reach;
      track.open = isOpen ? wanted : hold;
      track.settled = Math.max(track.settled, hold);
      releasable = Math.min(releasable, hold);
    });
    return releasable;
  };

  const lookAtWindows = (isLast: boolean, found: StreamDetection[]): void => {
    const end = base + tail.length;
    const due = windows.filter(({ looked, traits }) => end > looked && (isLast || end - looked >= traits.stride));
    for (const track of due) {
      const from = windowStart(tail, base, Math.min(track.looked, end - track.traits.stride) - track.traits.reach);
      for (const result of look([track.position], from)) {
        for (const detection of result.detections.map((one) => shifted(one, from))) {
          if (isNewPassage(track.position, detection)) found.push({ ...detection, detector: result.detector });
        }
      }
      track.looked = end;
    }
  };

  let releasable = 0;
  const step = (delta: string, isLast: boolean): StreamStep => {
    const detections: StreamDetection[] = [];
    // A large delta is cut so that the tail stays bounded.
    for (let at = 0; at === 0 || at < delta.length; at += PIECE_UNITS) {
      const piece = delta.slice(at, at + PIECE_UNITS);
      tail += piece;
      const isLastPiece = isLast && at + PIECE_UNITS >= delta.length;
      releasable = Math.max(releasable, lookAtSpans(isLastPiece, detections));
      lookAtWindows(isLastPiece, detections);
      if (tail.length > kept * 2) {
        const from = windowStart(tail, base, base + tail.length - kept);
        tail = tail.slice(from - base);
        base = from;
      }
    }
    return { detections, releasable };
  };

  return { feed: (delta) => step(delta, false), end: () => step("", true), outcomes: () => outcomes };
};

const PIECE_UNITS = 64 * 1024;

// Not inside a surrogate pair, and not before what is still kept.
const windowStart = (tail: string, base: number, wanted: number): number => {
  const from = Math.max(base, wanted);
  const unit = tail.charCodeAt(from - base);
  return unit >= 0xdc00 && unit <= 0xdfff && from > base ? from - 1 : from;
};

const shifted = (detection: Detection, by: number): Detection => ({
  ...detection,
  start: detection.start + by,
  end: detection.end + by,
});

/**
 * How far one detector lets text go: before what could still become a match, and before every match that was not
 * reported yet. A started match is held as long as the detector can reach; anything else {@link HOLD_UNITS_MAX}.
 */
const boundedHold = (track: SpanTrack, wanted: number, detections: readonly Detection[], end: number): number => {
  let hold = Math.max(wanted, track.settled);
  for (const { start, end: until } of [...detections].sort((a, b) => b.start - a.start)) {
    if (until > hold && start < hold && start >= track.settled) hold = start;
  }
  if (end - hold <= HOLD_UNITS_MAX) return hold;
  const heldMax = Math.max(track.traits.reach, HOLD_UNITS_MAX);
  const started = detections.filter(({ start, end: until }) => until > hold && start >= hold && end - start <= heldMax);
  const first = started.reduce((least, { start }) => Math.min(least, start), end);
  return Math.max(hold, Math.min(end - HOLD_UNITS_MAX, first));
};

/**
 * Spans are new unless known from the same start, be it exactly or cut by the bound on holding back. What followed may
 * have made one surer.
 */
const createSpanMemory = () => {
  const known = new Map<string, number>();
  return (position: number, { category, type, start, confidence }: Detection): boolean => {
    const key = `${position} ${category} ${type} ${start}`;
    if (confidence <= (known.get(key) ?? -1)) return false;
    known.set(key, confidence);
    return true;
  };
};

/** A passage is new unless the same kind was seen there at least as surely. */
const createPassageMemory = () => {
  const byKind = new Map<string, Detection[]>();
  return (position: number, detection: Detection): boolean => {
    const kind = `${position} ${detection.category} ${detection.type}`;
    const others = byKind.get(kind) ?? [];
    const isKnown = others.some(
      (other) => detection.start < other.end && other.start < detection.end && detection.confidence <= other.confidence,
    );
    if (isKnown) return false;
    // Only the latest can overlap with what comes.
    byKind.set(kind, [...others.slice(-64), detection]);
    return true;
  };
};
