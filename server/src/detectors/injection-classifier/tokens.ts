import { FOLDED, SEPARATOR, SKIPPED } from "../instruction-evidence/fold.ts";
import { classesIn, NO_CLASS, pivotIn, type WordClasses } from "./word-classes.ts";

/** What stood between a word and the one before it, as far as it tells something. Data of the model depend on the order. */
const MARKS = [
  "space",
  "comma",
  "sentence",
  "question",
  "exclamation",
  "colon",
  "line",
  "paragraph",
  "bullet",
  "quote",
  "bracket",
  "brace",
  "angle",
  "fence",
  "rule",
  "heading",
  "emphasis",
  "equals",
  "pipe",
  "slash",
  "underscore",
  "symbol",
  "start",
] as const;
const MARK = Object.fromEntries(MARKS.map((name, index) => [name, index]));
const START = MARK["start"] ?? 0;
const LINE = MARK["line"] ?? 0;
const PARAGRAPH = MARK["paragraph"] ?? 0;
const RULE = MARK["rule"] ?? 0;
const FENCE = MARK["fence"] ?? 0;
const HEADING = MARK["heading"] ?? 0;
const EMPHASIS = MARK["emphasis"] ?? 0;

/** Of several marks in one gap the most telling stands: its rank decides. */
const RANK: Readonly<Record<(typeof MARKS)[number], number>> = {
  space: 0,
  comma: 1,
  underscore: 2,
  slash: 2,
  symbol: 3,
  equals: 4,
  pipe: 4,
  sentence: 5,
  question: 6,
  exclamation: 6,
  line: 7,
  colon: 8,
  brace: 9,
  bracket: 9,
  quote: 10,
  bullet: 10,
  emphasis: 10,
  paragraph: 11,
  angle: 12,
  heading: 13,
  fence: 14,
  rule: 14,
  start: 15,
};
const RANKS = Uint8Array.from(MARKS, (name) => RANK[name]);

const MARKED: Readonly<Partial<Record<(typeof MARKS)[number], string>>> = {
  comma: ",;、,،؛",
  sentence: ".。।…।",
  question: "??؟",
  exclamation: "!!",
  colon: "::",
  line: "\n\r\u2028\u2029",
  bullet: "•‣◦·",
  quote: '"“”„«»「」『』‘’‹›',
  bracket: "()[]()【】[]",
  brace: "{}",
  angle: "<>",
  fence: "`",
  heading: "#",
  emphasis: "*",
  equals: "=",
  pipe: "|",
  slash: "/\\",
  underscore: "_",
  symbol: "@$%&^~+",
};

const UNIT_MARK = new Uint8Array(0x10000);
for (const name of MARKS) for (const unit of MARKED[name] ?? "") UNIT_MARK[unit.charCodeAt(0)] = MARK[name] ?? 0;

const APOSTROPHE = 0x27;
const RIGHT_QUOTE = 0x2019;
const HYPHEN = 0x2d;
const SPACE = 0x20;

/** Scripts that put no spaces between words: each letter is a token, unless the lexicon knows a longer word there. */
const isDense = (folded: number): boolean =>
  (folded >= 0x3040 && folded < 0xa000) || (folded >= 0xe00 && folded < 0xe80) || (folded >= 0x1000 && folded < 0x10a0);

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;
const WORD_UNITS_MAX = 24;
const STEM_LETTERS = 5;
/** Korean writes particles to the word; two syllables mostly are the word. */
const STEM_SYLLABLES = 2;
const HANGUL_FROM = 0xac00;
const DIGIT = 0x30;

/** What a unit adds to a word: its folded value, one and the same for all digits. */
const WORD_VALUE = FOLDED.map((folded) => (folded >= DIGIT && folded < DIGIT + 10 ? DIGIT : folded));

/** Words of a text; parallel arrays that are overwritten by the next reading. */
export interface Tokens {
  count: number;
  /** Hash of the folded word; digits count as one digit. */
  hashes: Int32Array;
  /** Hash of the beginning of a longer word, so that inflected forms are known by each other; 0 for a short one. */
  stems: Int32Array;
  /** Concept classes: low byte the first plus one, next byte the second plus one; 0 when none. */
  classes: Uint16Array;
  /** The pivot word that it is a counterpart of, plus one; 0 when none is known. */
  pivots: Uint16Array;
  /** What stood before, index into {@link MARKS}. */
  marks: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
  /** The nearest earlier word that has a class; -1 when none does. */
  classedBefore: Int32Array;
  /** The nearest earlier word that has a pivot; -1 when none does. */
  pivotBefore: Int32Array;
  /** The last word, this one included, before which stood a break; -1 when none did. */
  breaks: Int32Array;
}

/** Marks from which on a gap between concepts counts as a break (a question or exclamation mark, a line and more). */
const BREAK_FROM = 6;

export const createTokens = (): Tokens => ({
  count: 0,
  hashes: new Int32Array(1024),
  stems: new Int32Array(1024),
  classes: new Uint16Array(1024),
  pivots: new Uint16Array(1024),
  marks: new Uint8Array(1024),
  starts: new Int32Array(1024),
  ends: new Int32Array(1024),
  classedBefore: new Int32Array(1024),
  pivotBefore: new Int32Array(1024),
  breaks: new Int32Array(1024),
});

