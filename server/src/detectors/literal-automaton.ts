import { unitsOf } from "./text-units.ts";
import { LOWER_UNITS } from "./views/characters.ts";

/**
 * All literals of all detectors in one pass: Aho–Corasick as a flat transition table over classes of UTF-16 units.
 *
 * Case is folded for every unit whose lower case is one unit. ASCII literals and others stand in two tables: the
 * second, with its larger alphabet, runs only over text that is not ASCII.
 */
export interface LiteralAutomaton {
  /** Calls `found(literal, start, end)` for each occurrence, in order of their ends; `found` reads no other text. */
  readonly scan: (text: string, found: Found) => void;
  /** How many of the last units of a text begin a literal; of several the most. */
  readonly begun: (text: string) => number;
}

type Found = (literal: number, start: number, end: number) => void;

/** `literals` must be lower case; their index is what `scan` reports. Empty ones never occur. */
export const createLiteralAutomaton = (literals: readonly string[]): LiteralAutomaton => {
  const all = literals.map((literal, id) => ({ literal, id })).filter(({ literal }) => literal !== "");
  // eslint-disable-next-line no-control-regex -- the ASCII range is meant
  const isAscii = (literal: string): boolean => /^[\u0000-\u007f]*$/.test(literal);
  const ascii = createTable(all.filter(({ literal }) => isAscii(literal)));
  const wide = createTable(all.filter(({ literal }) => !isAscii(literal)));
  return {
    scan: (text, found) => {
      const units = unitsOf(text);
      const hasWide = ascii.scan(units, text.length, found);
      if (hasWide) wide.scan(units, text.length, found);
    },
    begun: (text) => Math.max(ascii.begun(text), wide.begun(text)),
  };
};

interface Entry {
  readonly literal: string;
  readonly id: number;
}

type Scan = (units: Uint16Array, length: number, found: Found) => boolean;

interface Table {
  readonly scan: Scan;
  readonly begun: LiteralAutomaton["begun"];
}

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

// Three units as 15 bits: letters keep theirs, everything else shares what is left. Only says where to look.
const GRAM = 3;
const GRAM_MASK = 0x7fff;

const bitsOf = (unit: number): number =>
  unit === 0x20 ? 0 : unit >= 0x61 && unit <= 0x7a ? unit & 31 : unit >= 0x30 && unit <= 0x39 ? 27 : 28 + (unit & 3);

const FOLDED_BITS = Uint8Array.from({ length: 0x10000 }, (_, unit) => bitsOf(LOWER_UNITS[unit] ?? unit));

/** Marks every three units by which a literal can begin; what follows a shorter literal may be anything. */
const gramsOf = (entries: readonly Entry[]): Uint8Array => {
  const grams = new Uint8Array(GRAM_MASK + 1);
  for (const { literal } of entries) {
    const known = Math.min(literal.length, GRAM);
    let key = 0;
    for (let i = 0; i < known; i++) key = (key << 5) | (FOLDED_BITS[literal.charCodeAt(i)] ?? 0);
    const open = (GRAM - known) * 5;
    grams.fill(1, key << open, (key + 1) << open);
  }
  return grams;
};

/**
 * Most of a text begins no literal, and a look at three units says so. Where one may begin, the transitions are
 * walked until so little of a literal is behind that the look at three units can go on from there.
 */
