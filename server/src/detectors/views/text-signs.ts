/**
 * Signs that a text could hold more than it shows. One pass over the units, made for the common case that
 * there are none; a sign only says that a closer look is worth its cost.
 */
import { unitsOf } from "../text-units.ts";

export const SIGN_NON_ASCII = 1;
/** A long run of the base64 or hex alphabet. */
export const SIGN_BLOCK = 2;
/** Percent, entity, backslash or quoted-printable escapes. */
export const SIGN_ESCAPES = 4;
/** Digits or symbols inside words. */
export const SIGN_LEET = 8;
/** Single letters in a row. */
export const SIGN_SPACED = 16;
/** Ends of words that English lacks and rotated or reversed English has. */
export const SIGN_CIPHER = 32;
/** Groups of equal length: character codes. */
export const SIGN_CODES = 64;
export const SIGN_CONTROL = 128;
/** Markup inside a word or a number. */
export const SIGN_MARKED = 256;
/** So many letters without a gap that they may be several words. */
export const SIGN_GAPLESS = 512;

const LETTER = 1;
const DIGIT = 2;
const JOINER = 3; // rest of the base64 alphabets
const LEET = 4;
const ESCAPE = 5;
const CONTROL = 6;
const FOREIGN = 7;
const MARK = 8;

const KINDS = new Uint8Array(0x10000).fill(FOREIGN, 128);
for (let c = 0; c < 32; c++) KINDS[c] = CONTROL;
for (const c of "\t\n\r") KINDS[c.charCodeAt(0)] = 0;
KINDS[127] = CONTROL;
for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") KINDS[c.charCodeAt(0)] = LETTER;
for (const c of "0123456789") KINDS[c.charCodeAt(0)] = DIGIT;
for (const c of "+/_-") KINDS[c.charCodeAt(0)] = JOINER;
for (const c of "@$!|") KINDS[c.charCodeAt(0)] = LEET;
for (const c of "*`~<") KINDS[c.charCodeAt(0)] = MARK;
for (const c of "%&\\=") KINDS[c.charCodeAt(0)] = ESCAPE;

/** Shortest run that is worth decoding: 16 characters hold 12 bytes of base64, 8 of hex. */
export const BLOCK_UNITS_MIN = 16;

/** No English word is as long; words of other languages are looked at and left. */
const GAPLESS_UNITS_MIN = 20;

const SPACED_LETTERS_MIN = 4;
const CODE_GROUPS_MIN = 6;
const BYTE_GROUPS_MIN = 3;

// Last three letters as a 15-bit key.
const tailKey = (word: string): number => {
  let key = 0;
  for (let i = 0; i < word.length; i++) key = ((key << 5) | (word.charCodeAt(i) & 31)) & 0x7fff;
  return key;
};

// Ends of rotated English (-ion, -ons, -ted, -ous, -ate, -ity, -ble, -ngs, -ess, -tem, -mpt, the, and, all,
// you, for, not, are, our) and of reversed English (the, and, you, all, pre-, sys-, ins-, ign-, sid-).
const CIPHER_TAILS = new Uint8Array(0x8000);
for (const tail of [
  "vba",
  "baf",
  "grq",
  "bhf",
  "ngr",
  "vgl",
  "oyr",
  "atf",
  "rff",
  "grz",
  "zcg",
  "gur",
  "naq",
  "nyy",
  "lbh",
  "sbe",
  "nag",
  "bhe",
  "jnl",
  "uvf",
  "gvf",
  "ber",
  "eht",
  "dna",
  "uoy",
  "lla",
  "erp",
  "sys",
  "sni",
  "ngi",
  "ver",
  "noc",
]) {
  CIPHER_TAILS[tailKey(tail)] = 1;
}
// Also ends of English words; a single one says nothing.
for (const tail of ["nag", "ver", "ber"]) CIPHER_TAILS[tailKey(tail)] = 0;

const isHex = (unit: number): boolean => (unit >= 48 && unit <= 57) || ((unit | 32) >= 97 && (unit | 32) <= 102);

const ESCAPED_UNITS = new Uint8Array(0x10000);
for (const c of "_*.:/~-") ESCAPED_UNITS[c.charCodeAt(0)] = 1;

const MARKS_MAX = 3;

