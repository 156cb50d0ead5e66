import {
  letterOf,
  type CompactReceipt,
  type Direction,
  type Provenance,
  type ReceiptEntry,
  type RecordedMatch,
  type Segment,
  type TenantId,
} from "@parapet/model";
import {
  prepareText,
  type DetectorResult,
  type InspectionContext,
  type Inspector,
  type PreparedText,
} from "#detectors";
import type { UnscannablePart } from "#protocols";
import type { ContentHash } from "./content-hash.ts";
import type { InspectionMemory, Remembered } from "./inspection-memory.ts";

/** What inspection found in one direction of an exchange. */
export interface Inspected {
  readonly matches: readonly RecordedMatch[];
  readonly receipt: CompactReceipt;
  /** Keyed content hash per segment, in the order of the segments. */
  readonly digests: readonly string[];
  /** Parts and texts that could not be read in full. */
  readonly unscannable: number;
  /** Of these, parts of the body that are no text at all. */
  readonly unreadableParts: number;
  /** Detectors that failed, over all segments. */
  readonly failed: number;
}

export interface InspectionJob {
  readonly tenant: TenantId;
  readonly exchange: string;
  readonly direction: Direction;
  readonly segments: readonly Segment[];
  /** Index of the first segment; 0 for requests. Parts without text are numbered behind the segments. */
  readonly firstIndex?: number;
  readonly parts: readonly UnscannablePart[];
  readonly context: InspectionContext;
}

export interface InspectionTools {
  readonly inspector: Inspector;
  readonly memory: InspectionMemory;
  readonly hash: ContentHash;
}

/** Every segment through every detector; remembered texts cost a hash. */
export const inspectSegments = (job: InspectionJob, { inspector, memory, hash }: InspectionTools): Inspected => {
  const columns = columnsOf(inspector);
  const collector = createCollector(columns, job.direction);

  for (const segment of job.segments) {
    const digest = hash(segment.text);
    const key = { tenant: job.tenant, provenance: segment.provenance, direction: job.direction, digest };
    const known = memory.recall(key);
    const subject = { provenance: segment.provenance, direction: job.direction, context: job.context };
    if (known === undefined) {
      const results = inspector.inspect(prepareText(segment.text), subject);
      memory.remember(
        key,
        job.exchange,
        results.filter((result) => !inspector.isContextual(result.detector)),
      );
      collector.add(segment, digest, results);
    } else if (!collector.addKnown(segment, digest, known)) {
      const contextual = inspector.inspect(new LazyText(segment.text), subject, "contextual");
      const row = collector.add(segment, digest, [...known.results, ...contextual], known.exchange);
      if (contextual.every(({ outcome }) => outcome === "skipped")) collector.keepQuiet(segment, row, known.results);
    }
  }
  return collector.finish(unreadable(job.parts, (job.firstIndex ?? 0) + job.segments.length));
};

/** A remembered text is taken apart again only when a contextual detector really reads it. */
class LazyText implements PreparedText {
  readonly text: string;
  #made: PreparedText | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get forms(): PreparedText["forms"] {
    return this.#whole().forms;
  }

  get unscannable(): string | undefined {
    return this.#whole().unscannable;
  }

  #whole(): PreparedText {
    return (this.#made ??= prepareText(this.text));
  }
}

/** The receipt's columns; the same for every text of one inspector, so made once. */
interface Columns {
  readonly labels: readonly string[];
  readonly position: ReadonlyMap<string, number>;
}

const knownColumns = new WeakMap<Inspector, Columns>();

const columnsOf = (inspector: Inspector): Columns => {
  const known = knownColumns.get(inspector);
  if (known !== undefined) return known;
  const labels = inspector.detectors.map(({ id, version }) => `${id}@${version}`);
  const made = { labels, position: new Map(inspector.detectors.map(({ id }, index) => [id, index])) };
  knownColumns.set(inspector, made);
  return made;
};

