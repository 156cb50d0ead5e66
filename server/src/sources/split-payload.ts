import type { SourcePayload, SplitRecord } from "./source.ts";
import { isFields } from "./read.ts";

export interface SplitOptions {
  /** Fields of a wrapping object that hold the records. */
  readonly lists: readonly string[];
  /** What lines that are not JSON are: records of text, or mistakes. */
  readonly lines: "json" | "text";
  readonly recordBytesMax: number;
}

export const USUAL_LISTS: readonly string[] = ["Records", "records", "items", "events"];
const SHOWN_UNITS_MAX = 2_000;
const RECORDS_MAX = 1_000_000;

const malformed = (reason: string, text: string): SplitRecord => ({
  ok: false,
  reason,
  text: text.slice(0, SHOWN_UNITS_MAX),
});

const parse = (text: string): { readonly value: unknown } | { readonly fault: string } => {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch (error) {
    return { fault: error instanceof Error ? error.message.slice(0, 200) : "not JSON" };
  }
};

/**
 * Cuts a payload into records: one JSON value, an array, a wrapper (`{"Records": […]}`), JSON values one after
 * another with or without line breaks, or lines of text. What cannot be read is named with its line or place.
 */
export function* splitPayload(payload: SourcePayload, options: SplitOptions): Generator<SplitRecord> {
  const text = decode(payload.bytes);
  const start = firstAfterSpace(text, 0);
  if (start === text.length) return;
  const isJson = text[start] === "{" || text[start] === "[";
  if (!isJson || (options.lines === "text" && !startsWithJson(text, start))) {
    yield* splitLines(text, options);
    return;
  }
  const firstEnd = lineEnd(text, start);
  if (text[start] === "{" && firstAfterSpace(text, firstEnd) < text.length && text[firstEnd - 1] !== "{") {
    const first = parse(text.slice(start, firstEnd));
    if ("value" in first) {
      yield* splitLines(text, options);
      return;
    }
  }
  const whole = parse(text);
  if ("value" in whole) yield* opened(whole.value, options);
  else if (isSecondLineWhole(text, firstEnd)) yield* splitLines(text, options);
  else yield* salvage(text, whole.fault, options);
}

const startsWithJson = (text: string, start: number): boolean =>
  /^(?:\{\s*["}]|\[\s*[[{"\]])/.test(text.slice(start, start + 64));

const decode = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
};

const firstAfterSpace = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
};

const lineEnd = (text: string, from: number): number => {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at;
};

function* splitLines(text: string, options: SplitOptions): Generator<SplitRecord> {
  let line = 0;
  for (let from = 0; from < text.length;) {
    const end = lineEnd(text, from);
    line += 1;
    const piece = text.slice(from, end).trim();
    from = end + 1;
    if (piece === "") continue;
    if (line > RECORDS_MAX) {
      yield malformed(`Line ${line}: more than ${RECORDS_MAX} lines in one payload. Send it in parts`, piece);
      return;
    }
    if (piece.length > options.recordBytesMax) {
      yield malformed(`Line ${line} is longer than ${options.recordBytesMax} bytes. Send smaller records`, piece);
      continue;
    }
    const isJson = piece.startsWith("{") || (piece.startsWith("[") && options.lines === "json");
    const parsed = isJson ? parse(piece) : undefined;
    if (parsed !== undefined && "value" in parsed) yield* opened(parsed.value, options);
    else if (options.lines === "text") yield { ok: true, record: piece };
    else yield malformed(`Line ${line} is not JSON: ${parsed?.fault ?? "it does not start with {"}`, piece);
  }
}

/** Records of one parsed value: a list's items, a wrapper's, or the value itself. */
function* opened(value: unknown, options: SplitOptions): Generator<SplitRecord> {
  if (Array.isArray(value)) {
    for (const item of value) yield* isFields(item) ? opened(item, options) : [{ ok: true as const, record: item }];
    return;
  }
  if (isFields(value))
    for (const name of options.lists) {
      const list = value[name];
      if (!Array.isArray(list)) continue;
      for (const record of list) yield { ok: true, record };
      return;
    }
  yield { ok: true, record: value };
}

/** A broken first line, half of one where following a file began, must not take the others with it. */
const isSecondLineWhole = (text: string, firstEnd: number): boolean => {
  const start = firstAfterSpace(text, firstEnd);
  if (text[start] !== "{") return false;
  const line = parse(text.slice(start, lineEnd(text, start)));
  return "value" in line && isFields(line.value);
};

/** Reads what can be read of broken JSON: the items of an array, or values one after another. */
function* salvage(text: string, fault: string, options: SplitOptions): Generator<SplitRecord> {
  let at = listStart(text, options.lists);
  for (let found = 0; found < RECORDS_MAX; found += 1) {
    while (at < text.length && (text.charCodeAt(at) <= 0x20 || text[at] === ",")) at += 1;
    if (at >= text.length || END_OF_LIST.test(text.slice(at, at + 64))) return;
    const end = valueEnd(text, at);
    if (end === undefined) {
      yield malformed(`From character ${at}: no whole JSON value (${fault})`, text.slice(at, at + SHOWN_UNITS_MAX));
      return;
    }
    const piece = text.slice(at, end);
    const parsed = parse(piece);
    if ("value" in parsed) yield* opened(parsed.value, options);
    else yield malformed(`At character ${at}: ${parsed.fault}`, piece);
    at = end;
  }
}

const END_OF_LIST = /^\]\s*\}?\s*$/;
const OPENING = /^\s*(?:\{\s*"([^"\\]{1,32})"\s*:\s*)?\[/;

/** Behind the bracket of the list that the payload is, or that stands first in its wrapper. */
const listStart = (text: string, lists: readonly string[]): number => {
  const opening = OPENING.exec(text.slice(0, 256));
  if (opening === null || (opening[1] !== undefined && !lists.includes(opening[1]))) return 0;
  return opening[0].length;
};

/** Where the object, array or bare word at `from` ends; undefined when it does not. */
const valueEnd = (text: string, from: number): number | undefined => {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = stringEnd(text, at);
      if (at === -1) return undefined;
      if (depth === 0) return at + 1;
    } else if (unit === 0x7b || unit === 0x5b) depth += 1;
    else if (unit === 0x7d || unit === 0x5d) {
      depth -= 1;
      if (depth <= 0) return at + 1;
    } else if (depth === 0 && (unit === 0x2c || unit <= 0x20)) return at;
  }
  return depth === 0 ? text.length : undefined;
};

const stringEnd = (text: string, open: number): number => {
  for (let at = text.indexOf('"', open + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
};
