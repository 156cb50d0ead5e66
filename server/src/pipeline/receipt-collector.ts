import type { CompactReceipt, Direction, Provenance, ReceiptEntry, RecordedMatch, Segment } from "@parapet/model";
import type { DetectorResult, Inspector } from "#detectors";
import { flatText } from "#platform";
import type { JoinedDetection } from "./joined-texts.ts";
import type { Mark, QuietRow } from "./conversation-memory.ts";

/** What inspection found in one direction of an exchange. */
export interface Inspected {
  readonly matches: readonly RecordedMatch[];
  /** What detectors are too unsure of to report; only where they were asked for doubts, and never recorded. */
  readonly doubts?: readonly RecordedMatch[];
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

/** The receipt's columns; the same for every text of one inspector, so made once. */
interface Columns {
  readonly labels: string[];
  readonly ids: readonly string[];
  readonly isContextual: readonly boolean[];
  readonly quiet: Readonly<Record<Direction, Map<Provenance, QuietRow>>>;
}

const knownColumns = new WeakMap<Inspector, Columns>();

const columnsOf = (inspector: Inspector): Columns => {
  const known = knownColumns.get(inspector);
  if (known !== undefined) return known;
  const made: Columns = {
    labels: inspector.detectors.map(({ id, version }) => flatText(`${id}@${version}`)),
    ids: inspector.detectors.map(({ id }) => id),
    isContextual: inspector.detectors.map(({ contextual }) => contextual),
    quiet: { request: new Map(), response: new Map() },
  };
  knownColumns.set(inspector, made);
  return made;
};

const LETTERS = { inspected: "i", skipped: "s", unscannable: "u", failed: "f" } as const;
const REST: readonly DetectorResult[] = [];

/** One string for all texts of one exchange. */
let lastOrigin = { exchange: "", why: "" };

/** Where a remembered text's results come from. */
const originOf = (index: number, exchange: string): [number, number, string] => {
  if (lastOrigin.exchange !== exchange) lastOrigin = { exchange, why: flatText(`remembered from ${exchange}`) };
  return [index, -1, lastOrigin.why];
};

/** Puts together what {@link Inspected} says of one direction. */
export const createCollector = (inspector: Inspector, direction: Direction) => {
  const columns = columnsOf(inspector);
  const { ids, isContextual } = columns;
  const matches: RecordedMatch[] = [];
  const doubts: RecordedMatch[] = [];
  const rows: [number, string][] = [];
  const reasons: [number, number, string][] = [];
  const digests: string[] = [];
  const skips: (string | undefined)[] = [];
  const told = new Set<QuietRow>();
  const quietRows = new Map<readonly DetectorResult[], Map<Provenance, QuietRow>>();
  let unscannable = 0;
  let failed = 0;

  /** A detector skips all segments of a kind for one reason: it is written once, not once per segment. */
  const addSkip = (segment: number, column: number, reason: string): boolean => {
    if (skips[column] === reason) return true;
    const isFirst = skips[column] === undefined;
    if (isFirst) skips[column] = reason;
    reasons.push([isFirst ? -1 : segment, column, reason]);
    return isFirst;
  };

  const tellSkips = (segment: number, quiet: QuietRow): void => {
    if (told.has(quiet)) return;
    let isCommon = true;
    for (const [column, reason] of quiet.skipped) isCommon = addSkip(segment, column, reason) && isCommon;
    if (isCommon) told.add(quiet);
  };

  /** A segment that the conversation's exchange before held as well. */
  const addMark = ({ row, origin, digest, quiet }: Mark): void => {
    tellSkips(row[0], quiet);
    rows.push(row);
    reasons.push(origin);
    digests.push(digest);
  };

  const quietRow = (provenance: Provenance, letters: string, results: readonly DetectorResult[]): QuietRow => {
    const known = columns.quiet[direction].get(provenance);
    if (known?.letters === letters) return known;
    const skipped = results.flatMap(({ outcome, detector, reason = "" }): [number, string][] =>
      outcome === "skipped" ? [[ids.indexOf(detector), reason]] : [],
    );
    const readsContext = isContextual.some((reads, column) => reads && letters[column] !== "s");
    const made = { letters, readsContext, skipped };
    columns.quiet[direction].set(provenance, made);
    return made;
  };

  /** Row of a remembered text in which nothing was found: that of the others of its kind, once one was collected. */
  const quietOf = (results: readonly DetectorResult[], provenance: Provenance): QuietRow | undefined =>
    quietRows.get(results)?.get(provenance);

  const addQuiet = ({ index }: Segment, digest: string, quiet: QuietRow, exchange: string): void => {
    tellSkips(index, quiet);
    rows.push([index, quiet.letters]);
    reasons.push(originOf(index, exchange));
    digests.push(digest);
  };

  /** Answers the row when it is quiet. `plain`: results that others of its kind share; `from`: who remembers them. */
  const add = (
    segment: Segment,
    digest: string,
    plain: readonly DetectorResult[],
    contextual = REST,
    from?: string,
  ): QuietRow | undefined => {
    const { index, provenance } = segment;
    const letters = ids.map(() => "s");
    let isQuiet = true;
    let isUnread = false;
    const take = (result: DetectorResult, position: number): void => {
      const column = ids[position] === result.detector ? position : ids.indexOf(result.detector);
      const { outcome, reason } = result;
      letters[column] = LETTERS[outcome];
      if (outcome === "skipped") addSkip(index, column, reason ?? "");
      else {
        if (reason !== undefined) reasons.push([index, column, reason]);
        if (outcome !== "inspected") isQuiet = false;
        if (outcome === "failed") failed += 1;
        isUnread ||= outcome === "unscannable";
      }
      for (const detection of result.detections) {
        isQuiet = false;
        matches.push({ ...detection, detector: result.detector, segment: index, provenance, direction });
      }
      if (result.doubts === undefined) return;
      isQuiet = false;
      for (const doubt of result.doubts)
        doubts.push({ ...doubt, detector: result.detector, segment: index, provenance, direction });
    };
    plain.forEach(take);
    contextual.forEach(take);
    if (isUnread) unscannable += 1;
    if (from !== undefined) reasons.push(originOf(index, from));
    const row = letters.join("");
    rows.push([index, row]);
    digests.push(digest);
    if (!isQuiet) return undefined;
    const quiet = quietRow(provenance, row, contextual.length === 0 ? plain : [...plain, ...contextual]);
    if (from !== undefined && !quiet.readsContext) {
      const own = quietRows.get(plain) ?? new Map<Provenance, QuietRow>();
      quietRows.set(plain, own.set(provenance, quiet));
    }
    return quiet;
  };

  /** Nothing is told again that one of the texts says by itself as surely. */
  const addJoined = ({ segment, detector, detection }: JoinedDetection): void => {
    const { index, provenance } = segment;
    const isKnown = matches.some(
      (one) =>
        one.provenance === provenance && one.category === detection.category && one.confidence >= detection.confidence,
    );
    if (!isKnown) matches.push({ ...detection, detector, segment: index, provenance, direction });
  };

  const finish = (parts: ReceiptEntry[]): Inspected => ({
    matches,
    ...(doubts.length > 0 && { doubts }),
    receipt: { detectors: columns.labels, segments: rows, reasons, parts },
    digests,
    unscannable: unscannable + parts.length,
    unreadableParts: parts.length,
    failed,
  });

  /** For the conversation's next exchange. */
  const markOf = (
    segment: Segment,
    digest: string,
    quiet: QuietRow,
    exchange: string,
    userRequest: string | undefined,
  ): Mark => ({
    text: segment.text,
    userRequest,
    provenance: segment.provenance,
    digest,
    quiet,
    row: [segment.index, quiet.letters],
    origin: originOf(segment.index, exchange),
  });

  return { add, addJoined, addQuiet, addMark, quietOf, markOf, finish };
};
