import { unitsOf } from "../text-units.ts";
import { conceptNumber } from "./concepts.ts";
import { FOLDED, SEPARATOR, SKIPPED, startsAnywhere } from "./fold.ts";
import { conceptsAt, entryEnd, isVerbLastAt, longestEntry } from "./lexicon.ts";
import { OPENERS, structureAt, structureEnd } from "./structures.ts";

const DOT = 0x2e;
/** No script that is looked at letter by letter stands before. */
const FIRST_ANYWHERE = 0x590;
const ABOUT_ATTACKS = conceptNumber("aboutAttacks");

/** Words and structures of one text that stand for a concept, in order of start. Parallel arrays. */
export interface ConceptHits {
  readonly concepts: readonly number[];
  /** Word index of the hit; scripts without spaces count two to four letters as a word. */
  readonly tokens: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly verbLast: readonly boolean[];
}

/** One pass over the text: linear, as each start looks at no more than the longest entry. */
export const readConcepts = (text: string): ConceptHits => {
  const concepts: number[] = [];
  const tokens: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const verbLast: boolean[] = [];
  const keep = (concept: number, token: number, start: number, end: number, isVerbLast: boolean): void => {
    concepts.push(concept);
    tokens.push(token);
    starts.push(start);
    ends.push(end);
    verbLast.push(isVerbLast);
  };
  let token = 0;
  let inWord = false;
  let letters = 0;
  let openUntil = 0;
  const units = unitsOf(text);
  const { length } = text;
  for (let at = 0; at < length; at += 1) {
    const unit = units[at] ?? 0;
    const folded = FOLDED[unit] ?? SEPARATOR;
    if (folded === SEPARATOR) {
      inWord = false;
      if (unit < 128 && OPENERS[unit] === 1 && at >= openUntil) {
        const concept = structureAt(text, at, unit);
        if (concept >= 0) {
          keep(concept, token, at, structureEnd, false);
          openUntil = structureEnd;
        }
      }
      continue;
    }
    if (folded === SKIPPED) continue;
    if (!inWord) {
      inWord = true;
      letters = 0;
      token += 1;
    } else if (folded < FIRST_ANYWHERE || !startsAnywhere(folded)) continue;
    else {
      letters += 1;
      // Hebrew and Arabic have spaces; Han, kana, Hangul and Thai are counted by letters.
      if (folded >= 0xe00 && letters % (folded < 0x3040 ? 4 : 2) === 0) token += 1;
    }
    const start = at;
    const node = longestEntry(units, length, start, folded);
    if (folded < FIRST_ANYWHERE) {
      // Nothing begins inside such a word; the zero behind the text ends the last one.
      for (let next = FOLDED[units[at + 1] ?? 0] ?? SEPARATOR; next !== SEPARATOR && next < FIRST_ANYWHERE;) {
        at += 1;
        next = FOLDED[units[at + 1] ?? 0] ?? SEPARATOR;
      }
    }
    if (node === 0) continue;
    // A host name may say anything: `attacker.example` does not speak about attackers.
    const isHostName =
      units[entryEnd] === DOT && entryEnd + 1 < length && FOLDED[units[entryEnd + 1] ?? 0] !== SEPARATOR;
    for (const concept of conceptsAt(node))
      if (!isHostName || concept !== ABOUT_ATTACKS) keep(concept, token, start, entryEnd, isVerbLastAt(node));
  }
  return { concepts, tokens, starts, ends, verbLast };
};
