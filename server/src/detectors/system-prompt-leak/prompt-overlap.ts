import { hashWords, shingles as shinglesOf } from "./word-hashes.ts";

const SHINGLE_WORDS = 5;

interface PromptIndex {
  /** Hashes of all runs of five words. */
  readonly shingles: ReadonlySet<number>;
  /** 1 at the low bits of each hash: nearly all runs of other texts are turned away here. */
  readonly bits: Uint8Array;
  readonly mask: number;
  readonly words: number;
}

/** Slots per shingle; one in this many runs that are not in the prompt is looked up in vain. */
const SLOTS_PER_SHINGLE = 16;

const cache = new WeakMap<readonly string[], readonly PromptIndex[]>();

const indexOf = (prompts: readonly string[]): readonly PromptIndex[] => {
  const known = cache.get(prompts);
  if (known !== undefined) return known;
  const indexes = prompts.map((prompt) => {
    const words = hashWords(prompt);
    const shingles = new Set(shinglesOf(words, SHINGLE_WORDS));
    let slots = 1024;
    while (slots < shingles.size * SLOTS_PER_SHINGLE) slots *= 2;
    const bits = new Uint8Array(slots);
    for (const shingle of shingles) bits[shingle & (slots - 1)] = 1;
    return { shingles, bits, mask: slots - 1, words: words.count };
  });
  cache.set(prompts, indexes);
  return indexes;
};

export interface Overlap {
  readonly start: number;
  readonly end: number;
  /** Words of the longest passage that follows the prompt. */
  readonly words: number;
  /** Part of the prompt's words that the text repeats, 0 to 1. */
  readonly share: number;
}

// Passages that differ by a word or two are still one passage.
const GAP_WORDS_MAX = 3;

/** The longest passage that a text shares with one of the prompts; `wordsMin` shortens the work for short prompts. */
export const longestOverlap = (text: string, prompts: readonly string[], wordsMin: number): Overlap | undefined => {
  const indexes = indexOf(prompts).filter(({ words }) => words >= wordsMin);
  if (indexes.length === 0) return undefined;
  const words = hashWords(text);
  if (words.count < wordsMin) return undefined;
  const runs = shinglesOf(words, SHINGLE_WORDS);
  let best: Overlap | undefined;
  for (const { shingles, bits, mask, words: promptWords } of indexes) {
    const seen = new Set<number>();
    let runStart = -1;
    let runEnd = -1; // words from runStart that belong to the passage
    for (let at = 0; at < runs.length; at++) {
      const shingle = runs[at] ?? 0;
      if (bits[shingle & mask] === 0 || !shingles.has(shingle)) continue;
      seen.add(shingle);
      if (runStart < 0 || at > runEnd + GAP_WORDS_MAX) runStart = at;
      runEnd = at + SHINGLE_WORDS;
      const length = runEnd - runStart;
      if (best === undefined || length > best.words) {
        best = { start: words.starts[runStart] ?? 0, end: words.ends[runEnd - 1] ?? 0, words: length, share: 0 };
      }
    }
    const share = shingles.size === 0 ? 0 : seen.size / shingles.size;
    if (best !== undefined && share > best.share) best = { ...best, share, words: Math.min(best.words, promptWords) };
  }
  return best;
};
