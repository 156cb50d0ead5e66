import { numberCell, nameCell } from "./cells.ts";
import { guessLanguage } from "./language.ts";
import { hash32, textSignature, wordsOf } from "./signature.ts";
import { isRefusal, toneOf } from "./tone.ts";

/** The rest of a long text says little more about its language and topic. */
const SEEN_UNITS_MAX = 1_024;
const TOPIC_BITS = 5;
const TOPIC_WORD_UNITS_MIN = 5;

/** One of 32 clusters that texts about the same things tend to share: signs of sums over hashed content words. */
const topicOf = (words: readonly string[], seed: number): string => {
  const sums = new Float64Array(TOPIC_BITS);
  for (const word of words) {
    if (word.length < TOPIC_WORD_UNITS_MIN) continue;
    // Endings differ where the topic does not.
    const hash = hash32(word, seed ^ 0x5bd1e995, TOPIC_WORD_UNITS_MIN + 1);
    for (let bit = 0; bit < TOPIC_BITS; bit += 1) sums[bit] = (sums[bit] ?? 0) + ((hash >>> bit) & 1 ? 1 : -1);
  }
  return String(sums.reduce((topic, sum, bit) => topic + (sum > 0 ? 2 ** bit : 0), 0));
};

export interface TextFeatures {
  readonly cells: readonly string[];
  readonly signature: number | undefined;
  readonly refusal: boolean;
}

/** `length` is of the whole text, UTF-16 units. */
export const inputFeatures = (text: string, length: number, seed: number): TextFeatures => {
  const seen = text.slice(0, SEEN_UNITS_MAX);
  const words = wordsOf(seen);
  return {
    cells: [
      numberCell("input.length", length),
      nameCell("input.language", guessLanguage(seen, words)),
      nameCell("input.topic", topicOf(words, seed)),
    ],
    signature: textSignature(words, seed),
    refusal: false,
  };
};

export const outputFeatures = (text: string, length: number, seed: number): TextFeatures => {
  const seen = text.slice(0, SEEN_UNITS_MAX);
  const words = wordsOf(seen);
  const refusal = isRefusal(seen);
  return {
    cells: [
      numberCell("output.length", length),
      nameCell("output.language", guessLanguage(seen, words)),
      nameCell("output.topic", topicOf(words, seed)),
      nameCell("output.refusal", refusal ? "yes" : "no"),
      numberCell("output.tone", toneOf(words)),
    ],
    signature: undefined,
    refusal,
  };
};
