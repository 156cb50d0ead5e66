import { type Category, type Provenance } from "@parapet/model";
import { share, type SpanFigures, spanFigures } from "./figures.ts";
import type { LabelledLine } from "./read-labelled.ts";

/** Which labelled spans are looked for. */
export type SpanTask = "pii" | "secret";

const CATEGORY_OF_TASK: Readonly<Record<SpanTask, Category>> = { pii: "personal_data", secret: "secret" };

/** The part of a match that counts here; offsets in UTF-16 units. */
export interface SpanMatch {
  readonly category: Category;
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

export interface SpanEvaluationInput {
  readonly task: SpanTask;
  readonly lines: readonly LabelledLine[];
  readonly inspectText: (text: string, provenance: Provenance) => readonly SpanMatch[];
  readonly nowMs: () => number;
  /** Whether a detector's type and a label's type mean the same; left out: equal but for case, `_` and `-`. */
  readonly isSameType?: (reported: string, labelled: string) => boolean;
  readonly onLine?: (done: number) => void;
}

export interface SpanReport {
  readonly task: SpanTask;
  readonly n: number;
  readonly spans: number;
  readonly reported: number;
  /** Whatever the types: was the place found. */
  readonly overall: SpanFigures;
  /** By labelled type. `located` counts places found under any type. */
  readonly byType: Readonly<Record<string, SpanFigures & { readonly n: number; readonly located: number }>>;
  /** Texts that look as if they held one and hold none. */
  readonly lookAlikes: { readonly n: number; readonly flagged: number; readonly fpr: number };
  readonly msPerKiB: number;
}

/** UTF-16 offset of each code point, and the length at the end. */
const utf16Offsets = (text: string): readonly number[] => {
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  offsets.push(at);
  return offsets;
};

const plain = (type: string): string => type.toLowerCase().replaceAll(/[_\s]/g, "-");
const equalTypes = (reported: string, labelled: string): boolean => plain(reported) === plain(labelled);

interface Place {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

/** Two spans are of one thing when they share at least half of the longer one. */
const isSamePlace = (a: Place, b: Place): boolean =>
  2 * (Math.min(a.end, b.end) - Math.max(a.start, b.start)) >= Math.max(a.end - a.start, b.end - b.start);

interface Tally {
  labelled: number;
  located: number;
  found: number;
  reported: number;
  right: number;
}

/** Scores reported spans against labelled ones. */
export const evaluateSpans = ({
  task,
  lines,
  inspectText,
  nowMs,
  isSameType = equalTypes,
  onLine,
}: SpanEvaluationInput): SpanReport => {
  const tallies = new Map<string, Tally>();
  const tallyOf = (type: string): Tally => {
    const held = tallies.get(type) ?? { labelled: 0, located: 0, found: 0, reported: 0, right: 0 };
    tallies.set(type, held);
    return held;
  };
  const types = new Set(lines.flatMap(({ spans }) => spans.map(({ type }) => type)));
  const all: Tally = { labelled: 0, located: 0, found: 0, reported: 0, right: 0 };
  const lookAlikes = { n: 0, flagged: 0 };
  let units = 0;
  const started = nowMs();
  lines.forEach((line, index) => {
    const [first] = line.texts;
    if (first === undefined) return;
    units += first.text.length;
    const reported = inspectText(first.text, first.provenance).filter(
      ({ category }) => category === CATEGORY_OF_TASK[task],
    );
    const offsets = utf16Offsets(first.text);
    const labelled = line.spans.map(({ start, end, type }) => ({
      start: offsets[start] ?? first.text.length,
      end: offsets[end] ?? first.text.length,
      type,
    }));
    for (const span of labelled) {
      const there = reported.filter((match) => isSamePlace(match, span));
      const tally = tallyOf(span.type);
      const isFound = there.some((match) => isSameType(match.type, span.type));
      tally.labelled += 1;
      tally.located += there.length > 0 ? 1 : 0;
      tally.found += isFound ? 1 : 0;
      all.labelled += 1;
      all.found += there.length > 0 ? 1 : 0;
    }
    for (const match of reported) {
      const there = labelled.filter((span) => isSamePlace(match, span));
      all.reported += 1;
      all.right += there.length > 0 ? 1 : 0;
      for (const type of types) {
        if (!isSameType(match.type, type)) continue;
        const tally = tallyOf(type);
        tally.reported += 1;
        tally.right += there.some((span) => span.type === type) ? 1 : 0;
      }
    }
    if (line.isLookAlike) {
      lookAlikes.n += 1;
      lookAlikes.flagged += reported.length > 0 ? 1 : 0;
    }
    onLine?.(index + 1);
  });
  const tookMs = nowMs() - started;
  return {
    task,
    n: lines.length,
    spans: all.labelled,
    reported: all.reported,
    overall: spanFigures(all.right, all.reported, all.found, all.labelled),
    byType: Object.fromEntries(
      [...tallies]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([type, tally]) => [
          type,
          {
            n: tally.labelled,
            located: tally.located,
            ...spanFigures(tally.right, tally.reported, tally.found, tally.labelled),
          },
        ]),
    ),
    lookAlikes: { ...lookAlikes, fpr: share(lookAlikes.flagged, lookAlikes.n) },
    msPerKiB: units === 0 ? 0 : tookMs / (units / 1024),
  };
};
