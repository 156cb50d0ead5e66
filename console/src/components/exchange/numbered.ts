import type { Match } from "@parapet/model";

/** A match with the number that its badge and its reason share. */
export interface NumberedMatch extends Match {
  readonly number: number;
}

/** Numbers follow reading order: part by part, from left to right. */
export const numberMatches = (matches: readonly Match[]): readonly NumberedMatch[] =>
  matches
    .toSorted((a, b) => a.segment - b.segment || a.start - b.start || a.end - b.end)
    .map((match, position) => ({ ...match, number: position + 1 }));
