import type { Tokens } from "./tokens.ts";

/** A buffer of this size holds all features of a word: 10 of its own and 18 of each concept. */
export const FEATURES_MAX = 64;
/** Words that are read at once, so that what they bring stays in the processor's nearest cache. */
export const FEATURES_WORDS_MAX = 128;

const PAIR_REACH = 8;
const PAIRS_MAX = 6;
/** Concepts before that stand in a sequence with this one, and how many words back they may stand. */
const SEQUENCE_MAX = 2;
const SEQUENCE_REACH = 3 * PAIR_REACH + 1;
const GAP_MAX = 3;
/** Pivots before that are paired with this one, and how many words back they may stand. */
const PIVOTS_NEAR_MAX = 4;
const PIVOT_REACH = 8;
const PIVOT_PAIR_REACH = 4;

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
  near: 8,
  conceptWord: 9,
  wordConcept: 10,
  markedConcept: 11,
  stem: 13,
  pivot: 14,
  pivotPair: 15,
  pivotNear: 16,
} as const;

/**
 * Writes the features of some words, each given those before it, as 32-bit hashes. The same function serves training
 * and inspection, so that both see the same text.
 *
 * @param from the first word
 * @param to where to end, at most {@link FEATURES_WORDS_MAX} words further
 * @param into receives at most {@link FEATURES_MAX} a word
 * @param ends receives where the features of each word end
 */
export const readFeatures = (tokens: Tokens, from: number, to: number, into: Int32Array, ends: Int32Array): void => {
  const { hashes, stems, classes, pivots, pivotBefore, marks, classedBefore, breaks } = tokens;
  let count = 0;
  for (let at = from; at < to; at += 1) {
    const word = hashes[at] ?? 0;
    const mark = marks[at] ?? 0;
    const own = classes[at] ?? 0;
    const wordBefore = at > 0 ? (hashes[at - 1] ?? 0) : 0;
    const nearestAt = classedBefore[at] ?? -1;
    into[count++] = mix(KIND.word, word, 0);
    into[count++] = mix(KIND.bigram, wordBefore, word);
    if (mark > 4) {
      into[count++] = mix(KIND.marked, word, mark);
    }
    const stem = stems[at] ?? 0;
    if (stem !== 0) {
      into[count++] = mix(KIND.stem, stem, 0);
    }
    const pivot = pivots[at] ?? 0;
    if (pivot !== 0) {
      into[count++] = mix(KIND.pivot, pivot, 0);
      let earlier = pivotBefore[at] ?? -1;
      if (earlier >= 0 && at - earlier <= PIVOT_PAIR_REACH)
        into[count++] = mix(KIND.pivotPair, pivots[earlier] ?? 0, pivot);
      // In either order, since languages differ in it.
      for (let found = 0; found < PIVOTS_NEAR_MAX && earlier >= 0 && at - earlier <= PIVOT_REACH; found += 1) {
        const other = pivots[earlier] ?? 0;
        into[count++] = mix(KIND.pivotNear, Math.min(pivot, other), Math.max(pivot, other));
        earlier = pivotBefore[earlier] ?? -1;
      }
    }
    const nearest = nearestAt >= 0 && at - nearestAt <= GAP_MAX ? (classes[nearestAt] ?? 0) & 0xff : 0;
    if (own === 0) {
      if (nearest !== 0) {
        into[count++] = mix(KIND.conceptWord, nearest, word);
      }
      ends[at - from] = count;
      continue;
    }
    const lastBreak = breaks[at] ?? -1;
    for (let rest = own; rest !== 0; rest >>>= 8) {
      const concept = rest & 0xff;
      into[count++] = mix(KIND.concept, concept, 0);
      if (mark > 2) {
        into[count++] = mix(KIND.markedConcept, concept, mark);
      }
      if (at > 0 && nearestAt !== at - 1) {
        into[count++] = mix(KIND.wordConcept, wordBefore, concept);
      }
      if (nearest !== 0) {
        into[count++] = mix(KIND.conceptWord, nearest | 0x100, word);
      }
      let sequence = concept;
      let last = at;
      let earlier = nearestAt;
      // The concepts before, nearest first.
      for (let found = 1; found <= PAIRS_MAX && earlier >= 0; found += 1) {
        const distance = at - earlier;
        if (distance > (found <= SEQUENCE_MAX ? SEQUENCE_REACH : PAIR_REACH)) break;
        const other = classes[earlier] ?? 0;
        if (found <= SEQUENCE_MAX) {
          const gap = last - earlier > 1 ? (last - earlier > GAP_MAX ? 2 : 1) : 0;
          const broken = lastBreak > earlier ? 1 : 0;
          sequence = Math.imul(sequence, 0x01000193) ^ ((other & 0xff) | (gap << 8) | (broken << 10));
          into[count++] = mix(KIND.concept + found, sequence, 0);
        }
        if (distance <= PAIR_REACH) {
          into[count++] = mix(KIND.near, concept, other & 0xff);
          if (other > 0xff) {
            into[count++] = mix(KIND.near, concept, other >>> 8);
          }
        }
        last = earlier;
        earlier = classedBefore[earlier] ?? -1;
      }
    }
    ends[at - from] = count;
  }
};

const oneEnd = new Int32Array(1);

/**
 * Features of one word.
 *
 * @returns how many were written
 */
export const featuresAt = (tokens: Tokens, at: number, into: Int32Array): number => {
  readFeatures(tokens, at, at + 1, into, oneEnd);
  return oneEnd[0] ?? 0;
};
