import type { TextForm } from "../detector.ts";
import type { DecodeBudget } from "./decode-budget.ts";
import { composed } from "./form-builder.ts";
import { textOf } from "./text-likeness.ts";

/** Text carried by characters that are not shown. */
interface Channel {
  readonly text: string;
  readonly step: string;
  readonly start: number;
  readonly end: number;
}

/** One form for each channel with readable text in it. */
export const hiddenForms = (source: TextForm, label: (step: string) => string, budget: DecodeBudget): TextForm[] => {
  const text = source.text;
  const channels = [
    ...tagChannels(text),
    ...selectorChannels(text),
    ...zeroWidthChannels(text),
    ...overrideChannels(text),
  ];
  return channels.map(({ text: hidden, step, start, end }) => ({
    view: "hidden",
    text: budget.take(hidden),
    path: label(step),
    origin: composed(() => ({ start, end }), source.origin),
  }));
};

const TAG_HIGH = 0xdb40;
const BLACK_FLAG = "\u{1f3f4}";

// Sub-region flags end in a cancel tag; England, Scotland and Wales are in use, others are well-formed.
const FLAG = /^[a-z]{2}[a-z0-9]{1,3}\u007f$/;
const FLAGS_MAX = 8;
const KNOWN_FLAGS: ReadonlySet<string> = new Set(["gbeng", "gbsct", "gbwls"]);

/** U+E0000 to U+E007F mirror ASCII. */
const tagChannels = (text: string): Channel[] => {
  const channels: Channel[] = [];
  let unknownFlags = 0;
  let decoded = "";
  let start = -1;
  let end = -1;
  for (let i = text.indexOf("\udb40"); i >= 0 && i < text.length; i = text.indexOf("\udb40", i)) {
    const runStart = i;
    let run = "";
    while (text.charCodeAt(i) === TAG_HIGH && i + 1 < text.length) {
      const low = text.charCodeAt(i + 1);
      if (low < 0xdc00 || low > 0xdc7f) break;
      run += String.fromCharCode(low - 0xdc00);
      i += 2;
    }
    if (run === "") {
      i++;
      continue;
    }
    if (text.startsWith(BLACK_FLAG, runStart - 2) && FLAG.test(run)) {
      // Many different invented flags would spell a text.
      if (KNOWN_FLAGS.has(run.slice(0, -1)) || ++unknownFlags <= FLAGS_MAX) continue;
    }
    if (start < 0) start = runStart;
    end = i;
    decoded += run;
  }
  const shown = decoded.replaceAll(/[\u0000-\u001f\u007f]+/g, " ").trim();
  if (start >= 0 && shown !== "") channels.push({ text: shown, step: "unicode tags", start, end });
  return channels;
};

// Byte that a variation selector stands for, -1 for others.
const selectorAt = (text: string, at: number): { readonly byte: number; readonly width: number } => {
  const unit = text.charCodeAt(at);
  if (unit >= 0xfe00 && unit <= 0xfe0f) return { byte: unit - 0xfe00, width: 1 };
  if (unit === TAG_HIGH) {
    const low = text.charCodeAt(at + 1);
    if (low >= 0xdd00 && low <= 0xddef) return { byte: low - 0xdd00 + 16, width: 2 };
  }
  return { byte: -1, width: 1 };
};

// Native searches spare the loops below nearly always.
const SELECTOR = /[\ufe00-\ufe0f\udb40]/;
const ANY_ZERO_WIDTH = /[\u180e\u200b-\u200f\u2060-\u2064\ufeff]/;

/** Bytes as variation selectors: in runs after one character, or one after each of many letters. */
const selectorChannels = (text: string): Channel[] => {
  const bytes: number[] = [];
  let start = -1;
  let end = -1;
  if (!SELECTOR.test(text)) return [];
  for (let i = 0; i < text.length;) {
    const first = selectorAt(text, i);
    if (first.byte < 0) {
      i++;
      continue;
    }
    const runStart = i;
    const run: number[] = [];
    for (let next = first; next.byte >= 0; next = selectorAt(text, i)) {
      run.push(next.byte);
      i += next.width;
      if (i >= text.length) break;
    }
    // One selector after a symbol or an ideograph is what they are for.
    const base = runStart > 0 ? text.charCodeAt(runStart - 1) : 0;
    if (
      run.length === 1 &&
      (base > 0x24f ||
        base === 0x23 ||
        base === 0x2a ||
        (base >= 0x30 && base <= 0x39) ||
        base === 0xa9 ||
        base === 0xae)
    )
      continue;
    if (start < 0) start = runStart;
    end = i;
    for (const byte of run) bytes.push(byte);
  }
  if (bytes.length < 3) return [];
  const decoded = textOf(Buffer.from(bytes)) ?? shortText(bytes);
  return decoded === undefined ? [] : [{ text: decoded, step: "variation selectors", start, end }];
};

const shortText = (bytes: readonly number[]): string | undefined =>
  bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? Buffer.from(bytes).toString("latin1") : undefined;

const ZERO_WIDTH: readonly number[] = [
  0x200b, 0x200c, 0x200d, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xfeff, 0x180e, 0x200e, 0x200f,
];
const SYMBOL_OF = new Map(ZERO_WIDTH.map((unit, index) => [unit, index]));
const ZERO_WIDTH_MIN = 16;