/** `at` a sign of markup: {@link SIGN_MARKED} where more of a word, or of a number, may follow the markup. */
const markedSign = (units: Uint16Array, at: number): number => {
  const mark = units[at] ?? 0;
  let end = at + 1;
  while (end < at + MARKS_MAX && units[end] === mark) end++;
  const next = units[end] ?? 0;
  const kind = KINDS[next] ?? 0;
  const follows =
    mark === 0x3c
      ? kind === LETTER || next === 0x2f || next === 0x21
      : kind === LETTER || kind === DIGIT || kind === JOINER || kind === FOREIGN || kind === MARK;
  const isNumber = next === 0x20 && KINDS[units[at - 1] ?? 0] === DIGIT && KINDS[units[end + 1] ?? 0] === MARK;
  return follows || isNumber ? SIGN_MARKED : 0;
};

/** Bits of the signs above; 0 for plain text. */
export const textSigns = (text: string): number => {
  const length = text.length;
  const units = unitsOf(text);
  let signs = 0;
  let wordStart = 0; // start of the run of letters and digits
  let blockStart = 0; // start of the run of the base64 alphabet
  let kindBefore = 0; // of the unit before, letters and digits only
  let sawLetter = false; // in the current run, before its first digit
  let singles = 0;
  let groupUnits = 0;
  let groups = 0;
  for (let i = 0; i <= length; i++) {
    let kind = i < length ? (KINDS[units[i] ?? 0] ?? 0) : 0;
    if (kind === LETTER) {
      // A digit between letters: `1gn0re`. A letter after a leading digit: `4ll`, also `2nd`, decided later.
      if (kindBefore === DIGIT) signs |= sawLetter || i - wordStart === 1 ? SIGN_LEET : 0;
      sawLetter = true;
      // Most units are letters after letters; the zero behind the text ends the last word.
      do kind = KINDS[units[++i] ?? 0] ?? 0;
      while (kind === LETTER);
      kindBefore = LETTER;
      if (i - wordStart >= GAPLESS_UNITS_MIN) signs |= SIGN_GAPLESS;
      if (i >= length) kind = 0;
    }
    if (kind === DIGIT) {
      kindBefore = DIGIT;
      continue;
    }
    const width = i - wordStart;
    if (width === 1) {
      singles = kindBefore === LETTER ? singles + 1 : 0;
      if (singles >= SPACED_LETTERS_MIN) signs |= SIGN_SPACED;
    } else if (width > 1) {
      singles = 0;
      if (kindBefore === LETTER && width > 2) {
        const tail =
          (((units[i - 3] ?? 0) & 31) << 10) | (((units[i - 2] ?? 0) & 31) << 5) | ((units[i - 1] ?? 0) & 31);
        if (CIPHER_TAILS[tail] === 1) signs |= SIGN_CIPHER;
      }
      if (kindBefore === DIGIT || width === 2) {
        if (width === groupUnits) {
          groups++;
          if (groups >= CODE_GROUPS_MIN || (width >= 8 && groups >= BYTE_GROUPS_MIN)) signs |= SIGN_CODES;
        } else {
          groupUnits = width;
          groups = 1;
        }
      } else {
        groupUnits = 0;
      }
    }
    wordStart = i + 1;
    kindBefore = 0;
    sawLetter = false;
    if (kind === JOINER) continue;
    if (i - blockStart >= BLOCK_UNITS_MIN) signs |= SIGN_BLOCK;
    blockStart = i + 1;
    if (kind === 0) continue;
    const unit = units[i] ?? 0;
    if (kind === FOREIGN) {
      signs |= SIGN_NON_ASCII;
    } else if (kind === ESCAPE) {
      const next = units[i + 1] ?? 0;
      if (unit === 0x26) {
        if (next === 0x23 || (next | 32) >= 97) signs |= SIGN_ESCAPES;
      } else if (unit === 0x5c) {
        const isOctal = next >= 0x30 && next <= 0x33 && KINDS[units[i + 2] ?? 0] === DIGIT;
        if ((next | 32) === 0x75 || (next | 32) === 0x78 || isOctal) signs |= SIGN_ESCAPES;
        else if (ESCAPED_UNITS[next] === 1) signs |= SIGN_MARKED;
      } else if (isHex(next) && i + 2 < length && isHex(units[i + 2] ?? 0)) {
        signs |= SIGN_ESCAPES;
      }
    } else if (kind === MARK) {
      // Behind a word or a number; whether another follows is for the closer look.
      if (width > 0 || KINDS[units[i - 1] ?? 0] === JOINER) signs |= markedSign(units, i);
    } else if (kind === LEET) {
      // `@` and `$` before or inside a word; `!` and `|` only between letters, they end sentences and columns.
      const next = (units[i + 1] ?? 0) | 32;
      if (next >= 97 && next <= 122 && (unit === 0x40 || unit === 0x24 || width > 0)) signs |= SIGN_LEET;
    } else {
      signs |= SIGN_CONTROL;
    }
  }
  return signs;
};
