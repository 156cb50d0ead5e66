import { FOLDED, SEPARATOR, SKIPPED } from "../instruction-evidence/fold.ts";
import { NO_CLASS, type WordClasses } from "./word-classes.ts";

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

/** Scripts that put no spaces between words: each letter is a token, unless the lexicon knows a longer word there. */
const isDense = (folded: number): boolean =>
  (folded >= 0x3040 && folded < 0xa000) || (folded >= 0xe00 && folded < 0xe80) || (folded >= 0x1000 && folded < 0x10a0);

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;
const WORD_UNITS_MAX = 24;
const DIGIT = 0x30;

/** Words of a text; parallel arrays that are overwritten by the next reading. */
export interface Tokens {
  count: number;
  /** Hash of the folded word; digits count as one digit. */
  hashes: Int32Array;
  /** Concept classes: low byte the first plus one, next byte the second plus one; 0 when none. */
  classes: Uint16Array;
  /** What stood before, index into {@link MARKS}. */
  marks: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
}

export const createTokens = (): Tokens => ({
  count: 0,
  hashes: new Int32Array(1024),
  classes: new Uint16Array(1024),
  marks: new Uint8Array(1024),
  starts: new Int32Array(1024),
  ends: new Int32Array(1024),
});

const grow = (tokens: Tokens): void => {
  const size = tokens.hashes.length * 2;
  const wider = <Numbers extends Int32Array | Uint16Array | Uint8Array>(next: Numbers, from: Numbers): Numbers => {
    next.set(from);
    return next;
  };
  tokens.hashes = wider(new Int32Array(size), tokens.hashes);
  tokens.classes = wider(new Uint16Array(size), tokens.classes);
  tokens.marks = wider(new Uint8Array(size), tokens.marks);
  tokens.starts = wider(new Int32Array(size), tokens.starts);
  tokens.ends = wider(new Int32Array(size), tokens.ends);
};

/** One pass, linear: no start looks further than the longest word of the lexicon. */
export const readTokens = (text: string, lexicon: WordClasses, tokens: Tokens): void => {
  const { length } = text;
  let count = 0;
  let mark = START;
  let at = 0;
  while (at < length) {
    const unit = text.charCodeAt(at);
    const folded = FOLDED[unit] ?? SEPARATOR;
    if (folded === SKIPPED) {
      at += 1;
      continue;
    }
    if (folded === SEPARATOR) {
      let next = UNIT_MARK[unit] ?? 0;
      if (unit === HYPHEN || next === FENCE || next === HEADING || next === EMPHASIS || next === MARK["equals"]) {
        // A run of three is a rule or a fence, whatever it is made of.
        if (text.charCodeAt(at + 1) === unit && text.charCodeAt(at + 2) === unit) {
          next = next === FENCE ? FENCE : next === HEADING ? HEADING : RULE;
          at += 2;
        } else if (unit === HYPHEN && (mark === LINE || mark === PARAGRAPH)) next = MARK["bullet"] ?? 0;
      }
      if (next === LINE && mark === LINE && unit === 0x0a) next = PARAGRAPH;
      if ((RANKS[next] ?? 0) >= (RANKS[mark] ?? 0)) mark = next;
      at += 1;
      continue;
    }
    if (count === tokens.hashes.length) grow(tokens);
    const start = at;
    let hash = FNV_OFFSET;
    let end = at;
    let classes = NO_CLASS;
    if (isDense(folded)) {
      end = lexicon.longestAt(text, at);
      if (end > at) {
        hash = lexicon.foundHash;
        classes = lexicon.foundClasses;
      } else {
        end = at + 1;
        hash = Math.imul(hash ^ folded, FNV_PRIME);
      }
      at = end;
    } else {
      let units = 0;
      let last = 0;
      for (; at < length; at += 1) {
        const here = text.charCodeAt(at);
        let value = FOLDED[here] ?? SEPARATOR;
        if (value === SKIPPED) continue;
        if (value === SEPARATOR) {
          // "don't" is one word.
          if ((here === APOSTROPHE || here === RIGHT_QUOTE) && at + 1 < length) {
            const after = FOLDED[text.charCodeAt(at + 1)] ?? SEPARATOR;
            if (after !== SEPARATOR && after !== SKIPPED) continue;
          }
          break;
        }
        if (value >= 0x3040 && isDense(value)) break;
        end = at + 1;
        if (value >= DIGIT && value < DIGIT + 10) {
          if (last === DIGIT) continue;
          value = DIGIT;
        }
        last = value;
        if (units < WORD_UNITS_MAX) hash = Math.imul(hash ^ value, FNV_PRIME);
        units += 1;
      }
      classes = lexicon.classesOf(hash, text, start, end);
    }
    tokens.hashes[count] = hash;
    tokens.classes[count] = classes;
    tokens.marks[count] = mark;
    tokens.starts[count] = start;
    tokens.ends[count] = end;
    count += 1;
    mark = 0;
  }
  tokens.count = count;
};
