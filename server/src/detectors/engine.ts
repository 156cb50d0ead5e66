import { createHash } from "node:crypto";
import type { Direction, Provenance } from "@parapet/model";
import type { CataloguedDetector } from "./catalogued.ts";
import type { Detection, Inspection, InspectionContext, LiteralHit, PreparedText, Subject } from "./detector.ts";
import { createLiteralAutomaton } from "./literal-automaton.ts";
import { createStreamInspector, type StreamInspector } from "./stream-inspector.ts";

/** What one detector did with one text. */
export interface DetectorResult {
  readonly detector: string;
  readonly version: string;
  readonly outcome: "inspected" | "skipped" | "unscannable" | "failed";
  readonly reason?: string;
  readonly detections: readonly Detection[];
  readonly doubts?: readonly Detection[];
}

export interface DetectorIdentity {
  readonly id: string;
  readonly version: string;
  readonly contextual: boolean;
  /** SHA-256 over id, version and settings with defaults; part of the inspection memory's key. */
  readonly configDigest: string;
}

/** Everything of a {@link Subject} that does not come from the text. */
export interface SubjectFrame {
  readonly provenance: Provenance;
  readonly direction: Direction;
  readonly context: InspectionContext;
}

/** `contextual`: what is never remembered; `plain`: what may be. */
export type Selection = "all" | "contextual" | "plain";

export interface Inspector {
  /** In the order of results. */
  readonly detectors: readonly DetectorIdentity[];
  readonly isContextual: (id: string) => boolean;
  /** One result per selected detector. Never throws. */
  readonly inspect: (prepared: PreparedText, frame: SubjectFrame, selection?: Selection) => readonly DetectorResult[];
  /** For one text that grows. */
  readonly stream: (frame: SubjectFrame) => StreamInspector;
}

/** Runs the detectors at these positions; the shape that the stream inspector builds on. */
export type Run = (
  prepared: PreparedText,
  frame: SubjectFrame,
  positions: readonly number[],
) => readonly DetectorResult[];

const NO_HITS: readonly LiteralHit[] = [];
const NO_DETECTIONS: readonly Detection[] = [];

/**
 * Compiles the detectors once. Throws a `ZodError` when settings are wrong, and an error when they name no detector.
 *
 * @param settingsById settings of each detector by its id; left out, its defaults
 */
export const createInspector = (
  detectors: readonly CataloguedDetector[],
  settingsById: Readonly<Record<string, unknown>> = {},
): Inspector => {
  const unknown = Object.keys(settingsById).find((id) => !detectors.some((detector) => detector.id === id));
  if (unknown !== undefined) throw new Error(`no detector is called ${unknown}`);
  const compiled = detectors.map((detector) => ({ detector, ...detector.compile(settingsById[detector.id]) }));
  const identities = compiled.map(({ detector: { id, version, contextual }, settings }) => ({
    id,
    version,
    contextual,
    configDigest: createHash("sha256")
      .update(`${id}@${version} ${stableJson(settings)}`)
      .digest("hex"),
  }));
  const findHits = createHitFinder(detectors);

  const runOne = (position: number, prepared: PreparedText, frame: SubjectFrame, hits: readonly LiteralHit[]) => {
    const part = compiled[position];
    if (part === undefined) throw new RangeError(`no detector at ${position}`);
    const { detector, inspect } = part;
    const skipped = detector.skips?.(frame.provenance, frame.direction);
    if (skipped !== undefined) return result(detector, "skipped", NO_DETECTIONS, skipped);
    if (detector.literals !== undefined && hits.length === 0) return settled(detector, prepared, NO_DETECTIONS);
    const subject: Subject = {
      prepared,
      provenance: frame.provenance,
      direction: frame.direction,
      hits,
      context: frame.context,
    };
    let inspection: Inspection;
    try {
      inspection = inspect(subject);
    } catch (error) {
      // The message may quote the text; only the kind of failure is told.
      return result(
        detector,
        "failed",
        NO_DETECTIONS,
        `the detector stopped with ${error instanceof Error ? error.name : "an error"}`,
      );
    }
    if (!inspection.detections.every((detection) => isWithin(detection, prepared.text.length))) {
      return result(detector, "failed", NO_DETECTIONS, "the detector reported a span outside the text");
    }
    const detections = inspection.detections.length > 1 ? distinct(inspection.detections) : inspection.detections;
    return inspection.outcome === "unscannable"
      ? result(detector, "unscannable", detections, inspection.reason)
      : settled(detector, prepared, detections, inspection.doubts);
  };

  const reads = (position: number, { provenance, direction }: SubjectFrame): boolean =>
    detectors[position]?.skips?.(provenance, direction) === undefined;

  const run: Run = (prepared, frame, positions) => {
    // A text that nobody reads is not even taken apart: `prepared` may be lazy.
    const hits = findHits(
      prepared,
      positions.filter((position) => reads(position, frame)),
    );
    return positions.map((position) => runOne(position, prepared, frame, hits?.[position] ?? NO_HITS));
  };

  const everything = detectors.map((_, position) => position);
  const positions: Readonly<Record<Selection, readonly number[]>> = {
    all: everything,
    contextual: everything.filter((position) => detectors[position]?.contextual === true),
    plain: everything.filter((position) => detectors[position]?.contextual === false),
  };
  const contextualIds = new Set(identities.filter(({ contextual }) => contextual).map(({ id }) => id));
  return {
    detectors: identities,
    isContextual: (id) => contextualIds.has(id),
    inspect: (prepared, frame, selection = "all") => run(prepared, frame, positions[selection]),
    stream: (frame) => createStreamInspector(detectors, run, frame),
  };
};

