/** Folded value of a separator: ends a word. */
export const SEPARATOR = 0;
/** Folded value of a unit that is as if it were not there (zero-width, soft hyphen, combining accent). */
export const SKIPPED = 1;

const isAccented = (unit: number): boolean =>
  (unit >= 0xc0 && unit < 0x250) || (unit >= 0x370 && unit < 0x530) || (unit >= 0x1e00 && unit < 0x2000);

const foldUnit = (unit: number): number => {
  if ((unit >= 0x200b && unit <= 0x200f) || unit === 0xad || unit === 0xfeff || unit === 0x2060) return SKIPPED;
  // Accents, Hebrew points and Arabic vowel marks are optional in writing; Indic and Thai marks are not.
  if ((unit >= 0x300 && unit < 0x370) || (unit >= 0x591 && unit < 0x5c8) || (unit >= 0x64b && unit < 0x660))
    return SKIPPED;
  if (unit >= 0xd800 && unit < 0xf900) return SEPARATOR;
  if (unit === 0x131 || unit === 0x130) return 0x69;
  if (unit === 0xdf) return 0x73;
  if (unit === 0x142 || unit === 0x141) return 0x6c;
  if (unit === 0xf8 || unit === 0xd8) return 0x6f;
  if (unit === 0x111 || unit === 0x110) return 0x64;
  // Alef and yeh forms are written interchangeably.
  if (unit === 0x622 || unit === 0x623 || unit === 0x625) return 0x627;
  if (unit === 0x649 || unit === 0x6cc) return 0x64a;
  if (unit === 0x6a9) return 0x643;
  if (unit >= 0xff10 && unit <= 0xff5a) return foldUnit(unit - 0xfee0);
  const letter = String.fromCharCode(unit);
  const base = isAccented(unit) ? letter.normalize("NFD").charAt(0).toLowerCase() : letter.toLowerCase();
  if (base.length !== 1 || !/[\p{L}\p{M}\p{N}]/u.test(base)) return SEPARATOR;
  return base.charCodeAt(0);
};

/** UTF-16 unit to what it is compared as: lower case, without accents; `SEPARATOR` or `SKIPPED` otherwise. */
export const FOLDED: Uint16Array = Uint16Array.from({ length: 0x10000 }, (_, unit) => foldUnit(unit));

/** Scripts that put no spaces between words, or prefix letters to them: words are looked for at every letter. */
export const startsAnywhere = (folded: number): boolean =>
  folded >= 0x590 && (folded < 0x700 || (folded >= 0xe00 && folded < 0xe80) || (folded >= 0x3040 && folded < 0xd7b0));

const SPACE = 0x20;
const NO_BREAK_SPACE = 0xa0;

/**
 * Whether two texts are the same once folded, so that reading the second finds nothing new. Units that fold to nothing
 * are not overlooked: inside a structure such as `<|im_start|>` they make a difference.
 */
export const readsAlike = (one: string, other: string): boolean => {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i += 1) {
    const a = one.charCodeAt(i);
    const b = other.charCodeAt(i);
    if (a === b || (a === SPACE && b === NO_BREAK_SPACE)) continue;
    const folded = FOLDED[a] ?? SEPARATOR;
    if (folded !== FOLDED[b] || folded === SEPARATOR || folded === SKIPPED) return false;
  }
  return true;
};
