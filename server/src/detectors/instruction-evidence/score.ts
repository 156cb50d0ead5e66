import type { Provenance } from "@parapet/model";
import { CONCEPTS, conceptNumber } from "./concepts.ts";
import { type ConceptHits, readConcepts } from "./read-concepts.ts";
import type { Rule } from "./rule.ts";
import { COUNTER_RULES } from "./rules-counter.ts";

/** Whose words they are: the user's, or those of a third party that the model reads. */
export type Channel = "user" | "outside";

export const channelOf = (provenance: Provenance): Channel =>
  provenance === "user" || provenance === "system" || provenance === "developer" ? "user" : "outside";

/** Evidence found once. */
export interface Evidence {
  readonly rule: Rule;
  readonly weight: number;
  /** UTF-16 units in the form. */
  readonly start: number;
  readonly end: number;
  /** Between its two parts; what stands there is not evidence and may be anything, a secret included. */
  readonly gapStart: number;
  readonly gapEnd: number;
}

/** The strongest window of a text. */
export interface Passage {
  /** Log-odds before calibration: evidence and counter-evidence together. */
  readonly sum: number;
  readonly start: number;
  readonly end: number;
  readonly evidence: readonly Evidence[];
}

const WINDOW_TOKENS: Readonly<Record<Channel, number>> = { user: 64, outside: 32 };
/** Counter-evidence counts this many words around the window. */
const AROUND_TOKENS = 24;
/** Stuffing a text with harmless words cannot take more than this away. */
const COUNTER_MAX = 3.5;
const QUOTED = -1.1;
/** A quotation in a text that speaks about attacks or gives examples. */
const QUOTED_AS_EXAMPLE = -1.5;
/** A quotation that is an argument or an element in code. */
const QUOTED_IN_CODE = -1.3;
const REVERSED_SHARE = 0.4;
/** Sums below this are noise and are not told apart from nothing. */
const SUM_MIN = 0.25;
/** How many earlier hits a hit is paired with: bounds the work where every word is a hit. */
const LOOK_BACK = 16;

interface Compiled {
  readonly rules: readonly Rule[];
  /** What of a rule counts at its channel, by rule; the loops read nothing else of it. */
  readonly weights: Readonly<Record<Channel, Float64Array>>;
  readonly within: Int32Array;
  readonly singles: readonly (readonly number[])[];
  /**
   * By earlier concept * COUNT + later concept, rules for the two in this order and, as `~rule`, the other way round.
   * Undefined for nearly all.
   */
  readonly pairs: readonly (readonly number[] | undefined)[];
}

const COUNT = CONCEPTS.length;
const FARTHEST = 24;

const compile = (rules: readonly Rule[]): Compiled => {
  const singles: number[][] = CONCEPTS.map(() => []);
  const pairs: (number[] | undefined)[] = Array.from({ length: COUNT * COUNT }, () => undefined);
  const addPair = (key: number, rule: number): void => {
    (pairs[key] ??= []).push(rule);
  };
  rules.forEach((rule, index) => {
    const first = conceptNumber(rule.first);
    if (rule.second === undefined) singles[first]?.push(index);
    else addPair(first * COUNT + conceptNumber(rule.second), index);
  });
  // Straight ones first: evidence of equal weight is told by the one that was found first.
  rules.forEach((rule, index) => {
    if (rule.second !== undefined) addPair(conceptNumber(rule.second) * COUNT + conceptNumber(rule.first), ~index);
  });
  const weightsOf = (channel: Channel): Float64Array => Float64Array.from(rules, ({ weights }) => weights[channel]);
  return {
    rules,
    weights: { user: weightsOf("user"), outside: weightsOf("outside") },
    within: Int32Array.from(rules, ({ within }) => within),
    singles,
    pairs,
  };
};

/** Occurrences of rules in order of their later words; parallel arrays, of which the first `count` hold. */
interface Occurrences {
  readonly count: number;
  readonly rules: Int32Array;
  /** 1 where the two stood the other way round. */
  readonly reversed: Uint8Array;
  readonly tokens: Int32Array;
  /** Indexes of the hits; equal for a rule of one concept. */
  readonly before: Int32Array;
  readonly at: Int32Array;
}

const NO_OCCURRENCES: Occurrences = {
  count: 0,
  rules: new Int32Array(0),
  reversed: new Uint8Array(0),
  tokens: new Int32Array(0),
  before: new Int32Array(0),
  at: new Int32Array(0),
};

