/**
 * Signatures of 44 bits in which few bits differ between things that are nearly the same: SimHash (Charikar 2002)
 * for texts, quantised random projections (Datar et al. 2004) for the features of a prediction, with a hash of them. Keyed by a seed, so
 * that a signature says nothing to whoever does not know it.
 */
const HALF_BITS = 22;
export const SIGNATURE_BITS = 2 * HALF_BITS;
const HALF = 2 ** HALF_BITS;
const WORDS_MAX = 160;
const WORD_UNITS_MIN = 3;
/** Width of a projection's steps, in natural-logarithm units. */
const STEP = 0.4;
/**
 * So many bits are a hash of the exact values: however little two records differ, they are not the same, as the last
 * steps of whoever halves the way to a boundary do. Half of them flip, which leaves near-duplicates near.
 */
const EXACT_BITS = 12;

/** FNV-1a with a finisher (MurmurHash3's), 32 bits; of the first `unitsMax` units. */
export const hash32 = (text: string, seed: number, unitsMax = text.length): number => {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  const end = Math.min(text.length, unitsMax);
  for (let index = 0; index < end; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash);
};

const mix = (value: number): number => {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

const ASCII = /^[\u0000-\u007f]*$/;

/** Words in lower case, at most 160. */
export const wordsOf = (text: string): readonly string[] => {
  const lower = text.toLowerCase();
  // The general classes take four times as long.
  const words = lower.match(ASCII.test(lower) ? /[a-z0-9]+/g : /[\p{L}\p{N}]+/gu) ?? [];
  return words.length > WORDS_MAX ? words.slice(0, WORDS_MAX) : words;
};

/** `isSet` is asked of bits 0 to 43. */
const pack = (isSet: (bit: number) => boolean): number => {
  let high = 0;
  let low = 0;
  for (let bit = 0; bit < HALF_BITS; bit += 1) {
    if (isSet(bit)) high |= 1 << bit;
    if (isSet(bit + HALF_BITS)) low |= 1 << bit;
  }
  return high * HALF + low;
};

// Three bits are counted at once, each in ten bits of one integer: 160 words of weight 4 fit.
const LANE_BITS = 10;
const LANE_MAX = 2 ** LANE_BITS - 1;
const LANE_GROUPS = Math.ceil(HALF_BITS / 3);
const LANES = Int32Array.from({ length: 8 }, (_, bits) =>
  [0, 1, 2].reduce((sum, bit) => sum + ((bits >>> bit) & 1) * 2 ** (LANE_BITS * bit), 0),
);

/** Signature of a text's words (see `wordsOf`), in whatever order; undefined for a text without words. */
export const textSignature = (words: readonly string[], seed: number): number | undefined => {
  if (words.length === 0) return undefined;
  // How much weight has each bit set; a bit of the signature is set when more than half has it.
  const sums = new Int32Array(2 * LANE_GROUPS);
  let whole = 0;
  for (const word of words) {
    const weight = word.length > WORD_UNITS_MIN ? 4 : 1;
    const first = hash32(word, seed);
    const second = mix(first ^ 0x9e3779b9);
    whole += weight;
    for (let group = 0; group < LANE_GROUPS; group += 1) {
      sums[group] = (sums[group] ?? 0) + (LANES[(first >>> (3 * group)) & 7] ?? 0) * weight;
      sums[group + LANE_GROUPS] =
        (sums[group + LANE_GROUPS] ?? 0) + (LANES[(second >>> (3 * group)) & 7] ?? 0) * weight;
    }
  }
  return pack((bit) => {
    const place = bit % HALF_BITS;
    const group = Math.floor(place / 3) + (bit < HALF_BITS ? 0 : LANE_GROUPS);
    return 2 * (((sums[group] ?? 0) >>> (LANE_BITS * (place % 3))) & LANE_MAX) > whole;
  });
};

const unit = (hash: number): number => hash / 2 ** 31 - 1;

/** Signature of a prediction's features: numbers near each other, and the same names, share most bits. */
export const featureSignature = (
  features: readonly (readonly [string, number | string])[],
  seed: number,
): number | undefined => {
  if (features.length === 0) return undefined;
  const sums = new Float64Array(SIGNATURE_BITS);
  let exact = seed;
  for (const [name, value] of features) {
    const place =
      typeof value === "number"
        ? Math.sign(value) * Math.log1p(Math.abs(value))
        : (hash32(value, seed) / 2 ** 32) * 16 * STEP;
    let state = hash32(name, seed);
    exact = mix(hash32(String(value), exact) + state);
    for (let bit = 0; bit < SIGNATURE_BITS; bit += 1) {
      state = mix(state + 0x9e3779b9);
      sums[bit] = (sums[bit] ?? 0) + unit(state) * place;
    }
  }
  return pack((bit) =>
    bit < EXACT_BITS
      ? ((exact >>> bit) & 1) === 1
      : Math.floor((sums[bit] ?? 0) / STEP + bit / SIGNATURE_BITS) % 2 !== 0,
  );
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
