import type { Category, Match } from "@parapet/model";
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

/** Overlapping matches are replaced once, under the label of the first. */
const replacedSpans = (matches: readonly PlacedMatch[]): readonly Replaced[] => {
  const merged: Replaced[] = [];
  for (const match of matches.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (!REPLACED.has(match.category)) continue;
    const last = merged.at(-1);
    if (last !== undefined && match.start < last.end) last.end = Math.max(last.end, match.end);
    else merged.push({ start: match.start, end: match.end, label: labelOf(match.type) });
  }
  return merged;
};

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
): readonly Span[] | undefined => {
  const replaced = replacedSpans(matches);
  const grown = replaced.reduce((sum, { start, end, label }) => sum + label.length - (end - start), 0);
  const isReplaced =
    kept.length === originalLength + grown &&
    replaced.every(({ start, label }) => kept.startsWith(label, moveOffset(start, "start", replaced)));
  const asKept = ({ number, start, end }: PlacedMatch): Span => ({ number, start, end });
  if (isReplaced) {
    return matches.map(({ number, start, end }) => ({
      number,
      start: moveOffset(start, "start", replaced),
      end: moveOffset(end, "end", replaced),
    }));
  }
  return kept.length === originalLength ? matches.map(asKept) : undefined;
};
