import { FEATURES_MAX, featuresAt } from "../server/src/detectors/injection-classifier/features.ts";
import type { Words } from "../server/src/detectors/injection-classifier/network.ts";
import { createTokens, readTokens } from "../server/src/detectors/injection-classifier/tokens.ts";
import type { WordClasses } from "../server/src/detectors/injection-classifier/word-classes.ts";
import type { Row } from "./rows.ts";

export const FEATURE_BITS = 20;
const MASK = (1 << FEATURE_BITS) - 1;
/** Longer texts are cut: what stands at their end is learnt from shorter ones. */
export const TOKENS_MAX = 1200;

/** A row as the trainer reads it: features of each token, one after the other. */
export interface Encoded {
  readonly row: Row;
  readonly tokens: number;
  /** The tokens themselves, as a network reads them. */
  readonly words: Words;
  readonly features: Int32Array;
  /** Where the features of each token begin; one entry more than tokens. */
  readonly offsets: Int32Array;
  /** First and last token of the known injection; the whole text when none is known. */
  readonly from: number;
  readonly to: number;
}

const buffer = new Int32Array(FEATURES_MAX);
const tokens = createTokens();

export const encode = (row: Row, lexicon: WordClasses): Encoded => {
  readTokens(row.text, lexicon, tokens);
  const spanStart = row.span === undefined ? -1 : row.text.indexOf(row.span);
  const spanEnd = spanStart < 0 ? -1 : spanStart + (row.span?.length ?? 0);
  let from = 0;
  let to = tokens.count;
  if (spanStart >= 0) {
    while (from < tokens.count && (tokens.ends[from] ?? 0) <= spanStart) from += 1;
    to = from;
    while (to < tokens.count && (tokens.starts[to] ?? 0) < spanEnd) to += 1;
  }
  // A long text is read around its injection.
  const first = to > TOKENS_MAX ? Math.max(0, Math.min(from - 100, tokens.count - TOKENS_MAX)) : 0;
  const count = Math.min(tokens.count, first + TOKENS_MAX) - first;
  const features: number[] = [];
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i += 1) {
    const written = featuresAt(tokens, first + i, buffer);
    for (let k = 0; k < written; k += 1) features.push((buffer[k] ?? 0) & MASK);
    offsets[i + 1] = features.length;
  }
  const last = first + count;
  return {
    row,
    tokens: count,
    words: {
      hashes: tokens.hashes.slice(first, last),
      stems: tokens.stems.slice(first, last),
      pivots: tokens.pivots.slice(first, last),
      classes: tokens.classes.slice(first, last),
      marks: tokens.marks.slice(first, last),
    },
    features: Int32Array.from(features),
    offsets,
    from: Math.max(0, from - first),
    to: Math.min(count, to - first),
  };
};
