import { FOLDED, SEPARATOR, SKIPPED } from "../instruction-evidence/fold.ts";

export const NO_CLASS = 0;
const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;
const UNITS_MAX = 24;
/** Of what is known of a word: its classes, one byte each, and above them its pivot. */
const CLASSES = 0xffff;
const PIVOT_SHIFT = 16;

/** The classes in what is known of a word: low byte the first plus one, next byte the second plus one. */
export const classesIn = (known: number): number => known & CLASSES;
/** The pivot in what is known of a word, plus one; 0 when it has none. */
export const pivotIn = (known: number): number => known >>> PIVOT_SHIFT;

const MEMORY_SLOTS = 1 << 14;
/** A stem must have this many letters, or two where one letter is a syllable or a word. */
const STEM_UNITS_MIN = 2;
/** Letters that Hebrew and Arabic write together with the next word. */
const PROCLITICS = new Set(Array.from("והבלשמכوفبلكس", (letter) => letter.charCodeAt(0)));
const ALEF = 0x627;
const LAM = 0x644;

/** Looks words up; a word that ends in `*` stands for all that begin so. */
export interface WordClasses {
  /** Classes of the word whose hash is known; 0 when it has none. */
  readonly classesOf: (hash: number, text: string, start: number, end: number) => number;
  /** End of the longest known word that begins here, in a script without spaces; `at` when none does. */
  readonly longestAt: (text: string, at: number) => number;
  /** Of the last {@link longestAt}. */
  foundHash: number;
  foundClasses: number;
}

/** Units that a word is compared by; digits in a row count as one. */
const foldedUnits = (word: string): number[] => {
  const units: number[] = [];
  for (let at = 0; at < word.length; at += 1) {
    const unit = wordUnit(word.charCodeAt(at));
    if (unit !== SEPARATOR && unit !== SKIPPED && !(unit === DIGIT && units.at(-1) === DIGIT)) units.push(unit);
  }
  return units;
};

const DIGIT = 0x30;
const wordUnit = (unit: number): number => {
  const folded = FOLDED[unit] ?? SEPARATOR;
  return folded >= DIGIT && folded < DIGIT + 10 ? DIGIT : folded;
};

const hashOf = (units: readonly number[]): number => {
  let hash = FNV_OFFSET;
  for (const unit of units.slice(0, UNITS_MAX)) hash = Math.imul(hash ^ unit, FNV_PRIME);
  return hash;
};

const withClass = (known: number, number: number): number => {
  const byte = number + 1;
  const classes = known & CLASSES;
  if (classes === NO_CLASS) return (known | byte) >>> 0;
  if ((classes & 0xff) === byte || classes > 0xff) return known;
  return (known | (byte << 8)) >>> 0;
};

const withPivot = (known: number, number: number): number =>
  known >>> PIVOT_SHIFT === 0 ? (known | ((number + 1) << PIVOT_SHIFT)) >>> 0 : known;

/** What of two finds is known of either; the first goes before. */
const both = (first: number, second: number): number =>
  ((first & CLASSES || second & CLASSES) | (first & ~CLASSES || second & ~CLASSES)) >>> 0;

/** Classes by hash, made once: a look-up touches one or two places, where a Map takes five times as long. */
const flatTable = (entries: ReadonlyMap<number, number>): ((hash: number) => number) => {
  let size = 1_024;
  while (size < entries.size * 4) size *= 2;
  const keys = new Int32Array(size);
  const values = new Uint32Array(size);
  const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & (size - 1);
  for (const [hash, classes] of entries) {
    let slot = slotOf(hash);
    while (values[slot] !== NO_CLASS) slot = (slot + 1) & (size - 1);
    keys[slot] = hash;
    values[slot] = classes;
  }
  return (hash) => {
    for (let slot = slotOf(hash); ; slot = (slot + 1) & (size - 1)) {
      const classes = values[slot] ?? NO_CLASS;
      if (classes === NO_CLASS || keys[slot] === hash) return classes;
    }
  };
};

/**
 * @param words words of each class, by the class's number (below 255); a third class of a word is dropped
 */
