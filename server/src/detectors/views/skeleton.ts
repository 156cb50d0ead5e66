import type { TextForm } from "../detector.ts";
import { unitsOf } from "../text-units.ts";
import { COMMON_WORDS, segmentWords } from "./common-words.ts";
import { isMark } from "./characters.ts";
import { isLatin, latinOf, latinOfAstral } from "./confusables.ts";
import { FormBuilder } from "./form-builder.ts";

// Text around a folded word that is kept: more than detectors look at around a word, in both directions.
const CONTEXT_UNITS = 768;

/**
 * The text as a reader reads it: look-alike letters, leet and spaced-out words folded to lower-case Latin. It holds
 * the folded words and {@link CONTEXT_UNITS} around them; the rest reads the same in the text that it was made from.
 *
 * A word is folded only where it shows signs (scripts mixed inside it, look-alikes alone in a Latin text, digits
 * inside it, letters spaced out), so Russian stays Russian and `10 GB` stays a number. Undefined when no word is.
 */
export const skeletonForm = (source: TextForm, path: string): TextForm | undefined => {
  const mostlyLatin = isMostlyLatin(source.text);
  const cautious = fold(source, path, { mostlyLatin, leetText: false });
  // Where several known words are spelt with digits, so are those that alone could be a number or an id.
  return cautious.leetWords < LEET_WORDS_MIN ? cautious.form : fold(source, path, { mostlyLatin, leetText: true }).form;
};

const LEET_WORDS_MIN = 2;

interface Reading {
  readonly mostlyLatin: boolean;
  /** Every word with a digit in it is taken for leet. */
  readonly leetText: boolean;
}

const fold = (
  source: TextForm,
  path: string,
  reading: Reading,
): { readonly form: TextForm | undefined; readonly leetWords: number } => {
  const text = source.text;
  const builder = new FormBuilder(text);
  let leetWords = 0;
  let changed = false;
  let written = 0;
  const writeUpTo = (start: number): void => {
    const from = Math.max(written, start - CONTEXT_UNITS);
    const tail = changed ? Math.min(from, written + CONTEXT_UNITS) : written;
    builder.copyLower(written, tail);
    // What is left out parts the pieces, as the end of a line does.
    if (changed && tail < from) builder.putUnit(0x0a, tail, from);
    builder.copyLower(from, start);
    changed = true;
  };
  const units = unitsOf(text);
  let i = 0;
  while (i < text.length) {
    // Most words are plain letters, and nothing about them could be folded.
    let letters = i;
    while (TOKEN_UNITS[units[letters] ?? 0] === PLAIN_LETTER) letters++;
    if (letters !== i + 1 && TOKEN_UNITS[units[letters] ?? 0] === 0) {
      i = Math.max(letters, i + 1);
      continue;
    }
    const spaced = spacedEnd(text, i);
    if (spaced > i) {
      writeUpTo(i);
      putSpaced(builder, text, i, spaced);
      i = written = spaced;
      continue;
    }
    const end = tokenEnd(text, i);
    if (end === i) {
      i++;
      continue;
    }
    const folded = foldToken(text, i, end, reading);
    if (folded !== undefined) {
      if (hasDigit(text, i, end) && COMMON_WORDS.has(wordOf(folded))) leetWords++;
      writeUpTo(i);
      putFolded(builder, text, folded, i, end);
      written = end;
    }
    i = end;
  }
  builder.copyLower(written, Math.min(text.length, written + CONTEXT_UNITS));
  return { form: changed ? builder.build("skeleton", path, source) : undefined, leetWords };
};

const hasDigit = (text: string, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (isDigit(text.charCodeAt(i))) return true;
  return false;
};

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;
const isAsciiLetter = (unit: number): boolean => unit < 128 && (unit | 32) >= 97 && (unit | 32) <= 122;

/** Lower-case letter that a digit or symbol stands for in leet, 0 when none. */
const leetOf = (unit: number): number => LEET[unit] ?? 0;
const LEET = new Uint8Array(0x10000);
for (const [symbol = "", letter = ""] of "0o 1i 3e 4a 5s 7t 8b @a $s !i |l €e £l".split(" "))
  LEET[symbol.charCodeAt(0)] = letter.charCodeAt(0);