const createTable = (entries: readonly Entry[]): Table => {
  if (entries.length === 0) return { scan: () => true, begun: () => 0 };
  const { classes, count } = classesOf(entries);
  const shortest = entries.reduce((least, { literal }) => Math.min(least, literal.length), GRAM);
  const { next, rowsUpTo, depths, accepting, outputs } = buildTrie(entries, classes, count);
  // No whole literal may stand in what is looked at again: it would be reported twice.
  const shallow = rowsUpTo(shortest - 1) * count;
  const single = Math.min(shallow, rowsUpTo(1) * count);
  const grams = gramsOf(entries);
  const lengths = new Int32Array(entries.reduce((most, { id }) => Math.max(most, id), 0) + 1);
  for (const { literal, id } of entries) lengths[id] = literal.length;

  const longest = Math.max(...lengths);
  const begun = (text: string): number => {
    let state = 0;
    for (let i = Math.max(0, text.length - longest); i < text.length; i++) {
      state = next[state + (classes[text.charCodeAt(i)] ?? 0)] ?? 0;
    }
    return depths[state / count] ?? 0;
  };

  const scan: Scan = (units, length, found) => {
    seen = 0;
    for (let from = nextGram(units, 0, length, grams); from < length; from = nextGram(units, from, length, grams)) {
      let state = 0;
      let i = from;
      for (;;) {
        const unit = units[i++] ?? 0;
        seen |= unit;
        state = next[state + (classes[unit] ?? 0)] ?? 0;
        if (state >= accepting) {
          for (const id of outputs[(state - accepting) / count] ?? []) found(id, i - (lengths[id] ?? 0), i);
        } else if (state < shallow) {
          const back = state === 0 ? 0 : state < single ? 1 : 2;
          if (i - back > from) {
            i -= back;
            break;
          }
        }
        if (i >= length) break;
      }
      from = i;
    }
    return seen > 0x7f;
  };
  return { scan, begun };
};

// All units that the last look passed over, or-ed together. Module state, so that the loop below calls nothing.
let seen = 0;

/** Where the next three units stand that some literal begins with; `length` when nowhere. */
const nextGram = (units: Uint16Array, from: number, length: number, grams: Uint8Array): number => {
  let key = ((FOLDED_BITS[units[from] ?? 0] ?? 0) << 5) | (FOLDED_BITS[units[from + 1] ?? 0] ?? 0);
  let all = 0;
  let i = from;
  for (; i < length; i++) {
    const unit = units[i + 2] ?? 0;
    all |= unit;
    key = ((key << 5) | (FOLDED_BITS[unit] ?? 0)) & GRAM_MASK;
    if (grams[key] === 1) break;
  }
  seen |= all | (units[from] ?? 0) | (units[from + 1] ?? 0);
  return i;
};

interface Trie {
  /** `next[state + class]`; a state is its row's offset. */
  readonly next: Int32Array;
  /** How many of the first rows are states without output that at most `depth` units lead to. */
  readonly rowsUpTo: (depth: number) => number;
  /** How many units lead to the state of a row. */
  readonly depths: Int32Array;
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
  const { order, depths } = completeTransitions(goto, ends, count, states);

  // Breadth-first order keeps the few states that most text visits close together.
  const plain = order.filter((state) => ends[state]?.length === 0);
  const matching = order.filter((state) => ends[state]?.length !== 0);
  const row = new Int32Array(states);
  const rows = [...plain, ...matching];
  rows.forEach((state, index) => (row[state] = index * count));
  const next = new Int32Array(states * count);
  for (let state = 0; state < states; state++) {
    const to = row[state] ?? 0;
    for (let c = 0; c < count; c++) next[to + c] = row[goto[state * count + c] ?? 0] ?? 0;
  }
  return {
    next,
    rowsUpTo: (depth) => plain.filter((state) => (depths[state] ?? 0) <= depth).length,
    depths: Int32Array.from(rows, (state) => depths[state] ?? 0),
    accepting: plain.length * count,
    outputs: matching.map((state) => ends[state] ?? []),
  };
};

// Failure links become plain transitions; outputs of suffixes are joined in. Returns the states breadth first.
const completeTransitions = (
  goto: Int32Array,
  ends: number[][],
  count: number,
  states: number,
): { readonly order: readonly number[]; readonly depths: Int32Array } => {
  const depths = new Int32Array(states);
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
        depths[child] = (depths[state] ?? 0) + 1;
        order.push(child);
      }
    }
  }
  return { order, depths };
};
