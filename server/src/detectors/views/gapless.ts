import type { TextForm } from "../detector.ts";
import { COMMON_WORDS } from "./common-words.ts";
import { FormBuilder } from "./form-builder.ts";

const CONTEXT_UNITS = 768;
const WORDS_MIN = 4;
const WORD_UNITS_MAX = 15;
/** Nobody reads more at once; longer runs are data. */
const RUNS = /(?<![A-Za-z])[A-Za-z]{20,120}(?![A-Za-z])/g;
// Names in code are parted by their capitals, and name what they do: only letters of one case are words.
const ONE_CASE = /^[A-Z]?[a-z]+$|^[A-Z]+$/;

/** The fewest known words that make up all of the letters; undefined where they are no such words, or too few. */
const wordsOf = (letters: string): string | undefined => {
  if (!ONE_CASE.test(letters)) return undefined;
  const lower = letters.toLowerCase();
  // By the end of each beginning that is all words: how many there are, and where the last one starts.
  const counts: (number | undefined)[] = [0];
  const starts: number[] = [];
  for (let start = 0; start < lower.length; start++) {
    const count = counts[start];
    if (count === undefined) continue;
    for (let end = start + 1; end <= Math.min(lower.length, start + WORD_UNITS_MAX); end++) {
      if ((counts[end] ?? Infinity) <= count + 1 || !COMMON_WORDS.has(lower.slice(start, end))) continue;
      counts[end] = count + 1;
      starts[end] = start;
    }
  }
  if ((counts[lower.length] ?? 0) < WORDS_MIN) return undefined;
  const words: string[] = [];
  for (let end = lower.length; end > 0; end = starts[end] ?? 0) words.push(lower.slice(starts[end], end));
  return words.reverse().join(" ");
};

/**
 * `ignoreallpreviousinstructions`: known words without gaps, parted, with {@link CONTEXT_UNITS} around them. Undefined
 * when there are none.
 */
export const gaplessForm = (source: TextForm, path: string): TextForm | undefined => {
  const { text } = source;
  const builder = new FormBuilder(text);
  let written = 0;
  for (const { 0: letters, index } of text.matchAll(RUNS)) {
    const words = wordsOf(letters);
    if (words === undefined) continue;
    const from = Math.max(written, index - CONTEXT_UNITS);
    const tail = builder.length > 0 ? Math.min(from, written + CONTEXT_UNITS) : written;
    builder.copy(written, tail);
    // What is left out parts the pieces, as the end of a line does.
    if (builder.length > 0 && tail < from) builder.putUnit(0x0a, tail, from);
    builder.copy(from, index);
    written = index + letters.length;
    builder.put(words, index, written);
  }
  if (written === 0) return undefined;
  builder.copy(written, Math.min(text.length, written + CONTEXT_UNITS));
  return builder.build("joined", path, source);
};
