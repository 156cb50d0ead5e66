import type { DataClass } from "@parapet/model";
import { actOrTopic } from "./asks.ts";
import { readRecords } from "./records.ts";
import { valuesIn, wholeValues, type ValueKind } from "./values.ts";
import { fold, wordsOf } from "./words.ts";

/** Whose words a text is. */
export type Trust = "user" | "trusted" | "model" | "untrusted";

/** One text of the session. */
export interface Source {
  readonly trust: Trust;
  /** Tool whose result it is; empty for what was said. */
  readonly tool: string;
  readonly segment: number;
  readonly text: string;
  /** Whether the call that fetched it was the user's or the model's own idea, and not that of some content. */
  readonly pointed: boolean;
  readonly classes: readonly DataClass[];
}

/** A place at which a value stands. */
export interface Occurrence {
  readonly source: number;
  readonly record: number;
  readonly column: string;
  /** Whether it fills its field, as systems write it, and is not a part of a longer text, as people write it. */
  readonly whole: boolean;
}

/** Keys of values and of whole fields: `email:ana@a.example`, `field:grand hotel`. */
export const keyFor = (kind: ValueKind | "field", key: string): string => `${kind}:${key}`;

const OCCURRENCES_MAX = 64;
const WORDS_MAX = 20_000;
const SHORT_FIELD_WORDS = 10;
const SHINGLE = 6;

/**
 * Everything that entered a session, so that a value is found by a few look-ups whatever the session's length. Grows
 * with the session; a text is read once.
 */
export class SessionIndex {
  readonly sources: Source[] = [];
  readonly #occurrences = new Map<string, Occurrence[]>();
  readonly #recordParent: number[] = [];
  readonly #recordSource: number[] = [];
  /** Short fields of each record, as words that tell something. */
  readonly #recordNames: (readonly string[])[][] = [];
  readonly #valuesOfSource: Map<ValueKind, Map<string, Occurrence[]>>[] = [];
  readonly #wordIds = new Map<string, number>();
  readonly #stream: number[] = [];
  readonly #starts: number[] = [];
  readonly #places: number[][] = [];
  readonly #shingles = new Map<number, number>();
  readonly #userWords = new Set<string>();
  readonly #userStems = new Map<string, string[]>();
  #anchors: (boolean | undefined)[] = [];
  #named: Map<string, Set<string>> | undefined;

  add(source: Source): void {
    const index = this.sources.push(source) - 1;
    const values = new Map<ValueKind, Map<string, Occurrence[]>>();
    this.#valuesOfSource.push(values);
    this.#starts.push(this.#stream.length);
    const base = this.#recordParent.length;
    // What people and models say is never a system's record, whatever its form.
    const { leaves, parents } =
      source.tool === "" && source.trust !== "untrusted"
        ? { leaves: [{ text: source.text, column: "", record: 0 }], parents: [-1] }
        : readRecords(source.text);
    for (const parent of parents) {
      this.#recordParent.push(parent < 0 ? -1 : parent + base);
      this.#recordSource.push(index);
      this.#recordNames.push([]);
    }
    this.#named = undefined;
    for (const { text, column, record } of leaves) {
      const folded = fold(text);
      const words = wordsOf(folded);
      this.#addWords(words, index);
      const place = { source: index, record: record + base, column };
      const whole = wholeValues(text);
      for (const { kind, key } of whole.length > 0 ? whole : valuesIn(folded)) {
        const occurrence = { ...place, whole: whole.length > 0 };
        this.#addOccurrence(keyFor(kind, key), occurrence);
        const ofKind = values.get(kind) ?? new Map<string, Occurrence[]>();
        values.set(kind, ofKind);
        ofKind.set(key, [...(ofKind.get(key) ?? []), occurrence]);
      }
      if (words.length > 0 && words.length <= SHORT_FIELD_WORDS && source.trust !== "user") {
        this.#addOccurrence(keyFor("field", words.join(" ")), { ...place, whole: true });
        const telling = words.filter((word) => isTelling(word));
        if (telling.length > 0) this.#recordNames[record + base]?.push(telling);
      }
      if (source.trust === "user") this.#hear(words);
    }
  }

  #hear(words: readonly string[]): void {
    for (const word of words) {
      if (this.#userWords.has(word)) continue;
      this.#userWords.add(word);
      const stem = word.slice(0, 3);
      this.#userStems.set(stem, [...(this.#userStems.get(stem) ?? []), word]);
    }
    this.#anchors = [];
  }

  #addWords(words: readonly string[], source: number): void {
    const untrusted = this.sources[source]?.trust === "untrusted";
    const recent: number[] = [];
    for (const word of words.slice(0, WORDS_MAX)) {
      let id = this.#wordIds.get(word);
      if (id === undefined) {
        id = this.#wordIds.size;
        this.#wordIds.set(word, id);
        this.#places.push([]);
      }
      this.#places[id]?.push(this.#stream.push(id) - 1);
      if (!untrusted) continue;
      recent.push(id);
      if (recent.length > SHINGLE) recent.shift();
      const hash = shingleHash(recent);
      if (hash !== undefined && !this.#shingles.has(hash)) this.#shingles.set(hash, source);
    }
    // No word: what stands in two fields is not one phrase.
    this.#stream.push(-1);
  }