export const createWordClasses = (
  words: readonly (readonly string[])[],
  pivots: readonly (readonly string[])[] = [],
): WordClasses => {
  const whole = new Map<number, number>();
  const stems = new Map<number, number>();
  // Every beginning of a word of a dense script, so that a look-up ends as soon as nothing can follow.
  const beginnings = new Set<number>();
  const learn = (entries: readonly string[], number: number, add: (known: number, number: number) => number): void => {
    for (const entry of entries) {
      const isStem = entry.endsWith("*");
      const units = foldedUnits(isStem ? entry.slice(0, -1) : entry);
      if (units.length === 0) continue;
      const hash = hashOf(units);
      const into = isStem ? stems : whole;
      into.set(hash, add(into.get(hash) ?? NO_CLASS, number));
      if ((units[0] ?? 0) >= 0xe00)
        for (let n = 1; n <= units.length; n += 1) beginnings.add(hashOf(units.slice(0, n)));
    }
  };
  words.forEach((entries, number) => learn(entries, number, withClass));
  pivots.forEach((entries, number) => learn(entries, number, withPivot));

  const wholeOf = flatTable(whole);
  const stemOf = flatTable(stems);
  const search = (text: string, start: number, end: number): number => {
    let hash = FNV_OFFSET;
    let units = 0;
    let found = NO_CLASS;
    let last = 0;
    for (let at = start; at < end && units < UNITS_MAX; at += 1) {
      const unit = wordUnit(text.charCodeAt(at));
      if (unit === SEPARATOR || unit === SKIPPED || (unit === DIGIT && last === DIGIT)) continue;
      last = unit;
      hash = Math.imul(hash ^ unit, FNV_PRIME);
      units += 1;
      if (units >= STEM_UNITS_MIN) {
        const stem = stemOf(hash);
        if (stem !== NO_CLASS) found = both(stem, found);
      }
    }
    return both(wholeOf(hash), found);
  };
  const searchBehindProclitics = (text: string, start: number, end: number): number => {
    let from = start;
    for (let removed = 0; removed < 3 && end - from > 3; removed += 1) {
      const unit = FOLDED[text.charCodeAt(from)] ?? 0;
      if (unit === ALEF && FOLDED[text.charCodeAt(from + 1)] === LAM) from += 2;
      else if (PROCLITICS.has(unit)) from += 1;
      else return NO_CLASS;
      const found = search(text, from, end);
      if (found !== NO_CLASS) return found;
    }
    return NO_CLASS;
  };

  const memoryKeys = new Int32Array(MEMORY_SLOTS);
  const memoryClasses = new Uint32Array(MEMORY_SLOTS);
  const lexicon: WordClasses = {
    foundHash: 0,
    foundClasses: NO_CLASS,
    classesOf: (hash, text, start, end) => {
      const slot = (hash ^ (hash >>> 15)) & (MEMORY_SLOTS - 1);
      if (memoryKeys[slot] === hash) return memoryClasses[slot] ?? NO_CLASS;
      let classes = search(text, start, end);
      const first = FOLDED[text.charCodeAt(start)] ?? 0;
      if (classes === NO_CLASS && first >= 0x590 && first < 0x700) classes = searchBehindProclitics(text, start, end);
      memoryKeys[slot] = hash;
      memoryClasses[slot] = classes;
      return classes;
    },
    longestAt: (text, at) => {
      let hash = FNV_OFFSET;
      let end = at;
      for (let next = at; next < text.length && next - at < UNITS_MAX; next += 1) {
        const unit = FOLDED[text.charCodeAt(next)] ?? SEPARATOR;
        if (unit === SEPARATOR) break;
        if (unit === SKIPPED) continue;
        hash = Math.imul(hash ^ unit, FNV_PRIME);
        const classes = both(wholeOf(hash), stemOf(hash));
        if (classes !== NO_CLASS) {
          end = next + 1;
          lexicon.foundHash = hash;
          lexicon.foundClasses = classes;
        }
        if (!beginnings.has(hash)) break;
      }
      return end;
    },
  };
  return lexicon;
};
