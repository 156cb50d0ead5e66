import type { NationalId } from "./national-id.ts";

/**
 * Reads which identifiers the words around a number speak of, in one pass over all identifiers' words.
 * The words are patterns in lower case; a word matches only as a whole.
 */
export const contextReader = (ids: readonly NationalId[]): ((around: string) => ReadonlySet<NationalId>) => {
  const words = new Map<string, NationalId[]>();
  for (const id of ids) for (const word of id.words) words.set(word, [...(words.get(word) ?? []), id]);
  const none: ReadonlySet<NationalId> = new Set();
  if (words.size === 0) return () => none;
  const alternatives = [...words.keys()].toSorted((a, b) => b.length - a.length);
  // Without boundaries and case it is several times quicker, and nearly always the answer is no.
  const any = new RegExp(alternatives.join("|"));
  const each = alternatives.map((word) => ({
    pattern: new RegExp(`(?<![\\p{L}])(?:${word})(?![\\p{L}])`, "iu"),
    ids: words.get(word) ?? [],
  }));
  return (around) =>
    any.test(around.toLowerCase())
      ? new Set(each.filter(({ pattern }) => pattern.test(around)).flatMap((word) => word.ids))
      : none;
};