const result = (
  detector: CataloguedDetector,
  outcome: DetectorResult["outcome"],
  detections: readonly Detection[],
  reason?: string,
): DetectorResult => {
  if (detections.length === 0 && (outcome === "inspected" || outcome === "skipped"))
    return nothingFound(detector, outcome, reason);
  const { id, version } = detector;
  return reason === undefined
    ? { detector: id, version, outcome, detections }
    : { detector: id, version, outcome, detections, reason };
};

const empty = new WeakMap<CataloguedDetector, Map<string, DetectorResult>>();

/**
 * Most results say "inspected, nothing" or "skipped" for one of a few reasons: one object each, so that
 * remembering a million of them is cheap.
 */
const nothingFound = (
  detector: CataloguedDetector,
  outcome: "inspected" | "skipped",
  reason: string | undefined,
): DetectorResult => {
  const name = reason ?? "";
  const own = empty.get(detector) ?? new Map<string, DetectorResult>();
  const known = own.get(name);
  if (known !== undefined) return known;
  const { id, version } = detector;
  const made: DetectorResult = {
    detector: id,
    version,
    outcome,
    detections: NO_DETECTIONS,
    ...(reason !== undefined && { reason }),
  };
  empty.set(detector, own.set(name, made));
  return made;
};

// What could not be decoded was seen by no detector, whatever it says itself.
const settled = (
  detector: CataloguedDetector,
  prepared: PreparedText,
  detections: readonly Detection[],
  doubts?: readonly Detection[],
): DetectorResult => {
  if (doubts !== undefined && doubts.length > 0)
    return {
      ...settled(detector, prepared, detections),
      doubts: doubts.filter((one) => isWithin(one, prepared.text.length)),
    };
  return prepared.unscannable === undefined
    ? result(detector, "inspected", detections)
    : result(detector, "unscannable", detections, prepared.unscannable);
};

const isWithin = ({ start, end, confidence }: Detection, length: number): boolean =>
  start >= 0 && start <= end && end <= length && confidence >= 0 && confidence <= 1;

/** The same thing seen in several forms is one detection: the most confident, of equals the first. */
const distinct = (detections: readonly Detection[]): readonly Detection[] => {
  const best = new Map<string, Detection>();
  for (const detection of detections) {
    const key = `${detection.category} ${detection.type} ${detection.start} ${detection.end}`;
    const other = best.get(key);
    if (other === undefined || other.confidence < detection.confidence) best.set(key, detection);
  }
  return best.size === detections.length ? detections : [...best.values()];
};

type HitsByDetector = readonly (LiteralHit[] | undefined)[];

const createHitFinder = (detectors: readonly CataloguedDetector[]) => {
  const owners = detectors.flatMap(({ literals = [] }, position) =>
    literals.map((text, literal) => ({ text, position, literal })),
  );
  const automaton = createLiteralAutomaton(owners.map(({ text }) => text));
  const ownerPositions = Int32Array.from(owners, ({ position }) => position);
  const ownerLiterals = Int32Array.from(owners, ({ literal }) => literal);
  const hasLiterals = detectors.map(({ literals }) => literals !== undefined);

  return (prepared: PreparedText, positions: readonly number[]): HitsByDetector | undefined => {
    if (!positions.some((position) => hasLiterals[position])) return undefined;
    const { forms } = prepared;
    const hits: (LiteralHit[] | undefined)[] = detectors.map(() => undefined);
    let form = 0;
    const found = (id: number, start: number, end: number): void => {
      const position = ownerPositions[id] ?? 0;
      const hit: LiteralHit = { literal: ownerLiterals[id] ?? 0, form, start, end };
      const own = hits[position];
      if (own === undefined) hits[position] = [hit];
      else insertByStart(own, hit);
    };
    for (; form < forms.length; form++) automaton.scan(forms[form]?.text ?? "", found);
    return hits;
  };
};

// Hits arrive in the order of their ends; only overlapping literals are ever out of order.
const insertByStart = (hits: LiteralHit[], hit: LiteralHit): void => {
  let at = hits.length;
  hits.push(hit);
  for (; at > 0; at--) {
    const before = hits[at - 1];
    if (before === undefined || before.form < hit.form || before.start <= hit.start) break;
    hits[at] = before;
  }
  hits[at] = hit;
};

const stableJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Set
      ? [...inner].map(String).sort((a, b) => (a < b ? -1 : 1))
      : inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
  ) ?? "";
