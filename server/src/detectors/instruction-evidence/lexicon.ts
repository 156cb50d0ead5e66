import { CONCEPTS } from "./concepts.ts";
import { FOLDED, SEPARATOR, SKIPPED, startsAnywhere } from "./fold.ts";
import type { Words } from "./words.ts";

const SPACE = 0x20;
const SEPARATORS_MAX = 4;
/** Sized so that the table stays under half full; `build` refuses more. */
const SLOTS = 1 << 17;
const NODES_MAX = 1 << 16;

// Languages whose verb stands last, so that what is overridden comes before the verb.
const VERB_LAST = new Set(["tr", "hi", "bn", "ur", "fa", "ja", "ko", "de", "nl"]);

/** A trie in one open-addressing table: `keys` holds node and unit (0 when free), `targets` the next node. */
const keys = new Int32Array(SLOTS);
const targets = new Uint16Array(SLOTS);
/** First step, from the start of a word. */
const roots = new Uint16Array(0x10000);
/** Bit 0: a word may end here; bit 1: a stem, the word may go on. */
const ends = new Uint8Array(NODES_MAX);
const conceptOf: number[][] = [];
const verbLast = new Uint8Array(NODES_MAX);
let nodes = 1;
/** Four-letter beginnings that some entry has, hashed, one bit each: most words of a text are turned away here. */
const beginnings = new Uint32Array(1 << 11);
const BEGINNING = 4;

const isLatin = (unit: number): boolean => unit >= 0x61 && unit <= 0x7a;

const beginningHash = (a: number, b: number, c: number, d: number): number =>
  Math.imul((a << 24) | (b << 16) | (c << 8) | d, 0x9e3779b1) >>> 16;

/** What a unit is to a beginning: its letter, `SPACE` for what parts words, 0 for what takes the longer way. */
const BEGINNING_UNITS = Uint8Array.from({ length: 0x10000 }, (_, unit) => {
  const folded = unit < 0x80 ? (FOLDED[unit] ?? SEPARATOR) : SKIPPED;
  return folded === SEPARATOR ? SPACE : isLatin(folded) ? folded : 0;
});

/**
 * Enters every beginning that could lead to this entry: up to four letters, of which the end of a word cuts off the
 * rest. Letters that a short stem leaves open are all entered.
 */
const addBeginning = (folded: readonly number[], isStem: boolean): void => {
  const [a = 0, b = 0, c = 0, d = 0] = folded;
  const isWhole = folded.length >= BEGINNING || folded.includes(SPACE);
  if (isWhole) {
    const cut = folded.indexOf(SPACE);
    const known = cut < 0 ? BEGINNING : cut + 1;
    const hash = beginningHash(a, known > 1 ? b : 0, known > 2 ? c : 0, known > 3 ? d : 0);
    beginnings[hash >>> 5] = (beginnings[hash >>> 5] ?? 0) | (1 << (hash & 31));
    return;
  }
  addBeginning([...folded, SPACE], isStem);
  if (isStem) for (let letter = 0x61; letter <= 0x7a; letter += 1) addBeginning([...folded, letter], isStem);
};

const slotOf = (node: number, unit: number): number => {
  const key = (node << 16) | unit;
  let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)) >>> 15;
  for (;;) {
    const held = keys[slot];
    if (held === key || held === 0) return slot;
    slot = (slot + 1) & (SLOTS - 1);
  }
};

const step = (node: number, unit: number): number => targets[slotOf(node, unit)] ?? 0;

const grow = (node: number, unit: number): number => {
  const known = node === 0 ? (roots[unit] ?? 0) : step(node, unit);
  if (known !== 0) return known;
  if (nodes >= NODES_MAX - 1) throw new Error("the lexicon is larger than its table");
  const added = nodes;
  nodes += 1;
  if (node === 0) roots[unit] = added;
  else {
    const slot = slotOf(node, unit);
    keys[slot] = (node << 16) | unit;
    targets[slot] = added;
  }
  return added;
};

