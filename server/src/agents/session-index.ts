import type { DataClass } from "@parapet/model";
import { actOrTopic } from "./asks.ts";
import { readRecords } from "./records.ts";
import { measuresOf, shapeOf, type Measures } from "./contradiction.ts";
import { decimalOf, valuesIn, wholeValues, type Value, type ValueKind } from "./values.ts";
import { fold, nameWords, timesOf, wordsOf } from "./words.ts";

/** Whose words a text is. `offered`: descriptions of tools, whose servers wrote them. */
export type Trust = "user" | "trusted" | "model" | "untrusted" | "offered";

/** One text of the session. */
export interface Source {
  readonly trust: Trust;
  /** Tool whose result it is; empty for what was said. */
  readonly tool: string;
  readonly segment: number;
  readonly text: string;
  /** Whether the call that fetched it was the user's or the model's own idea, and not that of some content. */
  readonly pointed: boolean;
  /** Whether the user's words name what was fetched, by its id, its path or the record that stands for it. */
  readonly named: boolean;
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
const NUMBERS =
  /(?<![\p{L}\p{N}.,])\d{1,3}(?:[., ]\d{3}){1,4}(?:[.,]\d{1,2})?(?![\p{L}\p{N}])|(?<![\p{L}\p{N}.,])\d{1,12}(?:[.,]\d{1,4})?(?![\p{L}\p{N}])/gu;
const COLUMN_MAX = 512;
/** Shares of a field's words that make the user's words mean its record. */
const WEAK = 0.33;
const STRONG = 0.66;
const SAID_MAX = 20_000;
const KEYS_MAX = 500;
const LIST_GAP = 60;
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
  readonly #sensitive = new Map<string, string>();
  readonly #numbers = new Map<string, number[]>();
  readonly #keysOfKind = new Map<ValueKind, Set<string>>();
  readonly #lists = new Map<string, Set<string>>();
  readonly #wordIds = new Map<string, number>();
  readonly #stream: number[] = [];
  readonly #starts: number[] = [];
  readonly #places: number[][] = [];
  readonly #shingles = new Map<number, number>();
  readonly #userWords = new Set<string>();
  readonly #userStems = new Map<string, string[]>();
  /** Records that have a field of this name, by tool and name. */
  readonly #columns = new Map<string, number[]>();
  /** Amounts, shares and ids in the user's words. */
  measures: Measures = measuresOf("");
  #said = "";
  #anchors: (number | undefined)[] = [];
  #touched: (boolean | undefined)[] = [];
  #named = new Map<ValueKind, ReadonlySet<string>>();

  add(source: Source): void {
    const index = this.sources.push(source) - 1;
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
    this.#named = new Map();
    for (const { text, column, record } of leaves) {
      const folded = fold(text);
      const words = wordsOf(folded);
      this.#addWords(words, index);
      const place = { source: index, record: record + base, column };
      const whole = wholeValues(text);
      const values = whole.length > 0 ? whole : valuesIn(folded);
      for (const { kind, key } of values) {
        this.#addOccurrence(keyFor(kind, key), { ...place, whole: whole.length > 0 });
        const keys = this.#keysOfKind.get(kind);
        if (keys === undefined) this.#keysOfKind.set(kind, new Set([key]));
        else if (keys.size < KEYS_MAX) keys.add(key);
      }
      for (const [number] of folded.matchAll(NUMBERS)) this.#addNumber(decimalOf(number), index);
      if (source.trust === "untrusted" && values.length > 1) this.#addLists(folded, values, place);
      if (words.length > 0 && words.length <= SHORT_FIELD_WORDS && source.trust !== "user") {
        this.#addOccurrence(keyFor("field", words.join(" ")), { ...place, whole: true });
        if (source.trust === "untrusted") this.#addToColumn(columnKey(source.tool, column), record + base);
        this.#noteSensitive(column, folded);
        const telling = [...words.filter((word) => isTelling(word)), ...timesOf(folded)];
        if (telling.length > 0) this.#recordNames[record + base]?.push(telling);
      }
      if (column === "" && words.length > SHORT_FIELD_WORDS) this.#noteHeading(folded, record + base);
      if (source.trust === "user") {
        this.#hear([...words, ...timesOf(folded)]);
        this.#said = `${this.#said}\n${text}`.slice(-SAID_MAX);
        this.measures = measuresOf(this.#said);
      }
    }
  }

  #addToColumn(key: string, record: number): void {
    const there = this.#columns.get(key);
    if (there === undefined) this.#columns.set(key, [record]);
    else if (there.length < COLUMN_MAX) there.push(record);
  }