const occurrences = ({ singles, pairs, rules, within }: Compiled, hits: ConceptHits): Occurrences => {
  const found: number[] = [];
  const { concepts, tokens, starts, ends, verbLast } = hits;
  for (let at = 0; at < concepts.length; at += 1) {
    const concept = concepts[at] ?? 0;
    const token = tokens[at] ?? 0;
    const start = starts[at] ?? 0;
    const end = ends[at] ?? 0;
    for (const rule of singles[concept] ?? NO_RULES) found.push(rule, 0, at, at);
    for (let before = at - 1; before >= 0 && at - before <= LOOK_BACK; before -= 1) {
      const distance = token - (tokens[before] ?? 0);
      if (distance > FARTHEST) break;
      const pair = pairs[(concepts[before] ?? 0) * COUNT + concept];
      // Two readings of the same words are no pair.
      if (pair === undefined || (ends[before] ?? 0) >= end || (starts[before] ?? 0) === start) continue;
      for (const code of pair) {
        const rule = code < 0 ? ~code : code;
        if (distance > (within[rule] ?? 0)) continue;
        const isReversed = code < 0 && rules[rule]?.isOrdered === true && verbLast[at] !== true;
        found.push(rule, isReversed ? 1 : 0, before, at);
      }
    }
  }
  const count = found.length / FIELDS;
  if (count === 0) return NO_OCCURRENCES;
  const made = {
    count,
    rules: new Int32Array(count),
    reversed: new Uint8Array(count),
    tokens: new Int32Array(count),
    before: new Int32Array(count),
    at: new Int32Array(count),
  };
  for (let item = 0; item < count; item += 1) {
    const from = item * FIELDS;
    const at = found[from + 3] ?? 0;
    made.rules[item] = found[from] ?? 0;
    made.reversed[item] = found[from + 1] ?? 0;
    made.before[item] = found[from + 2] ?? 0;
    made.at[item] = at;
    made.tokens[item] = tokens[at] ?? 0;
  }
  return made;
};

const NO_RULES: readonly number[] = [];
const FIELDS = 4;

/** A sliding sum in which each rule counts once, with its stronger order. */
const slidingSum = ({ weights, rules }: Compiled, items: Occurrences, channel: Channel) => {
  const weightOf = weights[channel];
  const straight = new Int32Array(rules.length);
  const reversed = new Int32Array(rules.length);
  let sum = 0;
  let from = 0;
  let to = 0;
  const change = (item: number, by: number): void => {
    const rule = items.rules[item] ?? 0;
    const weight = weightOf[rule] ?? 0;
    const isReversed = items.reversed[item] === 1;
    const counts = isReversed ? reversed : straight;
    const other = ((isReversed ? straight : reversed)[rule] ?? 0) > 0;
    const before = counts[rule] ?? 0;
    counts[rule] = before + by;
    // Only the first to come and the last to go change what the rule is worth.
    if (before + by > 0 === before > 0) return;
    const gained = isReversed ? (other ? 0 : weight * REVERSED_SHARE) : weight - (other ? weight * REVERSED_SHARE : 0);
    sum += by > 0 ? gained : -gained;
  };
  return {
    /** Moves the window to the words from `first` to `last`; both only ever grow. */
    moveTo: (first: number, last: number): number => {
      for (; to < items.count && (items.tokens[to] ?? 0) <= last; to += 1) change(to, 1);
      for (; from < to && (items.tokens[from] ?? 0) < first; from += 1) change(from, -1);
      return sum;
    },
  };
};

const counter = compile(COUNTER_RULES);

const QUOTES = "\u0022\u0027\u0060\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u300c\u300d\u300e\u300f";
const QUOTE_REACH = 60;

/** What quotation marks on both sides of the passage take away. */
const quotation = (text: string, start: number, end: number, isFramed: boolean): number => {
  const before = text.slice(Math.max(0, start - QUOTE_REACH), start);
  const after = text.slice(end, end + QUOTE_REACH);
  let opens = before.length - 1;
  while (opens >= 0 && !QUOTES.includes(before.charAt(opens))) opens -= 1;
  let closes = 0;
  while (closes < after.length && !QUOTES.includes(after.charAt(closes))) closes += 1;
  if (opens < 0 || closes === after.length) return 0;
  // An apostrophe is no quotation mark, and a quotation does not run over lines.
  const isMark = (part: string, at: number): boolean =>
    !/\p{L}/u.test(part.charAt(at - 1)) || !/\p{L}/u.test(part.charAt(at + 1));
  if (!isMark(before, opens) || !isMark(after, closes)) return 0;
  if (before.slice(opens).includes("\n") || after.slice(0, closes).includes("\n")) return 0;
  const isInCode = ",)];".includes(after.charAt(closes + 1) || " ") && "([=,".includes(before.charAt(opens - 1) || " ");
  return QUOTED + (isFramed ? QUOTED_AS_EXAMPLE : 0) + (isInCode ? QUOTED_IN_CODE : 0);
};