const grow = (tokens: Tokens): void => {
  const size = tokens.hashes.length * 2;
  const wider = <Numbers extends Int32Array | Uint16Array | Uint8Array>(next: Numbers, from: Numbers): Numbers => {
    next.set(from);
    return next;
  };
  tokens.hashes = wider(new Int32Array(size), tokens.hashes);
  tokens.stems = wider(new Int32Array(size), tokens.stems);
  tokens.classes = wider(new Uint16Array(size), tokens.classes);
  tokens.pivots = wider(new Uint16Array(size), tokens.pivots);
  tokens.pivotBefore = wider(new Int32Array(size), tokens.pivotBefore);
  tokens.marks = wider(new Uint8Array(size), tokens.marks);
  tokens.starts = wider(new Int32Array(size), tokens.starts);
  tokens.ends = wider(new Int32Array(size), tokens.ends);
  tokens.classedBefore = wider(new Int32Array(size), tokens.classedBefore);
  tokens.breaks = wider(new Int32Array(size), tokens.breaks);
};

// Units of the text that is being read: reading them from a string costs several times as much.
let unitBytes = Buffer.alloc(8_192);
let unitsOf = new Uint16Array(unitBytes.buffer, unitBytes.byteOffset, 4_096);
/** A buffer that one huge text needed is not kept for ever. */
const UNITS_KEPT_MAX = 1 << 20;

const unitsFor = (text: string): Uint16Array => {
  if (text.length > unitsOf.length || unitsOf.length > UNITS_KEPT_MAX) {
    unitBytes = Buffer.alloc(2 * Math.max(4_096, text.length + (text.length >> 1)));
    unitsOf = new Uint16Array(unitBytes.buffer, unitBytes.byteOffset, unitBytes.length >> 1);
  }
  unitBytes.write(text, 0, "utf16le");
  return unitsOf;
};

const BULLET = MARK["bullet"] ?? 0;
const EQUALS = MARK["equals"] ?? 0;

/** One pass, linear: no start looks further than the longest word of the lexicon. */
export const readTokens = (text: string, lexicon: WordClasses, tokens: Tokens): void => {
  const { length } = text;
  const units = unitsFor(text);
  let { hashes, stems, classes, pivots, marks, starts, ends, classedBefore, pivotBefore, breaks } = tokens;
  let count = 0;
  let mark = START;
  let at = 0;
  let lastClassed = -1;
  let lastPivot = -1;
  let lastBreak = -1;
  while (at < length) {
    const unit = units[at] ?? 0;
    const folded = FOLDED[unit] ?? SEPARATOR;
    if (folded === SKIPPED) {
      at += 1;
      continue;
    }
    if (folded === SEPARATOR) {
      at += 1;
      // Most of all separators; a space outranks nothing but a space.
      if (unit === SPACE) continue;
      let next = UNIT_MARK[unit] ?? 0;
      if (unit === HYPHEN || next === FENCE || next === HEADING || next === EMPHASIS || next === EQUALS) {
        // A run of three is a rule or a fence, whatever it is made of.
        if (at + 1 < length && units[at] === unit && units[at + 1] === unit) {
          next = next === FENCE ? FENCE : next === HEADING ? HEADING : RULE;
          at += 2;
        } else if (unit === HYPHEN && (mark === LINE || mark === PARAGRAPH)) next = BULLET;
      }
      if (next === LINE && mark === LINE && unit === 0x0a) next = PARAGRAPH;
      if ((RANKS[next] ?? 0) >= (RANKS[mark] ?? 0)) mark = next;
      continue;
    }
    if (count === hashes.length) {
      grow(tokens);
      ({ hashes, stems, classes, pivots, marks, starts, ends, classedBefore, pivotBefore, breaks } = tokens);
    }
    const start = at;
    let hash = FNV_OFFSET;
    let end = at;
    let found = NO_CLASS;
    let stem = 0;
    if (isDense(folded)) {
      end = lexicon.longestAt(text, at);
      if (end > at) {
        hash = lexicon.foundHash;
        found = lexicon.foundClasses;
      } else {
        end = at + 1;
        hash = Math.imul(hash ^ folded, FNV_PRIME);
      }
      at = end;
    } else {
      let counted = 0;
      let last = 0;
      const stemUnits = folded >= HANGUL_FROM ? STEM_SYLLABLES : STEM_LETTERS;
      for (; at < length; at += 1) {
        const here = units[at] ?? 0;
        const value = WORD_VALUE[here] ?? SEPARATOR;
        if (value <= DIGIT) {
          if (value === SKIPPED) continue;
          if (value === SEPARATOR) {
            // "don't" is one word.
            if ((here === APOSTROPHE || here === RIGHT_QUOTE) && at + 1 < length) {
              const after = WORD_VALUE[units[at + 1] ?? 0] ?? SEPARATOR;
              if (after !== SEPARATOR && after !== SKIPPED) continue;
            }
            break;
          }
          if (last === DIGIT) {
            end = at + 1;
            continue;
          }
        } else if (value >= 0x3040 && isDense(value)) break;
        end = at + 1;
        last = value;
        if (counted === stemUnits) stem = hash;
        if (counted < WORD_UNITS_MAX) hash = Math.imul(hash ^ value, FNV_PRIME);
        counted += 1;
      }
      found = lexicon.classesOf(hash, text, start, end);
    }
    if (mark >= BREAK_FROM) lastBreak = count;
    hashes[count] = hash;
    stems[count] = stem;
    const pivot = pivotIn(found);
    const classed = classesIn(found);
    classes[count] = classed;
    pivots[count] = pivot;
    marks[count] = mark;
    starts[count] = start;
    ends[count] = end;
    classedBefore[count] = lastClassed;
    pivotBefore[count] = lastPivot;
    breaks[count] = lastBreak;
    if (classed !== NO_CLASS) lastClassed = count;
    if (pivot !== 0) lastPivot = count;
    count += 1;
    mark = 0;
  }
  tokens.count = count;
};
