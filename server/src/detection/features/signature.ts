/**
 * Signatures of 44 bits in which few bits differ between things that are nearly the same: SimHash (Charikar 2002)
 * for texts, quantised random projections (Datar et al. 2004) for the features of a prediction. Keyed by a seed, so
 * that a signature says nothing to whoever does not know it.
 */
const HALF_BITS = 22;
export const SIGNATURE_BITS = 2 * HALF_BITS;
const HALF = 2 ** HALF_BITS;
const WORDS_MAX = 256;
const WORD_UNITS_MIN = 3;
/**
 * Widths of a projection's steps, in natural-logarithm units. Most bits are coarse and tell records apart; a few are
 * fine, so that records which hardly differ are still not the same.
 */
const STEP = 0.4;
const FINE_STEP = 0.02;
const FINE_BITS = 12;

/** FNV-1a with a finisher (MurmurHash3's), 32 bits. */
export const hash32 = (text: string, seed: number): number => {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash);
};

const mix = (value: number): number => {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

export const wordsOf = (text: string): readonly string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, WORDS_MAX);

const pack = (isSet: (bit: number) => boolean): number => {
  let high = 0;
  let low = 0;
  for (let bit = 0; bit < HALF_BITS; bit += 1) {
    if (isSet(bit)) high |= 1 << bit;
    if (isSet(bit + HALF_BITS)) low |= 1 << bit;
  }
  return high * HALF + low;
};

/** Signature of a text's words and pairs of words; undefined for a text without words. */
export const textSignature = (words: readonly string[], seed: number): number | undefined => {
  if (words.length === 0) return undefined;
  const sums = new Float64Array(SIGNATURE_BITS);
  const add = (token: string, weight: number): void => {
    const first = hash32(token, seed);
    const second = mix(first ^ 0x9e3779b9);
    for (let bit = 0; bit < HALF_BITS; bit += 1) {
      sums[bit] = (sums[bit] ?? 0) + ((first >>> bit) & 1 ? weight : -weight);
      sums[bit + HALF_BITS] = (sums[bit + HALF_BITS] ?? 0) + ((second >>> bit) & 1 ? weight : -weight);
    }
  };
  for (const [position, word] of words.entries()) {
    add(word, word.length > WORD_UNITS_MIN ? 1 : 0.25);
    const next = words[position + 1];
    if (next !== undefined) add(`${word} ${next}`, 0.25);
  }
  return pack((bit) => (sums[bit] ?? 0) > 0);
};

const unit = (hash: number): number => hash / 2 ** 31 - 1;

/** Signature of a prediction's features: numbers near each other, and the same names, share most bits. */
export const featureSignature = (
  features: readonly (readonly [string, number | string])[],
  seed: number,
): number | undefined => {
  if (features.length === 0) return undefined;
  const sums = new Float64Array(SIGNATURE_BITS);
  for (const [name, value] of features) {
    const place =
      typeof value === "number"
        ? Math.sign(value) * Math.log1p(Math.abs(value))
        : (hash32(value, seed) / 2 ** 32) * 16 * STEP;
    let state = hash32(name, seed);
    for (let bit = 0; bit < SIGNATURE_BITS; bit += 1) {
      state = mix(state + 0x9e3779b9);
      sums[bit] = (sums[bit] ?? 0) + unit(state) * place;
    }
  }
  return pack((bit) => {
    const step = bit < FINE_BITS ? FINE_STEP : STEP;
    return Math.floor((sums[bit] ?? 0) / step + bit / SIGNATURE_BITS) % 2 !== 0;
  });
};

/** What became of the prompt or prediction behind a signature. */
export interface Sample {
  readonly signature: number;
  /** 0 to 15: see `OUTCOMES`; predictions' labels take the rest. */
  readonly outcome: number;
  /** Confidence that was answered, in tenths; undefined when none was. */
  readonly confidence?: number | undefined;
}

export const OUTCOMES = { allowed: 0, stopped: 1, refused: 2, firstLabel: 3 } as const;
const NO_CONFIDENCE = 15;

/** A sample as one integer below 2^52: 44 bits of signature, 4 of outcome, 4 of confidence. */
export const packSample = ({ signature, outcome, confidence }: Sample): number =>
  signature * 256 +
  (outcome & 15) * 16 +
  (confidence === undefined ? NO_CONFIDENCE : Math.min(10, Math.max(0, Math.round(confidence))));

export const unpackSample = (packed: number): Sample => {
  const rest = packed % 256;
  const confidence = rest % 16;
  return {
    signature: Math.floor(packed / 256),
    outcome: Math.floor(rest / 16),
    ...(confidence !== NO_CONFIDENCE && { confidence }),
  };
};

const ones = (value: number): number => {
  let rest = value - ((value >>> 1) & 0x55555555);
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return (((rest + (rest >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
};

/** How many bits of two signatures differ. */
export const differingBits = (left: number, right: number): number =>
  ones(Math.floor(left / HALF) ^ Math.floor(right / HALF)) + ones((left % HALF) ^ (right % HALF));