const FRAMES: ReadonlySet<string> = new Set(["aboutAttacks", "exampleFrame"]);

/** The strongest passage for one set of rules; undefined when nothing speaks for an attack. */
export type ScoreForm = (text: string, channel: Channel) => Passage | undefined;

interface Reading {
  readonly text: string;
  readonly hits: ConceptHits;
  readonly counters: Occurrences;
}

const READINGS_MAX = 8;
/** A longer text is remembered alone. */
const REMEMBERED_UNITS_MAX = 65_536;
let readings: readonly Reading[] = [];

// Both detectors look at the same forms one after the other, so a few remembered readings spare the second pass.
const read = (text: string): Reading => {
  const known = readings.find((reading) => reading.text === text);
  if (known !== undefined) return known;
  const hits = readConcepts(text);
  const made = { text, hits, counters: hits.concepts.length === 0 ? NO_OCCURRENCES : occurrences(counter, hits) };
  readings = text.length > REMEMBERED_UNITS_MAX ? [made] : [made, ...readings.slice(0, READINGS_MAX - 1)];
  return made;
};

export const createScore = (rules: readonly Rule[]): ScoreForm => {
  const compiled = compile(rules);
  return (text, channel) => {
    const { hits, counters } = read(text);
    const items = occurrences(compiled, hits);
    if (items.count === 0) return undefined;
    const weightOf = compiled.weights[channel];
    let most = 0;
    for (let item = 0; item < items.count; item += 1) most += weightOf[items.rules[item] ?? 0] ?? 0;
    // Too little in the whole text, whatever the window.
    if (most < SUM_MIN) return undefined;
    const width = WINDOW_TOKENS[channel];
    const positive = slidingSum(compiled, items, channel);
    const negative = slidingSum(counter, counters, channel);
    let best = 0;
    let bestLast = -1;
    let token = -1;
    for (let item = 0; item < items.count; item += 1) {
      if (items.tokens[item] === token) continue;
      token = items.tokens[item] ?? 0;
      const raw = positive.moveTo(token - width + 1, token);
      const against = negative.moveTo(token - width + 1 - AROUND_TOKENS, token + AROUND_TOKENS);
      const sum = raw + Math.max(-COUNTER_MAX, against);
      if (sum > best) {
        best = sum;
        bestLast = token;
      }
    }
    if (bestLast < 0) return undefined;
    return passage(
      text,
      best,
      collect(compiled, items, hits, channel, bestLast - width + 1, bestLast),
      collect(counter, counters, hits, channel, bestLast - width + 1 - AROUND_TOKENS, bestLast + AROUND_TOKENS),
    );
  };
};

/** Evidence of the words from `first` to `last`, each rule once. */
const collect = (
  compiled: Compiled,
  items: Occurrences,
  hits: ConceptHits,
  channel: Channel,
  first: number,
  last: number,
): Evidence[] => {
  const byRule = new Map<number, Evidence>();
  for (let item = 0; item < items.count; item += 1) {
    const token = items.tokens[item] ?? 0;
    if (token < first) continue;
    if (token > last) break;
    const number = items.rules[item] ?? 0;
    const rule = compiled.rules[number];
    if (rule === undefined) continue;
    const weight = rule.weights[channel] * (items.reversed[item] === 1 ? REVERSED_SHARE : 1);
    const held = byRule.get(number);
    if (weight === 0 || (held !== undefined && Math.abs(held.weight) >= Math.abs(weight))) continue;
    byRule.set(number, { rule, weight, ...spanOf(hits, items.before[item] ?? 0, items.at[item] ?? 0) });
  }
  return [...byRule.values()];
};

const spanOf = ({ starts, ends }: ConceptHits, before: number, at: number) => {
  const start = starts[at] ?? 0;
  const end = ends[at] ?? 0;
  const gapStart = ends[before] ?? 0;
  return {
    start: starts[before] ?? 0,
    end: Math.max(end, gapStart),
    gapStart,
    gapEnd: before === at ? end : Math.max(start, gapStart),
  };
};

const SPAN_WEIGHT_MIN = 0.7;

const passage = (text: string, sum: number, found: readonly Evidence[], against: readonly Evidence[]): Passage => {
  const strongest = Math.max(...found.map(({ weight }) => weight));
  const carrying = found.filter(({ weight }) => weight >= Math.min(SPAN_WEIGHT_MIN, strongest));
  const start = Math.min(...carrying.map((one) => one.start));
  const end = Math.max(...carrying.map((one) => one.end));
  return {
    sum:
      sum +
      quotation(
        text,
        start,
        end,
        against.some(({ rule }) => FRAMES.has(rule.first)),
      ),
    start,
    end,
    evidence: [...found, ...against].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
  };
};