const unreadable = (parts: readonly UnscannablePart[], firstFree: number): ReceiptEntry[] =>
  parts.map((part, index) => ({
    segment: firstFree + index,
    detector: "front",
    version: "1",
    outcome: "unscannable",
    reason: `${part.pointer}: ${part.reason}`,
  }));

const createCollector = ({ labels, position }: Columns, direction: Direction) => {
  const matches: RecordedMatch[] = [];
  const rows: [number, string][] = [];
  const reasons: [number, number, string][] = [];
  const digests: string[] = [];
  const skips: (string | undefined)[] = [];
  const quietRows = new Map<readonly DetectorResult[], Map<Provenance, string>>();
  let unscannable = 0;
  let failed = 0;

  /** A detector skips all segments of a kind for one reason: it is written once, not once per segment. */
  const addReason = (segment: number, column: number, { outcome, reason = "" }: DetectorResult): void => {
    if (outcome === "skipped" && skips[column] === undefined) {
      skips[column] = reason;
      reasons.push([-1, column, reason]);
    } else if (outcome !== "skipped" || skips[column] !== reason) reasons.push([segment, column, reason]);
  };

  /**
   * A remembered text in which nothing was found has the row of the others of its kind: in a long
   * conversation that is nearly every one. Answers whether there is such a row yet.
   */
  const addKnown = ({ index, provenance }: Segment, digest: string, { exchange, results }: Remembered): boolean => {
    const row = quietRows.get(results)?.get(provenance);
    if (row === undefined) return false;
    rows.push([index, row]);
    reasons.push([index, -1, `remembered from ${exchange}`]);
    digests.push(digest);
    return true;
  };

  /** Keeps a row that only says "inspected" and "skipped", under the plain detectors' shared results. */
  const keepQuiet = ({ provenance }: Segment, row: string, plain: readonly DetectorResult[]): void => {
    if (/[^is]/.test(row) || plain.some(({ detections }) => detections.length > 0)) return;
    const own = quietRows.get(plain) ?? new Map<Provenance, string>();
    quietRows.set(plain, own.set(provenance, row));
  };

  const add = (segment: Segment, digest: string, results: readonly DetectorResult[], from?: string): string => {
    const letters = labels.map(() => "s");
    let unread = false;
    for (const result of results) {
      const column = position.get(result.detector) ?? 0;
      letters[column] = letterOf(result.outcome);
      if (result.reason !== undefined) addReason(segment.index, column, result);
      if (result.outcome === "failed") failed += 1;
      unread ||= result.outcome === "unscannable";
      for (const detection of result.detections) {
        const { provenance } = segment;
        matches.push({ ...detection, detector: result.detector, segment: segment.index, provenance, direction });
      }
    }
    if (unread) unscannable += 1;
    if (from !== undefined) reasons.push([segment.index, -1, `remembered from ${from}`]);
    const row = letters.join("");
    rows.push([segment.index, row]);
    digests.push(digest);
    return row;
  };

  const finish = (parts: ReceiptEntry[]): Inspected => ({
    matches,
    receipt: { detectors: [...labels], segments: rows, reasons, parts },
    digests,
    unscannable: unscannable + parts.length,
    unreadableParts: parts.length,
    failed,
  });
  return { add, addKnown, keepQuiet, finish };
};

/** The receipt of a route that inspects nothing: every part is bypassed, and says so. */
export const bypassSegments = (job: InspectionJob, hash: ContentHash, why: string): Inspected => ({
  matches: [],
  receipt: {
    detectors: ["all@-"],
    segments: job.segments.map((segment) => [segment.index, "b"]),
    reasons: job.segments.map((segment) => [segment.index, 0, why]),
    parts: [],
  },
  digests: job.segments.map((segment) => hash(segment.text)),
  unscannable: 0,
  unreadableParts: 0,
  failed: 0,
});
