import type { Tokens } from "./tokens.ts";

/** Features that one word can bring; a buffer of this size holds them. */
export const FEATURES_MAX = 64;

const PAIR_REACH = 8;
const PAIRS_MAX = 6;
const GAP_MAX = 3;
/** Marks from which on a gap between concepts counts as a break (a question or exclamation mark, a line and more). */
const BREAK_FROM = 6;

const mix = (kind: number, first: number, second: number): number => {
  let hash = Math.imul(first ^ (kind * 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ second, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};

/** Kinds of features; data of the model depend on the numbers. */
const KIND = {
  word: 1,
  bigram: 2,
  marked: 3,
  concept: 4,
  conceptPair: 5,
  conceptTriple: 6,
  conceptFour: 7,
  near: 8,
  conceptWord: 9,
  wordConcept: 10,
  markedConcept: 11,
  firstConcept: 12,
} as const;

/**
 * Writes the features of one word, given those before it, as 32-bit hashes. The same function serves training and
 * inspection, so that both see the same text.
 *
 * @param kinds receives the kind of each, when given
 * @returns how many were written
 */
export const featuresAt = (tokens: Tokens, at: number, into: Int32Array, kinds?: Uint8Array): number => {
  const { hashes, classes, marks } = tokens;
  let count = 0;
  const put = (kind: number, first: number, second: number): void => {
    if (count === FEATURES_MAX) return;
    if (kinds !== undefined) kinds[count] = kind;
    into[count] = mix(kind, first, second);
    count += 1;
  };
  const word = hashes[at] ?? 0;
  const mark = marks[at] ?? 0;
  put(KIND.word, word, 0);
  put(KIND.bigram, at > 0 ? (hashes[at - 1] ?? 0) : 0, word);
  if (mark > 4) put(KIND.marked, word, mark);

  // The concepts before, nearest first.
  let before = at - 1;
  while (before >= 0 && classes[before] === 0 && at - before <= GAP_MAX) before -= 1;
  const nearest = before >= 0 && at - before <= GAP_MAX ? (classes[before] ?? 0) & 0xff : 0;
  const own = classes[at] ?? 0;
  if (own === 0) {
    if (nearest !== 0) put(KIND.conceptWord, nearest, word);
    return count;
  }
  for (let rest = own; rest !== 0; rest >>>= 8) {
    const concept = rest & 0xff;
    put(KIND.concept, concept, 0);
    if (mark > 2) put(KIND.markedConcept, concept, mark);
    if (at > 0 && classes[at - 1] === 0) put(KIND.wordConcept, hashes[at - 1] ?? 0, concept);
    if (nearest !== 0) put(KIND.conceptWord, nearest | 0x100, word);
    let sequence = concept;
    let last = at;
    let found = 0;
    let broken = mark >= BREAK_FROM ? 1 : 0;
    for (let earlier = at - 1; earlier >= 0 && found < PAIRS_MAX; earlier -= 1) {
      const other = classes[earlier] ?? 0;
      const distance = at - earlier;
      if (other !== 0) {
        found += 1;
        if (found <= 3) {
          const gap = last - earlier > 1 ? (last - earlier > GAP_MAX ? 2 : 1) : 0;
          sequence = Math.imul(sequence, 0x01000193) ^ ((other & 0xff) | (gap << 8) | (broken << 10));
          put(KIND.concept + found, sequence, 0);
        }
        if (distance <= PAIR_REACH) {
          put(KIND.near, concept, other & 0xff);
          if (other > 0xff) put(KIND.near, concept, other >>> 8);
        }
        last = earlier;
      }
      if (distance > PAIR_REACH && found >= 3) break;
      if (distance > PAIR_REACH * 3) break;
      if ((marks[earlier] ?? 0) >= BREAK_FROM) broken = 1;
    }
  }
  return count;
};
