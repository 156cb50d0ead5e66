/** A span to mark; `number` is what the badge shows. Offsets are UTF-16 code units. */
export interface Span {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** A stretch of text covered by the same spans; `opens` lists the spans that begin here. */
export interface MarkedRun {
  readonly start: number;
  readonly end: number;
  readonly covered: readonly number[];
  readonly opens: readonly number[];
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** Moves an offset out of the middle of a surrogate pair, so that no character is cut in two. */
const snap = (text: string, offset: number, towards: -1 | 1): number => {
  const inside =
    offset > 0 &&
    offset < text.length &&
    isLowSurrogate(text.charCodeAt(offset)) &&
    isHighSurrogate(text.charCodeAt(offset - 1));
  return inside ? offset + towards : offset;
};

const clamp = (value: number, max: number): number => Math.min(Math.max(value, 0), max);

/**
 * Cuts text at every span boundary. Runs follow each other without gap or overlap and cover the
 * whole text; overlapping and nested spans share runs. Spans outside the text are cut to it.
 */
export const markRuns = (text: string, spans: readonly Span[]): readonly MarkedRun[] => {
  const inside = spans
    .map((span) => ({
      number: span.number,
      start: snap(text, clamp(span.start, text.length), -1),
      end: snap(text, clamp(span.end, text.length), 1),
    }))
    .filter((span) => span.end > span.start);
  const cuts = [...new Set([0, text.length, ...inside.flatMap((span) => [span.start, span.end])])].toSorted(
    (a, b) => a - b,
  );
  const runs: MarkedRun[] = [];
  for (const [position, start] of cuts.entries()) {
    const end = cuts[position + 1];
    if (end === undefined) break;
    const covering = inside.filter((span) => span.start <= start && span.end >= end);
    runs.push({
      start,
      end,
      covered: covering.map((span) => span.number),
      opens: covering.filter((span) => span.start === start).map((span) => span.number),
    });
  }
  return runs;
};