// A joiner between two letters of a script that joins, or between emoji, is spelling.
const isSpelling = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  if (unit !== 0x200c && unit !== 0x200d && unit !== 0x200e && unit !== 0x200f) return false;
  const before = at > 0 ? text.charCodeAt(at - 1) : 0;
  const after = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
  return (before >= 0x590 && !SYMBOL_OF.has(before)) || (after >= 0x590 && !SYMBOL_OF.has(after));
};

/** Bits as zero-width characters: two symbols for 0 and 1 (a third parts characters), or four for two bits each. */
const zeroWidthChannels = (text: string): Channel[] => {
  const symbols: number[] = [];
  if (!ANY_ZERO_WIDTH.test(text)) return [];
  let start = -1;
  let end = -1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x180e) continue;
    const symbol = SYMBOL_OF.get(unit);
    if (symbol === undefined || isSpelling(text, i)) continue;
    if (start < 0) start = i;
    end = i + 1;
    symbols.push(symbol);
  }
  if (symbols.length < ZERO_WIDTH_MIN) return [];
  // One unbroken row is there to carry something; scattered ones may be a text cut up at random.
  const decoded = readSymbols(symbols, end - start === symbols.length ? readable : readableByWords);
  return decoded === undefined ? [] : [{ text: decoded, step: "zero-width bits", start, end }];
};

type Reading = (codes: readonly number[]) => string | undefined;

const readSymbols = (symbols: readonly number[], reading: Reading): string | undefined => {
  const counts = new Map<number, number>();
  for (const symbol of symbols) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([symbol]) => symbol);
  const [first, second] = byCount;
  if (first === undefined || second === undefined) return undefined;
  const pairs: readonly (readonly [number, number])[] = [
    [first, second],
    [second, first],
  ];
  for (const [zero, one] of pairs) {
    const bits = symbols
      .filter((symbol) => symbol === zero || symbol === one)
      .map((symbol) => (symbol === one ? 1 : 0));
    for (const width of [8, 7, 16]) {
      const decoded = readBits(bits, width, reading);
      if (decoded !== undefined) return decoded;
    }
    const parted = readParted(symbols, zero, one, reading);
    if (parted !== undefined) return parted;
  }
  if (byCount.length === 4) {
    const digits = [...byCount].sort((a, b) => a - b);
    const bits = symbols.flatMap((symbol) => [digits.indexOf(symbol) >> 1, digits.indexOf(symbol) & 1]);
    return readBits(bits, 8, reading) ?? readBits(bits, 16, reading);
  }
  return undefined;
};

const readBits = (bits: readonly number[], width: number, reading: Reading): string | undefined => {
  const codes: number[] = [];
  for (let i = 0; i + width <= bits.length; i += width) {
    codes.push(bits.slice(i, i + width).reduce((value, bit) => value * 2 + bit, 0));
  }
  return reading(codes);
};

// Leading zeros left out, characters parted by a third symbol.
const readParted = (symbols: readonly number[], zero: number, one: number, reading: Reading): string | undefined => {
  const codes: number[] = [];
  let value = 0;
  let width = 0;
  for (const symbol of [...symbols, -1]) {
    if (symbol === zero || symbol === one) {
      value = value * 2 + (symbol === one ? 1 : 0);
      width++;
    } else if (width > 0) {
      codes.push(value);
      value = 0;
      width = 0;
    }
  }
  return reading(codes);
};

const readable: Reading = (codes) => {
  if (codes.length < 2) return undefined;
  const shown = codes.filter((code) => (code >= 0x20 && code < 0x7f) || code === 10).length;
  if (shown >= codes.length * 0.9) return codes.map((code) => String.fromCharCode(code)).join("");
  return inUtf8(codes);
};

const inUtf8: Reading = (codes) =>
  codes.length >= 8 && codes.some((code) => code > 127) && codes.every((code) => code < 256)
    ? textOf(Buffer.from(codes))
    : undefined;

const WORD_CODES_MIN = 5;

// Eight readings of random bits are tried, and one of them is printable often. Words are letters of mostly one case,
// and spaces; chance is not.
const readableByWords: Reading = (codes) => {
  const among = (from: number, to: number): number => codes.filter((code) => code >= from && code <= to).length;
  const letters = Math.max(among(0x61, 0x7a), among(0x41, 0x5a)) + among(0x20, 0x20);
  return codes.length >= WORD_CODES_MIN && letters >= codes.length * 0.75 ? readable(codes) : inUtf8(codes);
};

/** Text inside a right-to-left override is shown in the other order. All of them make one channel. */
const overrideChannels = (text: string): Channel[] => {
  const first = text.indexOf("\u202e");
  if (first < 0) return [];
  const inner: string[] = [];
  let last = first;
  for (let start = first; start >= 0; start = text.indexOf("\u202e", last)) {
    let end = start + 1;
    while (end < text.length && !ENDS_OVERRIDE.has(text.charCodeAt(end))) end++;
    inner.push(text.slice(start + 1, end));
    last = end;
  }
  // Right-to-left scripts inside an override read the same; only Latin text is disguised by it.
  const shown = inner.filter((part) => /[A-Za-z]{3}/.test(part)).map((part) => Array.from(part).reverse().join(""));
  return shown.length === 0 ? [] : [{ text: shown.join("\n"), step: "bidi override", start: first, end: last }];
};

// Pop, another direction control, or the end of the line.
const ENDS_OVERRIDE: ReadonlySet<number> = new Set([0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 10]);
