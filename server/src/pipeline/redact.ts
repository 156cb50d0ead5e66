import type { Match } from "@parapet/model";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span of a text and what stands there instead. */
export interface Replacement extends Span {
  readonly replacement: string;
}

export const redactionLabel = (match: Pick<Match, "type">): string =>
  `[REDACTED:${match.type.toLowerCase().replaceAll("_", "-")}]`;

/** Spans that overlap, as one: the first of them gives the name, all of them the extent. */
interface Merged<T extends Span> extends Span {
  readonly first: T;
  readonly all: readonly T[];
}

const merge = <T extends Span>(spans: readonly T[]): readonly Merged<T>[] => {
  const merged: { first: T; start: number; end: number; all: T[] }[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end)
      merged.push({ first: span, start: span.start, end: span.end, all: [span] });
    else {
      last.end = Math.max(last.end, span.end);
      last.all.push(span);
    }
  }
  return merged;
};

type NamedSpan = Pick<Match, "start" | "end" | "type">;

/** Non-overlapping replacements in order; where matches overlap, the union is replaced once. */
export const toReplacements = (matches: readonly NamedSpan[]): readonly Replacement[] =>
  matches.length === 0
    ? []
    : merge(matches).map(({ start, end, first }) => ({ start, end, replacement: redactionLabel(first) }));

/** Matches that overlap, as one. */
export type MergedMatch = Merged<Match>;

const NO_REPLACEMENTS: ReadonlyMap<number, readonly Replacement[]> = new Map();

/** Replacements per segment for the matches at `indexes`. `tokenFor` answers what stands there instead of a label. */
export const replacementsBySegment = (
  matches: readonly Match[],
  indexes: readonly number[],
  tokenFor?: (merged: MergedMatch) => string | undefined,
): ReadonlyMap<number, readonly Replacement[]> => {
  if (indexes.length === 0) return NO_REPLACEMENTS;
  const chosen = indexes.flatMap((index) => matches[index] ?? []);
  const bySegment = Map.groupBy(chosen, (match) => match.segment);
  const replaced = (merged: MergedMatch): Replacement => {
    const { start, end, first } = merged;
    return { start, end, replacement: tokenFor?.(merged) ?? redactionLabel(first) };
  };
  return new Map([...bySegment].map(([segment, group]) => [segment, merge(group).map(replaced)]));
};

export const applyReplacements = (text: string, replacements: readonly Replacement[]): string => {
  if (replacements.length === 0) return text;
  let result = "";
  let position = 0;
  for (const { start, end, replacement } of replacements) {
    result += text.slice(position, start) + replacement;
    position = end;
  }
  return result + text.slice(position);
};