  /** Whether the user named other records of the same kind, and said no word of this one. */
  isPassedOver({ source, record, column }: Occurrence): boolean {
    if (this.isTouched(record)) return false;
    const tool = this.sources[source]?.tool ?? "";
    return (this.#columns.get(columnKey(tool, column)) ?? []).some((other) => this.isAnchored(other, STRONG));
  }

  /** The first line of a text says what it is. */
  #noteHeading(folded: string, record: number): void {
    const words = wordsOf(folded.trimStart().split("\n", 1)[0] ?? "").filter((word) => isTelling(word));
    if (words.length > 0 && words.length <= SHORT_FIELD_WORDS) this.#recordNames[record]?.push(words);
  }

  #noteSensitive(column: string, folded: string): void {
    const name = nameWords(column).find((word) => SENSITIVE.has(word));
    const compact = folded.replace(/[^\p{L}\p{N}]/gu, "");
    if (name !== undefined && compact.length >= 4 && this.#sensitive.size < KEYS_MAX)
      this.#sensitive.set(compact, name);
  }

  /** Whether a text has the value of a field that keys, cards and papers stand in, of which the user said nothing. */
  hasUnaskedSecret(text: string): boolean {
    if (this.#sensitive.size === 0) return false;
    const compact = fold(text).replace(/[^\p{L}\p{N}]/gu, "");
    return this.#sensitive.entries().some(([value, name]) => compact.includes(value) && !this.#userWords.has(name));
  }

  #addNumber(decimal: string | undefined, source: number): void {
    if (decimal === undefined) return;
    const there = this.#numbers.get(decimal);
    if (there === undefined) this.#numbers.set(decimal, [source]);
    else if (there.at(-1) !== source && there.length < 16) there.push(source);
  }

