import { LOWER_UNITS } from "./views/characters.ts";

/**
 * All literals of all detectors in one pass: Aho–Corasick as a flat transition table over classes of UTF-16 units.
 *
 * Case is folded for every unit whose lower case is one unit. ASCII literals and others stand in two tables: the
 * second, with its larger alphabet, runs only over text that is not ASCII.
 */
export interface LiteralAutomaton {
  /** Calls `found(literal, start, end)` for each occurrence, in order of their ends. */
  readonly scan: (text: string, found: (literal: number, start: number, end: number) => void) => void;
}

/** `literals` must be lower case; their index is what `scan` reports. Empty ones never occur. */
export const createLiteralAutomaton = (literals: readonly string[]): LiteralAutomaton => {
  const all = literals.map((literal, id) => ({ literal, id })).filter(({ literal }) => literal !== "");
  // eslint-disable-next-line no-control-regex -- the ASCII range is meant
  const isAscii = (literal: string): boolean => /^[\u0000-\u007f]*$/.test(literal);
  const ascii = createTable(all.filter(({ literal }) => isAscii(literal)));
  const wide = createTable(all.filter(({ literal }) => !isAscii(literal)));
  return {
    scan: (text, found) => {
      const hasWide = ascii(text, found);
      if (hasWide) wide(text, found);
    },
  };
};

interface Entry {
  readonly literal: string;
  readonly id: number;
}

type Scan = (text: string, found: (literal: number, start: number, end: number) => void) => boolean;

const classesOf = (entries: readonly Entry[]): { readonly classes: Uint16Array; readonly count: number } => {
  const classes = new Uint16Array(0x10000);
  let count = 1;
  for (const { literal } of entries) {
    for (let i = 0; i < literal.length; i++) {
      const unit = literal.charCodeAt(i);
      if (classes[unit] === 0) classes[unit] = count++;
    }
  }
  // Upper case shares the class of its lower case.
  for (let unit = 0x41; unit < 0x10000; unit++) {
    if (classes[unit] === 0) classes[unit] = classes[LOWER_UNITS[unit] ?? 0] ?? 0;
  }
  return { classes, count };
};

const createTable = (entries: readonly Entry[]): Scan => {
  if (entries.length === 0) return () => true;
  const { classes, count } = classesOf(entries);
  const trie = buildTrie(entries, classes, count);
  const { next, accepting, outputs } = trie;
  const lengths = new Int32Array(entries.reduce((most, { id }) => Math.max(most, id), 0) + 1);
  for (const { literal, id } of entries) lengths[id] = literal.length;

  return (text, found) => {
    let state = 0;
    let seen = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      seen |= unit;
      state = next[state + (classes[unit] ?? 0)] ?? 0;
      if (state >= accepting) {
        for (const id of outputs[(state - accepting) / count] ?? []) found(id, i + 1 - (lengths[id] ?? 0), i + 1);
      }
    }
    return seen > 0x7f;
  };
};

interface Trie {
  /** `next[state + class]`; a state is its row's offset. */
  readonly next: Int32Array;
  /** First row of the states with outputs: they stand last, so that one comparison finds them. */
  readonly accepting: number;
  readonly outputs: readonly (readonly number[])[];
}

const buildTrie = (entries: readonly Entry[], classes: Uint16Array, count: number): Trie => {
  let size = 1;
  for (const { literal } of entries) size += literal.length;
  const goto = new Int32Array(size * count);
  const ends: number[][] = [[]];
  let states = 1;
  for (const { literal, id } of entries) {
    let state = 0;
    for (let i = 0; i < literal.length; i++) {
      const at = state * count + (classes[literal.charCodeAt(i)] ?? 0);
      if (goto[at] === 0) {
        goto[at] = states++;
        ends.push([]);
      }
      state = goto[at] ?? 0;
    }
    ends[state]?.push(id);
  }
  const order = completeTransitions(goto, ends, count, states);

  // Breadth-first order keeps the few states that most text visits close together.
  const plain = order.filter((state) => ends[state]?.length === 0);
  const matching = order.filter((state) => ends[state]?.length !== 0);
  const row = new Int32Array(states);
  [...plain, ...matching].forEach((state, index) => (row[state] = index * count));
  const next = new Int32Array(states * count);
  for (let state = 0; state < states; state++) {
    const to = row[state] ?? 0;
    for (let c = 0; c < count; c++) next[to + c] = row[goto[state * count + c] ?? 0] ?? 0;
  }
  return { next, accepting: plain.length * count, outputs: matching.map((state) => ends[state] ?? []) };
};

// Failure links become plain transitions; outputs of suffixes are joined in. Returns the states breadth first.
const completeTransitions = (goto: Int32Array, ends: number[][], count: number, states: number): number[] => {
  const failure = new Int32Array(states);
  const order = [0];
  for (let head = 0; head < order.length; head++) {
    const state = order[head] ?? 0;
    const fallback = failure[state] ?? 0;
    if (state !== 0) ends[state]?.push(...(ends[fallback] ?? []));
    for (let c = 0; c < count; c++) {
      const at = state * count + c;
      const child = goto[at] ?? 0;
      const other = state === 0 ? 0 : (goto[fallback * count + c] ?? 0);
      if (child === 0) goto[at] = other;
      else {
        failure[child] = other;
        order.push(child);
      }
    }
  }
  return order;
};