const mayStandInWord = (unit: number): boolean =>
  unit < 128
    ? isAsciiLetter(unit) || leetOf(unit) !== 0 || isDigit(unit)
    : latinOf(unit) !== 0 ||
      isLatin(unit) ||
      isMark(unit) ||
      leetOf(unit) !== 0 ||
      unit === 0xd83c ||
      (unit >= 0xdd30 && unit <= 0xddff) ||
      (unit >= 0x370 && unit <= 0x58f) ||
      (unit >= 0x13a0 && unit <= 0x13ff);

const PLAIN_LETTER = 1;
const TOKEN_UNITS = Uint8Array.from({ length: 0x10000 }, (_, unit) =>
  isAsciiLetter(unit) ? PLAIN_LETTER : mayStandInWord(unit) ? 2 : 0,
);

const tokenEnd = (text: string, from: number): number => {
  let end = from;
  while (end < text.length && TOKEN_UNITS[text.charCodeAt(end)] !== 0) end++;
  // `!` and `|` after a word are punctuation.
  while (end > from && (text.charCodeAt(end - 1) === 0x21 || text.charCodeAt(end - 1) === 0x7c)) end--;
  return end;
};

const LATIN_SAMPLE_UNITS = 4096;

const LATIN = 1;
const OTHER = 2;
const SCRIPTS = Uint8Array.from({ length: 0x10000 }, (_, unit) =>
  isLatin(unit) ? LATIN : unit > 0x24f && !isMark(unit) && latinOf(unit) === 0 && unit < 0xd800 ? OTHER : 0,
);

const isMostlyLatin = (text: string): boolean => {
  let latin = 0;
  let other = 0;
  const until = Math.min(text.length, LATIN_SAMPLE_UNITS);
  for (let i = 0; i < until; i++) {
    const unit = text.charCodeAt(i);
    const script = SCRIPTS[unit];
    if (script === LATIN) latin++;
    else if (script === OTHER) other++;
  }
  return latin > other * 4 || other === 0;
};

// Longer tokens with digits are ids, hashes and keys, not words.
const LEET_UNITS_MAX = 24;
const COUNTED = /^\d+(?:st|nd|rd|th|am|pm|[kmgt]?b|[kmcd]m|[kmn]?g|[mun]?s|[kmg]?hz|[km]?w|h|x|d|p|k)$/i;

/** One lower-case letter for each unit of the token, 0 where the unit disappears; undefined to leave it. */
const foldToken = (
  text: string,
  start: number,
  end: number,
  { mostlyLatin, leetText }: Reading,
): Uint16Array | undefined => {
  let latin = 0;
  let marked = 0;
  let lookalikes = 0;
  let foreign = 0;
  let digits = 0;
  let inner = 0;
  let astral = 0;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (isAsciiLetter(unit)) latin++;
    else if (leetOf(unit) !== 0 || isDigit(unit)) {
      digits++;
      if (i > start && i + 1 < end && (isAsciiLetter(text.charCodeAt(i - 1)) || isAsciiLetter(text.charCodeAt(i + 1))))
        inner++;
    } else if (isMark(unit)) marked++;
    else if (isLatin(unit)) {
      latin++;
      marked++;
    } else if (unit === 0xd83c) astral++;
    else if (latinOf(unit) !== 0) lookalikes++;
    else if (unit < 0xd800) foreign++;
  }
  const units = end - start;
  const disguised =
    (lookalikes > 0 && (latin > 0 || digits > 0) && foreign === 0) ||
    (lookalikes >= 2 && foreign === 0 && mostlyLatin) ||
    (lookalikes >= 2 && latin > foreign) ||
    (marked >= 2 && marked * 2 >= latin && units >= 3) ||
    astral >= 3;
  const leading = leetOf(text.charCodeAt(start)) !== 0 && isAsciiLetter(text.charCodeAt(start + 1)) && units >= 3;
  const leet =
    digits > 0 &&
    units <= LEET_UNITS_MAX &&
    latin + lookalikes > 0 &&
    (inner > 0 || leading) &&
    !COUNTED.test(text.slice(start, end));
  const spelt = leetText && digits > 0 && units <= LEET_UNITS_MAX;
  if (!disguised && !leet && !spelt) return undefined;
  const folded = foldUnits(text, start, end);
  // A word of mostly digits is an id, unless it spells something.
  const isWord = disguised || (spelt && latin > 0) || latin + lookalikes > digits || COMMON_WORDS.has(wordOf(folded));
  return isWord ? folded : undefined;
};