  #addLists(
    folded: string,
    values: readonly Value[],
    { source, record }: { readonly source: number; readonly record: number },
  ): void {
    for (const [kind, own] of Map.groupBy(values, (value) => value.kind)) {
      if (kind === "account") continue;
      const sorted = own.toSorted((one, other) => one.start - other.start);
      for (const [position, value] of sorted.entries()) {
        const next = sorted[position + 1];
        if (next === undefined || next.start - value.end > LIST_GAP) continue;
        // Two sentences are no list.
        if (/[.!?]\s/u.test(folded.slice(value.end, next.start))) continue;
        if (folded[value.start - 1] !== folded[next.start - 1] && position > 0) continue;
        const name = `${String(source)}/${String(record)}/${kind}`;
        this.#lists.set(name, (this.#lists.get(name) ?? new Set()).add(value.key).add(next.key));
      }
    }
  }

  #hear(words: readonly string[]): void {
    for (const word of words) {
      if (this.#userWords.has(word)) continue;
      this.#userWords.add(word);
      if (!isTelling(word)) continue;
      const stem = word.slice(0, 3);
      this.#userStems.set(stem, [...(this.#userStems.get(stem) ?? []), word]);
    }
    this.#anchors = [];
    this.#touched = [];
  }

  #addWords(words: readonly string[], source: number): void {
    const { tool, trust } = this.sources[source] ?? { tool: "", trust: "untrusted" };
    const read = tool !== "" || trust === "untrusted";
    const recent: number[] = [];
    for (const word of words.slice(0, WORDS_MAX)) {
      let id = this.#wordIds.get(word);
      if (id === undefined) {
        id = this.#wordIds.size;
        this.#wordIds.set(word, id);
        this.#places.push([]);
      }
      this.#places[id]?.push(this.#stream.push(id) - 1);
      if (!read) continue;
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

  /** Places of other values of the kind in content of outsiders that neither the user nor anything trusted names. */
  rivalsOf(kind: ValueKind, key: string): readonly Occurrence[] {
    return [...(this.#keysOfKind.get(kind) ?? [])].flatMap((other) => {
      if (other === key) return [];
      const places = this.occurrencesOf(keyFor(kind, other));
      const known = places.some(({ source }) => ["user", "trusted"].includes(this.sources[source]?.trust ?? ""));
      return known ? [] : places;
    });
  }

  /** Whether the value is one of a list: values of its kind that stand close together and in the same way. */
  isInList(kind: ValueKind, key: string, { source, record }: Occurrence): boolean {
    return (this.#lists.get(`${String(source)}/${String(record)}/${kind}`) ?? new Set()).has(key);
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

  /** Sources in which a word stands; at most 32 places of it are looked at, the first and the last. */
  sourcesOfWord(word: string): ReadonlySet<number> {
    const id = this.#wordIds.get(word);
    const places = id === undefined ? [] : (this.#places[id] ?? []);
    const looked = places.length > 32 ? [...places.slice(0, 16), ...places.slice(-16)] : places;
    return new Set(looked.map((place) => this.#sourceAt(place)));
  }

  /** Sources in which a number stands, however it is spelt. */
  sourcesOfNumber(decimal: string): readonly number[] {
    return this.#numbers.get(decimal) ?? [];
  }

  /** Whether a word stands only in content that nobody pointed at. */
  isOnlyStrayed(word: string): boolean {
    const id = this.#wordIds.get(word);
    const places = id === undefined ? [] : (this.#places[id] ?? []);
    return (
      places.length > 0 &&
      places.length < 32 &&
      places.every((place) => {
        const source = this.sources[this.#sourceAt(place)];
        return source !== undefined && source.tool !== "" && !source.pointed;
      })
    );
  }

  /** Whether the user named this source, and it has no other id of the same form. */
  isOnlyId(id: string, source: number): boolean {
    const { named = false, text = "" } = this.sources[source] ?? {};
    const form = shapeOf(fold(id.trim()));
    return named && measuresOf(text.slice(0, SAID_MAX)).shapes.get(form)?.size === 1;
  }

  /** Whether the user says this word, as it is or with an ending. */
  userSays(word: string): boolean {
    if (this.#userWords.has(word)) return true;
    if (word.length < 3) return false;
    return (this.#userStems.get(word.slice(0, 3)) ?? []).some((said) => isSameStem(said, word));
  }

  /** Whether the user's words name the record, or one around it: by most of the words of a short field of it. */
  isAnchored(record: number, share = WEAK): boolean {
    return this.#anchorOf(record) >= share;
  }

  /** Whether no other record of its source is meant as much. */
  isBestAnchored({ source, record }: Occurrence): boolean {
    const own = this.#anchorOf(record);
    return this.#recordSource.every(
      (each, other) => each !== source || this.areRelated(other, record) || this.#anchorOf(other) < own,
    );
  }

  /** The greatest share of the words of one short field that the user says. */
  #anchorOf(record: number): number {
    const known = this.#anchors[record];
    if (known !== undefined) return known;
    const parent = this.#recordParent[record] ?? -1;
    const shares = (this.#recordNames[record] ?? []).map(
      (names) => names.filter((name) => this.userSays(name)).length / names.length,
    );
    const anchor = Math.max(0, ...shares, parent >= 0 ? this.#anchorOf(parent) : 0);
    this.#anchors[record] = anchor;
    return anchor;
  }

  /** Whether the user says any word that tells the record, or one around it, from others. */
  isTouched(record: number): boolean {
    const known = this.#touched[record];
    if (known !== undefined) return known;
    const parent = this.#recordParent[record] ?? -1;
    const touched =
      (this.#recordNames[record] ?? []).some((names) => names.some((name) => this.userSays(name))) ||
      (parent >= 0 && this.isTouched(parent));
    this.#touched[record] = touched;
    return touched;
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

  /** Whether the user says a word of the value as it is. */
  saysExactly(key: string): boolean {
    return wordsOf(key).some((word) => word.length > 2 && isTelling(word) && this.#userWords.has(word));
  }

  /** Other addresses of the same name at another domain. */
  hasDouble(email: string): boolean {
    const name = email.slice(0, email.indexOf("@") + 1);
    return [...(this.#keysOfKind.get("email") ?? [])].some((other) => other !== email && other.startsWith(name));
  }

  /** Whether the user named a value at this place: by a word in it or by its record. */
  isNamed(key: string, occurrence: Occurrence): boolean {
    return occurrence.whole && (this.saysOwnName(key) || this.isAnchored(occurrence.record));
  }

  /** Whether the user's words hold a value of this kind. */
  userNames(kind: ValueKind): boolean {
    return (this.#keysOfKind.get(kind) ?? new Set<string>())
      .values()
      .some((key) =>
        this.occurrencesOf(keyFor(kind, key)).some(({ source }) => this.sources[source]?.trust === "user"),
      );
  }

  /** Keys of values of a kind that the user said or named. */
  namedOf(kind: ValueKind): ReadonlySet<string> {
    const known = this.#named.get(kind);
    if (known !== undefined) return known;
    const named = new Set<string>();
    for (const key of this.#keysOfKind.get(kind) ?? []) {
      const places = this.occurrencesOf(keyFor(kind, key));
      if (places.some((one) => this.sources[one.source]?.trust === "user" || this.isNamed(key, one))) named.add(key);
    }
    this.#named.set(kind, named);
    return named;
  }
}

const columnKey = (tool: string, column: string): string => `${tool}|${column.split(".").at(-1) ?? ""}`;

/** Names of fields whose values open doors or stand for a person. */
const SENSITIVE = new Set(
  "password passwd passphrase pin secret token key apikey credential credentials otp passport ssn card cvv cvc iban tax licence license code".split(
    " ",
  ),
);

const GENERIC = new Set(
  "the and for with from that this are was you your our has have not all any but can will info office team support hello contact com org net www http https example example_com true false null none new old der die das und fur mit von les des pour avec los las para con del una uno che per non het een van voor".split(
    " ",
  ),
);

/** Whether a word tells one thing from another: no function word, no act, no topic, no bare number of few digits. */
export const isTelling = (word: string): boolean =>
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
