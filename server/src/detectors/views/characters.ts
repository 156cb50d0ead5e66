/**
 * What each UTF-16 unit means to the views. Built once at load from the runtime's own Unicode data.
 */

/** Kept as it is. */
export const PLAIN = 0;
/** Not visible and carries no words: removed. */
export const INVISIBLE = 1;
/** A kind of white space other than ASCII's: becomes a space. */
export const SPACE = 2;
/** Changed by NFKC, or joins with the unit before it. */
export const COMPOSING = 3;
const SURROGATE = 4;

/** Zero-width, soft hyphen, joiners, bidi controls, fillers, variation selectors, private use (BMP part). */
const isInvisible = (code: number): boolean =>
  code === 0x00ad ||
  code === 0x034f ||
  code === 0x061c ||
  code === 0x115f ||
  code === 0x1160 ||
  code === 0x17b4 ||
  code === 0x17b5 ||
  (code >= 0x180b && code <= 0x180f) ||
  (code >= 0x200b && code <= 0x200f) ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2060 && code <= 0x206f) ||
  code === 0x3164 ||
  code === 0xffa0 ||
  code === 0xfeff ||
  (code >= 0xe000 && code <= 0xf8ff) ||
  (code >= 0xfe00 && code <= 0xfe0f) ||
  (code >= 0xfff9 && code <= 0xfffb);

/** Tags, supplementary variation selectors, private use, musical and shorthand format controls. */
export const isInvisibleAstral = (code: number): boolean =>
  (code >= 0xe0000 && code <= 0xe0fff) ||
  code >= 0xf0000 ||
  (code >= 0x1d173 && code <= 0x1d17a) ||
  (code >= 0x1bca0 && code <= 0x1bca3);

const SPACES = [0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x2800, 0x3000];

// Marks that may join with the base before them (Unicode: NFC_Quick_Check = Maybe), as inclusive ranges.
const JOINING: readonly (readonly [number, number])[] = [
  [0x0300, 0x0304],
  [0x0306, 0x030c],
  [0x030f, 0x030f],
  [0x0311, 0x0311],
  [0x0313, 0x0314],
  [0x031b, 0x031b],
  [0x0323, 0x0328],
  [0x032d, 0x032e],
  [0x0330, 0x0331],
  [0x0338, 0x0338],
  [0x0342, 0x0342],
  [0x0345, 0x0345],
  [0x0653, 0x0655],
  [0x093c, 0x093c],
  [0x09be, 0x09be],
  [0x09d7, 0x09d7],
  [0x0b3e, 0x0b3e],
  [0x0b56, 0x0b57],
  [0x0bbe, 0x0bbe],
  [0x0bd7, 0x0bd7],
  [0x0c56, 0x0c56],
  [0x0cc2, 0x0cc2],
  [0x0cd5, 0x0cd6],
  [0x0d3e, 0x0d3e],
  [0x0d57, 0x0d57],
  [0x0dca, 0x0dca],
  [0x0dcf, 0x0dcf],
  [0x0ddf, 0x0ddf],
  [0x102e, 0x102e],
  [0x1161, 0x1175],
  [0x11a8, 0x11c2],
  [0x1b35, 0x1b35],
  [0x3099, 0x309a],
];

const build = (): Uint8Array => {
  const classes = new Uint8Array(0x10000);
  for (let code = 0x80; code < 0x10000; code++) {
    if (code >= 0xd800 && code <= 0xdfff) classes[code] = SURROGATE;
    else if (isInvisible(code)) classes[code] = INVISIBLE;
    else if (SPACES.includes(code) || (code >= 0x2000 && code <= 0x200a)) classes[code] = SPACE;
    else if (code >= 0xac00 && code <= 0xd7a3) classes[code] = PLAIN;
    else {
      const character = String.fromCharCode(code);
      if (character.normalize("NFKC") !== character) classes[code] = COMPOSING;
    }
  }
  for (const [first, last] of JOINING) classes.fill(COMPOSING, first, last + 1);
  for (const code of [0x115f, 0x1160]) classes[code] = INVISIBLE;
  return classes;
};

/** Class of each UTF-16 unit. */
export const UNIT_CLASSES: Uint8Array = build();

/** Marks that sit on another letter. */
export const isMark = (code: number): boolean =>
  (code >= 0x0300 && code <= 0x036f) ||
  (code >= 0x1ab0 && code <= 0x1aff) ||
  (code >= 0x1dc0 && code <= 0x1dff) ||
  (code >= 0x20d0 && code <= 0x20ff) ||
  (code >= 0xfe20 && code <= 0xfe2f);

/** Lower case of each UTF-16 unit, where that is one unit. */
export const LOWER_UNITS: Uint16Array = Uint16Array.from({ length: 0x10000 }, (_, unit) => {
  if (unit >= 0xd800 && unit <= 0xdfff) return unit;
  const lower = String.fromCharCode(unit).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : unit;
});
