import { gunzipSync, inflateSync, constants } from "node:zlib";
import type { DecodeBudget } from "./decode-budget.ts";
import { unitsOf } from "../text-units.ts";
import { BLOCK_UNITS_MIN } from "./text-signs.ts";
import { textOf } from "./text-likeness.ts";

/** A piece of text that stands for another. */
export interface Decoding {
  readonly text: string;
  readonly step: string;
  readonly start: number;
  readonly end: number;
}

const BLOCK = 1;
const HEX = 2;
const BASE32 = 4;
const ALPHABET = new Uint8Array(0x10000);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-") ALPHABET[c.charCodeAt(0)] = BLOCK;
for (const c of "0123456789abcdefABCDEF") ALPHABET[c.charCodeAt(0)] = (ALPHABET[c.charCodeAt(0)] ?? 0) | HEX;
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
  ALPHABET[c.charCodeAt(0)] = (ALPHABET[c.charCodeAt(0)] ?? 0) | BASE32;

interface Run {
  readonly start: number;
  readonly end: number;
  /** What every unit of it belongs to. */
  readonly kinds: number;
}

// Lines of one wrapped block, or parts of a concatenated string.
const GAP_UNITS_MAX = 6;
const isGap = (text: string, from: number, to: number): boolean => {
  if (to - from > GAP_UNITS_MAX) return false;
  for (let i = from; i < to; i++) if (!" \t\r\n\"'+,>=\\".includes(text.charAt(i))) return false;
  return true;
};

// The last line of a wrapped block may be short; so may words that were encoded one by one.
const TAIL_UNITS_MIN = 2;

const blockRuns = (text: string): Run[] => {
  const runs: Run[] = [];
  const units = unitsOf(text);
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const start = i;
    let kinds = BLOCK | HEX | BASE32;
    let kind = ALPHABET[units[i] ?? 0] ?? 0;
    // The zero behind the text belongs to no alphabet.
    for (; kind !== 0; kind = ALPHABET[units[++i] ?? 0] ?? 0) kinds &= kind;
    if (i - start < TAIL_UNITS_MIN) continue;
    const last = runs[runs.length - 1];
    const continues = last !== undefined && isGap(text, last.end, start);
    if (i - start >= BLOCK_UNITS_MIN || continues) runs.push({ start, end: i, kinds });
  }
  return runs;
};

/** Base64, base64url, base32 and hex in a text; text inside gzip or zlib inside them included. */
export const blockDecodings = (text: string, budget: DecodeBudget): Decoding[] => {
  const found: Decoding[] = [];
  const runs = blockRuns(text);
  for (let i = 0; i < runs.length;) {
    const first = runs[i];
    if (first === undefined) break;
    let last = i;
    for (let next = i + 1; next < runs.length; next++) {
      const before = runs[next - 1];
      const run = runs[next];
      if (before === undefined || run === undefined || !isGap(text, before.end, run.start)) break;
      last = next;
    }
    const joint = last > i ? jointDecoding(text, runs.slice(i, last + 1), budget) : undefined;
    if (joint !== undefined) found.push(padded(text, joint));
    else {
      for (const run of runs.slice(i, last + 1)) {
        if (run.end - run.start < BLOCK_UNITS_MIN) continue;
        const decoding = decodeRun(text.slice(run.start, run.end), run, budget);
        if (decoding !== undefined) found.push(padded(text, decoding));
      }
    }
    i = last + 1;
  }
  return found;
};

const PADDING_UNITS_MAX = 6;

// The padding belongs to the block, so that replacing the span leaves nothing of it.
const padded = (text: string, decoding: Decoding): Decoding => {
  let { end } = decoding;
  while (end < decoding.end + PADDING_UNITS_MAX && text.charAt(end) === "=") end++;
  return { ...decoding, end };
};

