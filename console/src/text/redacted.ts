import type { Category, MaskedSpan, Match } from "@parapet/model";
import type { Span } from "./marks.ts";

/** What of a match this needs; `number` is its badge. */
export type PlacedMatch = Pick<Match, "start" | "end" | "category" | "type"> & { readonly number: number };

interface Replaced {
  start: number;
  end: number;
  readonly label: string;
}

/** Categories whose matched words `capture: redacted` replaces; the labels found in the text confirm it or nothing is moved. */
const REPLACED: ReadonlySet<Category> = new Set<Category>(["secret", "personal_data", "internal_name"]);

const labelOf = (type: string): string => `[REDACTED:${type.toLowerCase().replaceAll("_", "-")}]`;

const merge = (spans: readonly Readonly<Replaced>[]): readonly Replaced[] => {
  const merged: Replaced[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
};

/** Overlapping matches are replaced once, under the label of the first. */
const labelledSpans = (matches: readonly PlacedMatch[]): readonly Replaced[] =>
  merge(
    matches
      .filter(({ category }) => REPLACED.has(category))
      .map(({ start, end, type }) => ({ start, end, label: labelOf(type) })),
  );

/** A masked value is kept nowhere: its token stands in its place, whatever else was replaced. */
const tokenSpans = (masked: readonly MaskedSpan[]): readonly Replaced[] =>
  masked.map(({ start, end, token }) => ({ start, end, label: token }));

/** Moves an offset of the original into the kept text; inside a replaced span it goes to the label's edge. */
const moveOffset = (offset: number, edge: "start" | "end", replaced: readonly Replaced[]): number => {
  let shift = 0;
  for (const { start, end, label } of replaced) {
    if (offset >= end) shift += label.length - (end - start);
    else if (offset > start || (offset === start && edge === "start"))
      return start + shift + (edge === "start" ? 0 : label.length);
  }
  return offset + shift;
};

/**
 * Spans point into the original, but the kept text may hold labels in place of some. Answers the
 * spans moved to the kept text, or undefined when the two cannot be brought together: a mark in
 * the wrong place would be worse than none.
 */
export const alignToKept = (
  kept: string,
  originalLength: number,
  matches: readonly PlacedMatch[],
  masked: readonly MaskedSpan[] = [],
): readonly Span[] | undefined => {
  const tokens = tokenSpans(masked);
  // Of spans that begin together the token stands first, as it did when the text was kept.
  const replaced = [merge([...tokens, ...labelledSpans(matches)]), merge(tokens)].find((spans) =>
    isReplacedSo(kept, originalLength, spans),
  );
  return replaced === undefined
    ? undefined
    : matches.map(({ number, start, end }) => ({
        number,
        start: moveOffset(start, "start", replaced),
        end: moveOffset(end, "end", replaced),
      }));
};

const isReplacedSo = (kept: string, originalLength: number, replaced: readonly Replaced[]): boolean => {
  const grown = replaced.reduce((sum, { start, end, label }) => sum + label.length - (end - start), 0);
  return (
    kept.length === originalLength + grown &&
    replaced.every(({ start, label }) => kept.startsWith(label, moveOffset(start, "start", replaced)))
  );
};
