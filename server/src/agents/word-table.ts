import { fold, wordsOf } from "./words.ts";

/** Where a word of a table stands in a text, by index of its first word. */
export interface Found<Name extends string> {
  readonly name: Name;
  readonly index: number;
  readonly words: number;
  /** Whether it is a noun as well, so that it asks only where a verb can stand. */
  readonly alsoNoun: boolean;
}

interface Entry<Name extends string> {
  readonly name: Name;
  readonly words: readonly string[];
  readonly prefix: boolean;
  readonly alsoNoun: boolean;
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** How far the two parts of a verb may stand apart: `take the guest out`. */
const GAP_MAX = 10;

/** The least length of a run in which a suffix may hang on a word (Korean particles, Turkish and Arabic endings). */
const STEM_MIN = 4;

type LookUp<Name extends string> = (words: readonly string[]) => readonly Found<Name>[];

/**
 * Reads a table of words (see the tables) into one look-up: each word of a text costs a few map reads, however
 * many words the tables have. Read when first asked, since most processes never ask.
 */
export const wordTable = <Name extends string>(
  table: Readonly<Record<Name, readonly string[]>>,
  names: readonly Name[],
): LookUp<Name> => {
  let lookUp: LookUp<Name> | undefined;
  return (words) => (lookUp ??= readTable(table, names))(words);
};

const readTable = <Name extends string>(
  table: Readonly<Record<Name, readonly string[]>>,
  names: readonly Name[],
): LookUp<Name> => {
  const nouns = new Set(names.flatMap((name) => table[name].flatMap((line) => line.match(/(?<=~)\S+/gu) ?? [])));
  const byFirst = new Map<string, Entry<Name>[]>();
  const apart = new Map<string, Entry<Name>[]>();
  const stems = new Map<string, Entry<Name>[]>();
  for (const name of names) {
    for (const line of table[name]) {
      for (const written of line.split(" ")) {
        // A word that is a noun in one language is one wherever it is written the same.
        const alsoNoun = nouns.has(written.replace(/^~/u, ""));
        const prefix = written.endsWith("*") || UNSPACED.test(written);
        const words = wordsOf(fold(written.replace(/^~/u, "").replace(/\*$/u, "").replace(/[_…]/gu, " ")));
        const [first] = words;
        if (first === undefined) continue;
        const into = written.includes("…") ? apart : prefix && words.length === 1 ? stems : byFirst;
        const entry: Entry<Name> = { name, words, prefix, alsoNoun };
        const key = into === stems ? first.slice(0, STEM_MIN) : first;
        const there = into.get(key);
        if (there === undefined) into.set(key, [entry]);
        else there.push(entry);
      }
    }
  }
  return (words) => {
    const found: Found<Name>[] = [];
    for (const [index, word] of words.entries()) {
      const add = ({ name, words: all, alsoNoun }: Entry<Name>): void => {
        found.push({ name, index, words: all.length, alsoNoun });
      };
      for (const entry of apart.get(word) ?? []) {
        if (words.slice(index + 1, index + 1 + GAP_MAX).includes(entry.words[1] ?? ""))
          add({ ...entry, words: [word] });
      }
      for (const entry of byFirst.get(word) ?? []) {
        if (
          entry.words.every((each, offset) =>
            standsAt(words[index + offset], each, entry.prefix && offset === entry.words.length - 1),
          )
        )
          add(entry);
      }
      for (let length = 1; length <= Math.min(STEM_MIN, word.length); length += 1) {
        for (const entry of stems.get(word.slice(0, length)) ?? []) {
          const [stem = ""] = entry.words;
          if ((length === STEM_MIN || stem.length === length) && word.startsWith(stem)) add(entry);
        }
      }
    }
    return found;
  };
};

const standsAt = (word: string | undefined, wanted: string, prefix: boolean): boolean =>
  word !== undefined && (prefix ? word.startsWith(wanted) : word === wanted);