  #addOccurrence(key: string, occurrence: Occurrence): void {
    const there = this.#occurrences.get(key);
    if (there === undefined) this.#occurrences.set(key, [occurrence]);
    else if (there.length < OCCURRENCES_MAX) there.push(occurrence);
  }

  occurrencesOf(key: string): readonly Occurrence[] {
    return this.#occurrences.get(key) ?? [];
  }

  /** Values of a kind in a source, by key. */
  valuesOf(source: number, kind: ValueKind): ReadonlyMap<string, readonly Occurrence[]> {
    return this.#valuesOfSource[source]?.get(kind) ?? new Map();
  }

  /** Sources in which these words stand in a row; at most 16. */
  sourcesWith(words: readonly string[]): readonly number[] {
    const ids: number[] = [];
    let rarest = 0;
    for (const word of words) {
      const id = this.#wordIds.get(word);
      if (id === undefined) return [];
      ids.push(id);
      if (this.#count(id) < this.#count(ids[rarest] ?? id)) rarest = ids.length - 1;
    }
    const rarestId = ids[rarest];
    if (rarestId === undefined) return [];
    const found = new Set<number>();
    let looked = 0;
    for (const place of this.#places[rarestId] ?? []) {
      looked += 1;
      if (looked > 512 || found.size >= 16) break;
      const start = place - rarest;
      if (ids.every((id, offset) => this.#stream[start + offset] === id)) found.add(this.#sourceAt(place));
    }
    return [...found];
  }

  #count(id: number): number {
    return this.#places[id]?.length ?? 0;
  }

  #sourceAt(place: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Untrusted sources that a text of some length has passages from. */
  sourcesOfPassages(words: readonly string[]): ReadonlySet<number> {
    const found = new Set<number>();
    const recent: number[] = [];
    for (const word of words.slice(0, WORDS_MAX)) {
      const id = this.#wordIds.get(word);
      if (id === undefined) {
        recent.length = 0;
        continue;
      }
      recent.push(id);
      if (recent.length > SHINGLE) recent.shift();
      const hash = shingleHash(recent);
      const source = hash === undefined ? undefined : this.#shingles.get(hash);
      if (source !== undefined) found.add(source);
    }
    return found;
  }

  /** Whether the user says this word, as it is or with an ending. */
  userSays(word: string): boolean {
    if (this.#userWords.has(word)) return true;
    if (word.length < 3) return false;
    return (this.#userStems.get(word.slice(0, 3)) ?? []).some((said) => isSameStem(said, word));
  }

  /** Whether the user's words name the record, or one around it: by most of the words of a short field of it. */
  isAnchored(record: number): boolean {
    const known = this.#anchors[record];
    if (known !== undefined) return known;
    const parent = this.#recordParent[record] ?? -1;
    const anchored =
      (this.#recordNames[record] ?? []).some((names) => {
        const said = names.filter((name) => this.userSays(name)).length;
        return said > 0 && said * 2 >= names.length;
      }) ||
      (parent >= 0 && this.isAnchored(parent));
    this.#anchors[record] = anchored;
    return anchored;
  }

  /** Whether one of two records is the other or around it. */
  areRelated(one: number, other: number): boolean {
    return this.#isWithin(one, other) || this.#isWithin(other, one);
  }

  #isWithin(inner: number, outer: number): boolean {
    for (let here = inner; here >= 0; here = this.#recordParent[here] ?? -1) if (here === outer) return true;
    return false;
  }

  /** Whether the value itself says a word of the user: a name in an address, a file's name in a path. */
  saysOwnName(key: string): boolean {
    return wordsOf(key).some((word) => isTelling(word) && word.length > 2 && this.userSays(word));
  }

  /** Whether the user named a value at this place: by a word in it or by its record. */
  isNamed(key: string, occurrence: Occurrence): boolean {
    return occurrence.whole && (this.saysOwnName(key) || this.isAnchored(occurrence.record));
  }

  /** Keys of untrusted values of a kind that the user named. */
  namedOf(kind: ValueKind): ReadonlySet<string> {
    if (this.#named === undefined) {
      this.#named = new Map();
      for (const values of this.#valuesOfSource) {
        for (const [each, keys] of values) {
          for (const [key, occurrences] of keys) {
            if (!occurrences.some((one) => this.sources[one.source]?.trust === "user" || this.isNamed(key, one)))
              continue;
            const named = this.#named.get(each) ?? new Set();
            this.#named.set(each, named.add(key));
          }
        }
      }
    }
    return this.#named.get(kind) ?? new Set();
  }
}

const GENERIC = new Set(
  "the and for with from that this are was you your our has have not all any but can will info office team support hello contact com org net www http https example example_com true false null none new old der die das und fur mit von les des pour avec los las para con del una uno che per non het een van voor".split(
    " ",
  ),
);

/** Whether a word tells one thing from another: no function word, no act, no topic, no bare number of few digits. */
const isTelling = (word: string): boolean =>
  (word.length > 2 || /[^\u0000-\u024f]/u.test(word)) &&
  !GENERIC.has(word) &&
  !/^\d{1,2}$/u.test(word) &&
  !actOrTopic(word);

const isSameStem = (said: string, word: string): boolean => {
  const [short, long] = said.length < word.length ? [said, word] : [word, said];
  return long.startsWith(short) && long.length - short.length <= (short.length >= 4 ? 3 : 1);
};

/** A hash of a full row of words; undefined for three of four, which are left out to save memory. */
const shingleHash = (ids: readonly number[]): number | undefined => {
  if (ids.length < SHINGLE) return undefined;
  let hash = 2_166_136_261;
  for (const id of ids) hash = Math.imul(hash ^ id, 16_777_619) >>> 0;
  hash = (hash ^ (hash >>> 15)) >>> 0;
  return hash % 2 === 0 ? hash : undefined;
};
