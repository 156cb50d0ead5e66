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

/** Non-overlapping replacements in order; where matches overlap, the union is replaced once. */
export const toReplacements = (matches: readonly Pick<Match, "start" | "end" | "type">[]): readonly Replacement[] => {
  const merged: { start: number; end: number; replacement: string }[] = [];
  for (const match of [...matches].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last !== undefined && match.start < last.end) last.end = Math.max(last.end, match.end);
    else merged.push({ start: match.start, end: match.end, replacement: redactionLabel(match) });
  }
  return merged;
};

/** Replacements per segment for the matches at `indexes`. */
export const replacementsBySegment = (
  matches: readonly Match[],
  indexes: readonly number[],
): ReadonlyMap<number, readonly Replacement[]> => {
  const chosen = indexes.flatMap((index) => matches[index] ?? []);
  const bySegment = Map.groupBy(chosen, (match) => match.segment);
  return new Map([...bySegment].map(([segment, group]) => [segment, toReplacements(group)]));
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
