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
  readonly singles: readonly (readonly number[])[];
  /** By first * count + second. */
  readonly pairs: ReadonlyMap<number, readonly number[]>;
}

const COUNT = CONCEPTS.length;
const FARTHEST = 24;

const compile = (rules: readonly Rule[]): Compiled => {
  const singles: number[][] = CONCEPTS.map(() => []);
  const pairs = new Map<number, number[]>();
  rules.forEach((rule, index) => {
    const first = conceptNumber(rule.first);
    if (rule.second === undefined) singles[first]?.push(index);
    else {
      const key = first * COUNT + conceptNumber(rule.second);
      pairs.set(key, [...(pairs.get(key) ?? []), index]);
    }
  });
  return { rules, singles, pairs };
};

/** One occurrence of a rule: which, where, and whether the two stood the other way round. */
interface Occurrence {
  readonly rule: number;
  readonly isReversed: boolean;
  readonly token: number;
  readonly start: number;
  readonly end: number;
  readonly gapStart: number;
  readonly gapEnd: number;
}

const occurrences = ({ singles, pairs, rules }: Compiled, hits: ConceptHits): Occurrence[] => {
  const found: Occurrence[] = [];
  const { concepts, tokens, starts, ends, verbLast } = hits;
  for (let at = 0; at < concepts.length; at += 1) {
    const concept = concepts[at] ?? 0;
    const token = tokens[at] ?? 0;
    const start = starts[at] ?? 0;
    const end = ends[at] ?? 0;
    for (const rule of singles[concept] ?? [])
      found.push({ rule, isReversed: false, token, start, end, gapStart: end, gapEnd: end });
    for (let before = at - 1; before >= 0 && at - before <= LOOK_BACK; before -= 1) {
      const distance = token - (tokens[before] ?? 0);
      if (distance > FARTHEST) break;
      const other = concepts[before] ?? 0;
      // Two readings of the same words are no pair.
      if ((ends[before] ?? 0) >= end || (starts[before] ?? 0) === start) continue;
      const gapStart = ends[before] ?? 0;
      const span = {
        token,
        start: starts[before] ?? 0,
        end: Math.max(end, gapStart),
        gapStart,
        gapEnd: Math.max(start, gapStart),
      };
      for (const rule of pairs.get(other * COUNT + concept) ?? [])
        if (distance <= (rules[rule]?.within ?? 0)) found.push({ rule, isReversed: false, ...span });
      for (const rule of pairs.get(concept * COUNT + other) ?? []) {
        const { within, isOrdered } = rules[rule] ?? { within: -1, isOrdered: false };
        if (distance > within) continue;
        const isReversed = isOrdered && verbLast[at] !== true;
        found.push({ rule, isReversed, ...span });
      }
    }
  }
  return found;
};

/** A sliding sum in which each rule counts once, with its stronger order. */
const slidingSum = (compiled: Compiled, items: readonly Occurrence[], channel: Channel) => {
  const straight = new Int32Array(compiled.rules.length);
  const reversed = new Int32Array(compiled.rules.length);
  let sum = 0;
  let from = 0;
  let to = 0;
  const worth = (rule: number): number => {
    const weight = compiled.rules[rule]?.weights[channel] ?? 0;
    return (straight[rule] ?? 0) > 0 ? weight : (reversed[rule] ?? 0) > 0 ? weight * REVERSED_SHARE : 0;
  };
  const change = ({ rule, isReversed }: Occurrence, by: number): void => {
    sum -= worth(rule);
    const counts = isReversed ? reversed : straight;
    counts[rule] = (counts[rule] ?? 0) + by;
    sum += worth(rule);
  };
  return {
    /** Moves the window to the words from `first` to `last`; both only ever grow. */
    moveTo: (first: number, last: number): number => {
      for (let item = items[to]; item !== undefined && item.token <= last; item = items[to]) {
        change(item, 1);
        to += 1;
      }
      for (let item = items[from]; from < to && item !== undefined && item.token < first; item = items[from]) {
        change(item, -1);
        from += 1;
      }
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
  readonly counters: readonly Occurrence[];
}

let lastReading: Reading | undefined;

// Both detectors look at the same form one after the other, so one remembered reading spares the second pass.
const read = (text: string): Reading => {
  if (lastReading?.text === text) return lastReading;
  const hits = readConcepts(text);
  lastReading = { text, hits, counters: hits.concepts.length === 0 ? [] : occurrences(counter, hits) };
  return lastReading;
};

export const createScore = (rules: readonly Rule[]): ScoreForm => {
  const compiled = compile(rules);
  return (text, channel) => {
    const { hits, counters } = read(text);
    const items = occurrences(compiled, hits);
    if (items.length === 0) return undefined;
    const most = items.reduce((total, { rule }) => total + (compiled.rules[rule]?.weights[channel] ?? 0), 0);
    // Too little in the whole text, whatever the window.
    if (most < SUM_MIN) return undefined;
    const width = WINDOW_TOKENS[channel];
    const positive = slidingSum(compiled, items, channel);
    const negative = slidingSum(counter, counters, channel);
    let best = 0;
    let bestLast = -1;
    for (const { token } of items) {
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
      collect(compiled, items, channel, bestLast - width + 1, bestLast),
      collect(counter, counters, channel, bestLast - width + 1 - AROUND_TOKENS, bestLast + AROUND_TOKENS),
    );
  };
};

/** Evidence of the words from `first` to `last`, each rule once. */
const collect = (
  compiled: Compiled,
  items: readonly Occurrence[],
  channel: Channel,
  first: number,
  last: number,
): Evidence[] => {
  const byRule = new Map<number, Evidence>();
  for (const item of items) {
    if (item.token < first || item.token > last) continue;
    const rule = compiled.rules[item.rule];
    if (rule === undefined) continue;
    const weight = rule.weights[channel] * (item.isReversed ? REVERSED_SHARE : 1);
    const held = byRule.get(item.rule);
    if (weight === 0 || (held !== undefined && Math.abs(held.weight) >= Math.abs(weight))) continue;
    const { start, end, gapStart, gapEnd } = item;
    byRule.set(item.rule, { rule, weight, start, end, gapStart, gapEnd });
  }
  return [...byRule.values()];
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