const foldUnits = (text: string, start: number, end: number): Uint16Array => {
  const folded = new Uint16Array(end - start);
  let hasOne = false;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    const at = i - start;
    if (isAsciiLetter(unit)) folded[at] = unit | 32;
    else if (unit < 128) {
      hasOne ||= unit === 0x31;
      folded[at] = leetOf(unit) || unit;
    } else if (isMark(unit)) folded[at] = 0;
    else if (unit === 0xd83c) folded[at] = latinOfAstral(text.codePointAt(i) ?? 0);
    else if (unit >= 0xdc00 && unit <= 0xdfff) folded[at] = 0;
    else folded[at] = latinOf(unit) || leetOf(unit) || unit;
  }
  // `1` is read as i or as l; the one that makes a known word wins.
  if (hasOne && !COMMON_WORDS.has(wordOf(folded))) {
    const other = folded.map((unit, at) => (text.charCodeAt(start + at) === 0x31 ? 0x6c : unit));
    if (COMMON_WORDS.has(wordOf(other))) return other;
  }
  return folded;
};

const WORD_UNITS_MAX = 64;

const wordOf = (folded: Uint16Array): string => {
  let word = "";
  for (let i = 0; i < folded.length && word.length < WORD_UNITS_MAX; i++) {
    const unit = folded[i] ?? 0;
    if (unit !== 0) word += String.fromCharCode(unit);
  }
  return word;
};

const putFolded = (builder: FormBuilder, text: string, folded: Uint16Array, start: number, end: number): void => {
  for (let i = start; i < end; i++) {
    const unit = folded[i - start] ?? 0;
    if (unit !== 0) builder.putUnit(unit, i, text.charCodeAt(i) === 0xd83c ? i + 2 : i + 1);
  }
};

const SPACED_LETTERS_MIN = 4;
const SEPARATORS = " \n.-_*·,/|+~";

// End of `i g n o r e` or `i.g.n.o.r.e` that starts here, `from` when none does. A wider gap parts words.
const spacedEnd = (text: string, from: number): number => {
  if (letterAt(text, from) === 0 || (from > 0 && letterAt(text, from - 1) !== 0)) return from;
  const separator = text.charAt(from + 1);
  if (separator === "" || !SEPARATORS.includes(separator)) return from;
  let letters = 1;
  let at = from;
  for (;;) {
    const next = nextSpaced(text, at, separator);
    if (next < 0) break;
    letters++;
    at = next;
  }
  return letters >= SPACED_LETTERS_MIN ? at + 1 : from;
};

const WIDE_GAP_MAX = 4;

// Where the next single letter stands, -1 when the row ends.
const nextSpaced = (text: string, at: number, separator: string): number => {
  if (text.charAt(at + 1) !== separator) return -1;
  let next = at + 2;
  while (next < at + 2 + WIDE_GAP_MAX && SEPARATORS.includes(text.charAt(next)) && next < text.length) next++;
  const single = letterAt(text, next) !== 0 && letterAt(text, next + 1) === 0;
  return single ? next : -1;
};

const letterAt = (text: string, at: number): number => {
  if (at >= text.length) return 0;
  const unit = text.charCodeAt(at);
  return isAsciiLetter(unit)
    ? unit | 32
    : unit < 128
      ? isDigit(unit) || unit === 0x40 || unit === 0x24
        ? leetOf(unit) || unit
        : 0
      : latinOf(unit);
};

const hasWideGap = (text: string, start: number, end: number): boolean => {
  let before = start;
  for (let i = start; i < end; i++) {
    if (letterAt(text, i) === 0) continue;
    if (i - before > 2) return true;
    before = i;
  }
  return false;
};

const putSpaced = (builder: FormBuilder, text: string, start: number, end: number): void => {
  let word = "";
  let wordStart = start;
  let before = start;
  // Where wider gaps part the words nothing has to be guessed.
  const parted = hasWideGap(text, start, end);
  const flush = (until: number): void => {
    builder.put(parted ? word : (segmentWords(word) ?? word), wordStart, until);
  };
  for (let i = start; i < end; i++) {
    const letter = letterAt(text, i);
    if (letter === 0) continue;
    if (i - before > 2 && word !== "") {
      flush(before + 1);
      builder.putUnit(0x20, before + 1, i);
      word = "";
    }
    if (word === "") wordStart = i;
    word += String.fromCharCode(letter);
    before = i;
  }
  flush(before + 1);
};
