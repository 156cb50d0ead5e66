import { unitsOf } from "../text-units.ts";
import { LOWER_UNITS } from "../views/characters.ts";

/** Words of a text as hashes, with where they stand. Case and punctuation do not count. */
export interface HashedWords {
  readonly hashes: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly count: number;
}

// Scripts without spaces: every character is a word.
const isIdeograph = (unit: number): boolean =>
  (unit >= 0x2e80 && unit <= 0x9fff) || (unit >= 0xac00 && unit <= 0xd7a3) || (unit >= 0xf900 && unit <= 0xfaff);

const isWordUnit = (unit: number): boolean =>
  unit < 128
    ? (unit >= 48 && unit <= 57) || ((unit | 32) >= 97 && (unit | 32) <= 122)
    : unit >= 0xc0 &&
      !(unit >= 0x2000 && unit <= 0x2bff) &&
      !(unit >= 0x3000 && unit <= 0x303f) &&
      !(unit >= 0xff00 && unit <= 0xff0f);

const SEPARATOR = 0;
const WORD = 1;
const ALONE = 2;
const KINDS = Uint8Array.from({ length: 0x10000 }, (_, unit) =>
  !isWordUnit(unit) ? SEPARATOR : isIdeograph(unit) ? ALONE : WORD,
);

/** One pass; memory is proportional to the text. */
export const hashWords = (text: string): HashedWords => {
  const units = unitsOf(text);
  const { length } = text;
  // A word and a space are two units at least, a character alone may be all there is.
  let most = (length >> 2) + 8;
  let hashes = new Int32Array(most);
  let starts = new Int32Array(most);
  let ends = new Int32Array(most);
  let count = 0;
  for (let i = 0; i < length;) {
    const start = i;
    const first = units[i++] ?? 0;
    const kind = KINDS[first] ?? SEPARATOR;
    if (kind === SEPARATOR) continue;
    let hash: number;
    if (kind === ALONE) hash = Math.imul(first, 0x9e3779b1 | 0);
    else {
      hash = Math.imul((0x811c9dc5 | 0) ^ (LOWER_UNITS[first] ?? 0), 0x01000193);
      for (; i < length; i++) {
        const unit = units[i] ?? 0;
        if (KINDS[unit] !== WORD) break;
        hash = Math.imul(hash ^ (LOWER_UNITS[unit] ?? 0), 0x01000193);
      }
    }
    if (count === most) {
      most *= 2;
      [hashes, starts, ends] = [grown(hashes), grown(starts), grown(ends)];
    }
    hashes[count] = hash;
    starts[count] = start;
    ends[count++] = i;
  }
  return { hashes, starts, ends, count };
};

const grown = (array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
};

/** A hash of each run of `width` words, made from the one before: the cost does not depend on the width. */
export const shingles = ({ hashes, count }: HashedWords, width: number): Int32Array => {
  const total = Math.max(0, count - width + 1);
  const made = new Int32Array(total);
  let power = 1;
  for (let i = 1; i < width; i++) power = Math.imul(power, 0x01000193);
  let hash = 0;
  for (let i = 0; i < count; i++) {
    if (i >= width) hash = (hash - Math.imul(hashes[i - width] ?? 0, power)) | 0;
    hash = (Math.imul(hash, 0x01000193) + (hashes[i] ?? 0)) | 0;
    if (i >= width - 1) made[i - width + 1] = hash;
  }
  return made;
};