// Wrapped lines decode as one, words encoded one by one decode each on its own. Trailing prose that only looks
// like the alphabet ends the block.
const jointDecoding = (text: string, runs: readonly Run[], budget: DecodeBudget): Decoding | undefined => {
  const first = runs[0];
  if (first === undefined) return undefined;
  let count = runs.length;
  // Only lines as long as the first, and one shorter line after them, are one wrapped block.
  const width = first.end - first.start;
  for (let i = 1; i < runs.length; i++) {
    const run = runs[i];
    if (run === undefined) break;
    if (run.end - run.start !== width) {
      count = run.end - run.start < width ? i + 1 : i;
      break;
    }
  }
  if (count < 2) return undefined;
  const taken = runs.slice(0, count);
  const end = taken[taken.length - 1]?.end ?? first.end;
  const kinds = taken.reduce((all, run) => all & run.kinds, BLOCK | HEX | BASE32);
  const joined = taken.map((run) => text.slice(run.start, run.end)).join("");
  return decodeRun(joined, { start: first.start, end, kinds }, budget);
};

const decodeRun = (block: string, run: Run, budget: DecodeBudget): Decoding | undefined => {
  const { start, end } = run;
  if ((run.kinds & HEX) !== 0 && block.length % 2 === 0) {
    const decoded = readBytes(Buffer.from(bounded(block, 2, budget), "hex"), budget);
    if (decoded !== undefined) return { text: decoded.text, step: `hex${decoded.step}`, start, end };
  }
  if ((run.kinds & BASE32) !== 0) {
    const decoded = readBytes(fromBase32(bounded(block, 1.6, budget)), budget);
    if (decoded !== undefined) return { text: decoded.text, step: `base32${decoded.step}`, start, end };
  }
  // Something of the same alphabet may stand before the block and shift it.
  for (let shift = 0; shift < 4; shift++) {
    const decoded = readBytes(
      Buffer.from(bounded(shift === 0 ? block : block.slice(shift), 4 / 3, budget), "base64"),
      budget,
    );
    if (decoded !== undefined) return { text: decoded.text, step: `base64${decoded.step}`, start, end };
    if (block.length > SHIFTED_UNITS_MAX) break;
  }
  return undefined;
};

const SHIFTED_UNITS_MAX = 4096;

// No more of a block is decoded than the budget can take, and four times that of what turns out not to be text.
const bounded = (block: string, unitsPerByte: number, budget: DecodeBudget): string => {
  const unitsMax = Math.ceil((budget.unitsLeft + 4) * unitsPerByte);
  return block.length > unitsMax ? block.slice(0, unitsMax - (unitsMax % 8)) : block;
};

const readBytes = (bytes: Buffer, budget: DecodeBudget): { text: string; step: string } | undefined => {
  const packed = unpack(bytes, budget);
  const text = textOf(packed === undefined ? bytes : packed.bytes);
  const taken = text === undefined ? "" : budget.take(text);
  return taken === "" ? undefined : { text: taken, step: packed === undefined ? "" : ` > ${packed.step}` };
};

const unpack = (bytes: Buffer, budget: DecodeBudget): { bytes: Buffer; step: string } | undefined => {
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
  const zlib = bytes[0] === 0x78 && (0x7800 + (bytes[1] ?? 0)) % 31 === 0;
  if ((!gzip && !zlib) || !budget.takeInflation()) return undefined;
  const options = { maxOutputLength: budget.unitsLeft + 1, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    return gzip
      ? { bytes: gunzipSync(bytes, options), step: "gzip" }
      : { bytes: inflateSync(bytes, options), step: "deflate" };
  } catch (error) {
    // Anything else is not compressed text at all.
    if (error instanceof RangeError) budget.exceed("compressed text larger than the decode budget");
    return undefined;
  }
};

/** Of capitals and digits. */
export const fromBase32 = (block: string): Buffer => {
  const bytes = Buffer.alloc(Math.floor((block.length * 5) / 8));
  let bits = 0;
  let value = 0;
  let at = 0;
  for (let i = 0; i < block.length; i++) {
    const unit = block.charCodeAt(i);
    value = ((value << 5) | (unit >= 65 ? unit - 65 : unit - 24)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (value >> bits) & 0xff;
    }
  }
  return bytes;
};
