import { hashWords, shingles } from "../system-prompt-leak/word-hashes.ts";

/**
 * Fingerprints of a document: of every window of hashes of word runs the least is kept (Schleimer, Wilkerson,
 * Aiken: Winnowing, SIGMOD 2003). A passage of `SHINGLE_WORDS + WINDOW - 1` words that is copied is always seen.
 */
const SHINGLE_WORDS = 6;
const WINDOW = 5;

export interface Fingerprint {
  readonly hash: number;
  readonly start: number;
  readonly end: number;
}

/** In order of where they stand. */
export const winnow = (text: string): Fingerprint[] => {
  const words = hashWords(text);
  const hashes = shingles(words, SHINGLE_WORDS).map(mixed);
  const total = hashes.length;
  const kept: Fingerprint[] = [];
  if (total === 0) return kept;
  let last = -1;
  for (let from = 0; from === 0 || from + WINDOW <= total; from++) {
    let least = from;
    for (let at = from; at < Math.min(from + WINDOW, total); at++) {
      if ((hashes[at] ?? 0) <= (hashes[least] ?? 0)) least = at;
    }
    if (least === last) continue;
    last = least;
    kept.push({
      hash: hashes[least] ?? 0,
      start: words.starts[least] ?? 0,
      end: words.ends[least + SHINGLE_WORDS - 1] ?? 0,
    });
  }
  return kept;
};

// Neighbouring runs share words; the least of their hashes must not depend on that.
const mixed = (hash: number): number => {
  const folded = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return Math.imul(folded ^ (folded >>> 13), 0xc2b2ae35);
};