const add = (entry: string, concept: number, isVerbLast: boolean): void => {
  const stem = entry.endsWith("*");
  const folded: number[] = [];
  for (const letter of stem ? entry.slice(0, -1) : entry) {
    const unit = FOLDED[letter.charCodeAt(0)] ?? SEPARATOR;
    if (unit === SKIPPED) continue;
    if (unit !== SEPARATOR && unit !== SKIPPED) folded.push(unit);
    else if (folded.length > 0 && folded.at(-1) !== SPACE) folded.push(SPACE);
  }
  while (folded.at(-1) === SPACE) folded.pop();
  let node = 0;
  for (const unit of folded) node = grow(node, unit);
  if (node === 0) return;
  if (isLatin(folded[0] ?? 0)) addBeginning(folded, stem);
  const anywhere = startsAnywhere(folded[0] ?? 0);
  ends[node] = (ends[node] ?? 0) | (stem || anywhere ? 3 : 1);
  const held = (conceptOf[node] ??= []);
  if (!held.includes(concept)) held.push(concept);
  // Bit 0: some language with the verb last has it; bit 1: some other language.
  verbLast[node] = (verbLast[node] ?? 0) | (isVerbLast ? 1 : 2);
};

const addWords = (words: Words, concept: number): void => {
  for (const [language, entries] of Object.entries(words))
    for (const entry of entries.split("|")) add(entry.trim(), concept, VERB_LAST.has(language));
};

CONCEPTS.forEach(({ words }, concept) => {
  if (words !== undefined) addWords(words, concept);
});

/** How many entries' letters the table holds; for the test that keeps it from filling up. */
export const lexiconNodes = (): number => nodes;

const NONE: readonly number[] = [];
/** Concepts that the entry ending in `node` stands for. */
export const conceptsAt = (node: number): readonly number[] => conceptOf[node] ?? NONE;
/** Whether that entry is only of languages in which the verb comes last. */
export const isVerbLastAt = (node: number): boolean => verbLast[node] === 1;

/** Where the longest entry found by the last `longestEntry` ends. Module state: the walk allocates nothing. */
export let entryEnd = 0;

/** Whether no entry begins as the word at `start` does: by its first four letters, or fewer when it ends before. */
const isTurnedAway = (units: Uint16Array, start: number, first: number): boolean => {
  const b = BEGINNING_UNITS[units[start + 1] ?? 0] ?? 0;
  const c = b === SPACE ? 0 : (BEGINNING_UNITS[units[start + 2] ?? 0] ?? 0);
  const d = b === SPACE || c === SPACE ? 0 : (BEGINNING_UNITS[units[start + 3] ?? 0] ?? 0);
  // Anything but plain letters takes the longer way.
  const isPlain = b === SPACE || (b !== 0 && (c === SPACE || (c !== 0 && d !== 0)));
  if (!isPlain || !isLatin(first)) return false;
  const hash = beginningHash(first, b, c, d);
  return (((beginnings[hash >>> 5] ?? 0) >>> (hash & 31)) & 1) === 0;
};

/**
 * The longest entry that begins at `start`: its node, or 0. Reads at most the longest entry's length.
 *
 * @param units as `unitsOf` makes them, zeros behind the end
 * @param first the folded unit at `start`
 */
export const longestEntry = (units: Uint16Array, length: number, start: number, first: number): number => {
  if (isTurnedAway(units, start, first)) return 0;
  let node = roots[first] ?? 0;
  if (node === 0) return 0;
  let found = 0;
  let at = start + 1;
  if (((ends[node] ?? 0) & 2) !== 0) {
    found = node;
    entryEnd = at;
  }
  for (;;) {
    let unit = at < length ? (FOLDED[units[at] ?? 0] ?? SEPARATOR) : SEPARATOR;
    if (unit === SKIPPED) {
      at += 1;
      continue;
    }
    if (unit === SEPARATOR) {
      if (ends[node] !== 0) {
        found = node;
        entryEnd = at;
      }
      let next = at;
      while (next < length && next - at < SEPARATORS_MAX && FOLDED[units[next] ?? 0] === SEPARATOR) next += 1;
      if (next >= length) return found;
      unit = SPACE;
      at = next - 1;
    }
    node = step(node, unit);
    if (node === 0) return found;
    at += 1;
    if (((ends[node] ?? 0) & 2) !== 0) {
      found = node;
      entryEnd = at;
    }
  }
};
