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

/** One pass; memory is proportional to the text. */
export const hashWords = (text: string): HashedWords => {
  const most = (text.length >> 1) + 2;
  let hashes = new Int32Array(Math.min(most, 1024));
  let starts = new Int32Array(hashes.length);
  let ends = new Int32Array(hashes.length);
  let count = 0;
  const add = (hash: number, start: number, end: number): void => {
    if (count === hashes.length) {
      [hashes, starts, ends] = [grown(hashes), grown(starts), grown(ends)];
    }
    hashes[count] = hash;
    starts[count] = start;
    ends[count++] = end;
  };
  let hash = 0;
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 0;
    const isWord = isWordUnit(unit);
    const isAlone = isWord && isIdeograph(unit);
    if (isWord && !isAlone) {
      if (start < 0) {
        start = i;
        hash = 0x811c9dc5 | 0;
      }
      hash = Math.imul(hash ^ (LOWER_UNITS[unit] ?? unit), 0x01000193);
      continue;
    }
    if (start >= 0) {
      add(hash, start, i);
      start = -1;
    }
    if (isAlone) add(Math.imul(unit, 0x9e3779b1 | 0), i, i + 1);
  }
  return { hashes, starts, ends, count };
};

const grown = (array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
};

/** Hash of `width` words from `at`. */
export const shingleAt = ({ hashes }: HashedWords, at: number, width: number): number => {
  let hash = 0;
  for (let i = at; i < at + width; i++) hash = (Math.imul(hash, 0x01000193) + (hashes[i] ?? 0)) | 0;
  return hash;
};
