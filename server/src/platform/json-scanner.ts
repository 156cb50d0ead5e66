import { isAscii, isUtf8 } from "node:buffer";
import { keepKey, knownKeyAt, type KnownKey } from "./json-keys.ts";
import { rootPlace, type Place } from "./json-place.ts";
import type { JsonFault, JsonFaultCode, JsonScan, JsonSpan, ScanOptions, StringLeaf } from "./scanned-json.ts";

interface JsonObject {
  [key: string]: unknown;
}

/**
 * Makes objects that inherit nothing: their prototype is an empty object without one. Unlike
 * `Object.create(null)` they stay in V8's fast mode, which halves the time of a body with many messages.
 */
const Members = function (): void {} as unknown as new () => JsonObject;
Members.prototype = Object.freeze(Object.create(null));

class ScanError extends Error {
  readonly fault: JsonFault;
  constructor(code: JsonFaultCode, message: string, offset: number) {
    super(message);
    this.fault = { code, message: `${message} (byte ${offset})`, offset };
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** V8 copies slices up to this length. */
const SHORT_UNITS = 13;
/** Strings shorter than this are read by a loop, longer ones by V8. */
const NEAR_BYTES = 96;
/** Whole numbers of so many digits are exact. */
const EXACT_DIGITS = 15;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** A key is no name when it could be a sentence or a credential: long, many digits, or a run of capitals and digits. */
const PLAIN_NAME = /^(?=[\w.$-]{1,32}$)(?!.*[A-Z0-9]{12})(?!(?:[^0-9]*[0-9]){5})/;
const POINTER_SPECIAL = /[~/]/;

/** A key as it stands in a JSON pointer. */
export const escapePointer = (key: string): string =>
  POINTER_SPECIAL.test(key) ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;

/** Bytes as Latin-1 text, so that an index into the text is a byte offset. */
interface Source {
  readonly bytes: Buffer;
  readonly text: string;
  readonly ascii: boolean;
}

/** Reads one JSON text, and decodes a string's bytes as UTF-8 only where the source has bytes above 0x7f. */
class Reader {
  readonly #bytes: Buffer;
  readonly #text: string;
  readonly #ascii: boolean;
  readonly #start: number;
  readonly #end: number;
  readonly #depthMax: number;
  #keysLeft: number;
  #leavesLeft: number;
  #at: number;
  readonly leaves: StringLeaf[] = [];
  readonly keys: StringLeaf[] = [];
  readonly spans: JsonSpan[] = [];
  readonly #spanKeys: ReadonlySet<string> | undefined;
  readonly #innerKey: string | undefined;

  constructor({ bytes, text, ascii }: Source, options: ScanOptions, start: number, end: number) {
    this.#bytes = bytes;
    this.#text = text;
    this.#ascii = ascii;
    this.#start = start;
    this.#end = end;
    this.#at = start;
    this.#depthMax = options.depthMax;
    this.#keysLeft = options.keysMax ?? 200_000;
    this.#leavesLeft = options.leavesMax ?? 200_000;
    this.#spanKeys = options.spanKeys;
    this.#innerKey = options.innerKey;
  }

  read(): unknown {
    const value = this.#value(rootPlace(), 1);
    this.#space();
    if (this.#at !== this.#end) this.#fail("Bytes after the end of the JSON value", this.#at);
    return value;
  }

  #fail(message: string, offset: number, code: JsonFaultCode = "bad_json"): never {
    throw new ScanError(code, message, offset - this.#start);
  }

  /** Skips white space and answers the next byte, NaN at the end. */
  #space(): number {
    const text = this.#text;
    let at = this.#at;
    for (; at < this.#end; at += 1) {
      const byte = text.charCodeAt(at);
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        this.#at = at;
        return byte;
      }
    }
    this.#at = at;
    return Number.NaN;
  }

  #value(place: Place, depth: number): unknown {
    switch (this.#space()) {
      case QUOTE: {
        if (--this.#leavesLeft < 0) this.#fail("Too many string values", this.#at);
        const start = this.#at;
        const value = this.#string();
        this.leaves.push({ pointer: place.pointer, value, start, end: this.#at });
        return value;
      }
      case 0x7b:
        return this.#object(place, depth);
      case 0x5b:
        return this.#array(place, depth);
      case 0x74:
        return this.#word("true", true);
      case 0x66:
        return this.#word("false", false);
      case 0x6e:
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail("Not a JSON value", this.#at);
    this.#at += word.length;
    return value;
  }

  #number(): number {
    return this.#shortNumber() ?? this.#anyNumber();
  }

  /** Counts and indexes: whole numbers without a sign, which are most numbers of a body. */
  #shortNumber(): number | undefined {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let value = 0;
    let byte = text.charCodeAt(at);
    while (byte >= 0x30 && byte <= 0x39 && at - start < EXACT_DIGITS) {
      value = value * 10 + byte - 0x30;
      byte = text.charCodeAt(++at);
    }
    const goesOn = (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || (byte | 0x20) === 0x65;
    const leadsWithZero = text.charCodeAt(start) === 0x30 && at - start > 1;
    if (at === start || goesOn || leadsWithZero) return undefined;
    this.#at = at;
    return value;
  }

  #anyNumber(): number {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text);
    if (found === null) this.#fail("Not a JSON value", this.#at);
    const value = Number(found[0]);
    // 1e999 is infinite to one reader and an error to the next.
    if (!Number.isFinite(value)) this.#fail("A number is too large", this.#at);
    this.#at = NUMBER.lastIndex;
    return value;
  }

  #array(place: Place, depth: number): unknown[] {
    if (depth > this.#depthMax) this.#fail(`Nested deeper than ${this.#depthMax}`, this.#at, "too_deep");
    const items: unknown[] = [];
    this.#at += 1;
    if (this.#space() === 0x5d) {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(this.#value(place.item(items.length), depth + 1));
      const next = this.#space();
      this.#at += 1;
      if (next === 0x5d) return items;
      if (next !== 0x2c) this.#fail("Expected , or ] in an array", this.#at - 1);
    }
  }

  #object(place: Place, depth: number): JsonObject {
    if (depth > this.#depthMax) this.#fail(`Nested deeper than ${this.#depthMax}`, this.#at, "too_deep");
    const members = new Members();
    this.#at += 1;
    if (this.#space() === 0x7d) {
      this.#at += 1;
      return members;
    }
    for (;;) {
      const start = this.#at;
      if (this.#space() !== QUOTE) this.#fail("Expected a key", this.#at);
      if (--this.#keysLeft < 0) this.#fail("Too many keys", start);
      const { key, pointer: step, isPlain } = this.#key();
      if (!isPlain) this.keys.push({ pointer: place.pointer + step, value: key, start, end: this.#at });
      // Harmless here (no prototype), but not for every reader behind this one.
      if (key === "__proto__") this.#fail("The key __proto__ is not accepted", start);
      if (key in members) this.#fail("The same key stands twice in one object", start, "duplicate_key");
      if (this.#space() !== 0x3a) this.#fail("Expected : after a key", this.#at);
      this.#at += 1;
      const isInner = depth === 1 && key === this.#innerKey;
      if (isInner || this.#spanKeys?.has(key) === true) {
        this.#space();
        const from = this.#at;
        members[key] = this.#value(isInner ? rootPlace() : place.member(step), depth + 1);
        this.spans.push({ pointer: place.pointer + step, start: from, end: this.#at });
      } else members[key] = this.#value(place.member(step), depth + 1);
      const next = this.#space();
      this.#at += 1;
      if (next === 0x7d) return members;
      if (next !== 0x2c) this.#fail("Expected , or } in an object", this.#at - 1);
      this.#space();
    }
  }

  #key(): KnownKey {
    const start = this.#at;
    const known = knownKeyAt(this.#text, start);
    if (known !== undefined) {
      this.#at = start + known.token.length;
      return known;
    }
    const key = this.#string();
    const isPlain = PLAIN_NAME.test(key);
    if (!isPlain || this.#at - start !== key.length + 2)
      return { key, token: "", pointer: `/${escapePointer(key)}`, isPlain };
    // Copied, because a slice would keep the whole body alive.
    return keepKey(this.#text, start, this.#bytes.toString("latin1", start, this.#at));
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    const near = start + NEAR_BYTES;
    for (let at = start + 1; at < near; at += 1) {
      const byte = text.charCodeAt(at);
      if (byte === QUOTE) {
        this.#at = at + 1;
        if (!this.#ascii) return this.#bytes.toString("utf8", start + 1, at);
        // A longer slice would be a reference that keeps the whole body alive.
        return at - start <= SHORT_UNITS ? text.slice(start + 1, at) : this.#bytes.toString("latin1", start + 1, at);
      }
      if (byte === BACKSLASH || !(byte >= 0x20)) break;
    }
    return this.#longString(start);
  }

  /** Long or escaped: V8 finds the closing quote and checks the token, which is faster than a loop here. */
  #longString(start: number): string {
    const text = this.#text;
    let quote = start;
    for (;;) {
      quote = text.indexOf('"', quote + 1);
      if (quote === -1 || quote >= this.#end) this.#fail("The body ends inside a string", start);
      let slashes = 0;
      while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
      if (slashes % 2 === 0) break;
    }
    const end = quote + 1;
    this.#at = end;
    const token = this.#ascii ? text.slice(start, end) : this.#bytes.toString("utf8", start, end);
    let value: unknown;
    try {
      value = JSON.parse(token);
    } catch {
      this.#fail("A string has a control character or an escape that JSON does not know", start);
    }
    if (typeof value !== "string") this.#fail("Not a JSON string", start);
    // Half a surrogate pair becomes U+FFFD in one reader, an error in another.
    if (!value.isWellFormed()) this.#fail("A string has half a surrogate pair", start);
    return value;
  }
}

/**
 * Opens bytes that hold one JSON text or several, such as a file of lines: `start` to `end` is the piece to read, which
 * ends with the bytes or before a line feed. All places are those in `bytes`, only faults count from the piece.
 */
export const openJson = (bytes: Buffer): ((options: ScanOptions, start?: number, end?: number) => JsonScan) => {
  const ascii = isAscii(bytes);
  const isValid = ascii || isUtf8(bytes);
  const source = { bytes, text: bytes.toString("latin1"), ascii };
  return (options, start = 0, end = bytes.length) => {
    if (!isValid && !isUtf8(bytes.subarray(start, end)))
      return { ok: false, fault: { code: "invalid_utf8", message: "The body is not valid UTF-8", offset: 0 } };
    const reader = new Reader(source, options, start, end);
    try {
      const value = reader.read();
      return { ok: true, value: { bytes, value, leaves: reader.leaves, keys: reader.keys, spans: reader.spans } };
    } catch (error) {
      if (error instanceof ScanError) return { ok: false, fault: error.fault };
      throw error;
    }
  };
};

/**
 * The strict front (RFC 8259 with the ambiguous parts refused, as I-JSON, RFC 7493): UTF-8 without BOM, no
 * key twice, no `__proto__`, bounded depth, no lone surrogates, no infinite numbers, nothing behind the value.
 * One pass, one reading: `value` equals what `JSON.parse` gives for the same bytes.
 */
export const scanJson = (bytes: Buffer, options: ScanOptions): JsonScan => openJson(bytes)(options);

/** Nested deeper than any reader needs. */
const READING_DEPTH_MAX = 256;

/** Whether a text is JSON that every reader reads alike, by what {@link scanJson} refuses. */
export const hasOneReading = (text: string): boolean =>
  text.isWellFormed() && scanJson(Buffer.from(text), { depthMax: READING_DEPTH_MAX }).ok;
