import canonicalize from "canonicalize";
import { hasOneReading } from "#platform";

/** An object that a copy cannot put in order: its keys look like an array's, or name the prototype. */
class OutOfOrder extends Error {}

/** Engines put such keys first, whatever the order they were set in. */
const isMoved = (key: string): boolean => {
  const first = key.charCodeAt(0);
  return (first >= 0x30 && first <= 0x39) || key === "__proto__";
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const listInOrder = (list: readonly unknown[]): readonly unknown[] => {
  let copy: unknown[] | undefined;
  for (let at = 0; at < list.length; at += 1) {
    const item = list[at];
    if (!isObject(item)) continue;
    const ordered = inOrder(item);
    if (ordered !== item) (copy ??= [...list])[at] = ordered;
  }
  return copy ?? list;
};

/** The same value with every object's keys in order of their UTF-16 units; what is in order is not copied. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return listInOrder(value);
  if (!isObject(value)) return value;
  const keys: string[] = [];
  let last = "";
  let isSame = true;
  for (const key in value) {
    if (isMoved(key)) throw new OutOfOrder();
    if (key < last) isSame = false;
    last = key;
    keys.push(key);
  }
  if (isSame) {
    let changed: Record<string, unknown> | undefined;
    for (const key of keys) {
      const field = value[key];
      const ordered = isObject(field) ? inOrder(field) : field;
      if (ordered !== field) (changed ??= { ...value })[key] = ordered;
    }
    return changed ?? value;
  }
  keys.sort();
  const copy: Record<string, unknown> = {};
  for (const key of keys) copy[key] = inOrder(value[key]);
  return copy;
};

/** `JSON.stringify` escapes exactly the lone surrogates; a backslash before it means the text itself says `\ud…`. */
const replaceSurrogate = (escape: string, offset: number, whole: string): string => {
  let backslashes = 0;
  while (whole[offset - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 0 ? "\\ufffd" : escape;
};

const slowly = (value: unknown): string => {
  try {
    return canonicalize(value) ?? "null";
  } catch {
    const repaired = JSON.stringify(value).replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, replaceSurrogate);
    return canonicalize(JSON.parse(repaired)) ?? "null";
  }
};

/**
 * RFC 8785 text of a value made of JSON. Lone surrogates, which it has no form for, become U+FFFD.
 *
 * RFC 8785 writes strings and numbers as `JSON.stringify` does, so that with its keys in order a value can be left to
 * the engine, four times as fast as a library that walks it; what the engine would write differently goes to the library.
 */
export const canonical = (value: unknown): string => {
  try {
    const text = JSON.stringify(inOrder(value)) ?? "null";
    return text.includes("\\ud") ? slowly(value) : text;
  } catch (error) {
    // Values nested too deeply for the engine's own walk are not too deep for the library's.
    if (error instanceof OutOfOrder || error instanceof RangeError) return slowly(value);
    throw error;
  }
};

const STRINGS = /"(?:[^"\\]|\\.)*"/g;
const NUMBERS = /-?\d[\d.eE+-]*/g;
/** Every decimal number of so many digits is one of the engine's, and no two share one. */
const EXACT_DIGITS = 15;
const MANY_DIGITS = /[\d.]{16}/;

const isExact = (number: string): boolean => {
  if (/^-?\d+$/.test(number)) return BigInt(number) === BigInt(Number(number));
  const digits = number
    .replace(/[eE].*$/, "")
    .replaceAll(/[-.]/g, "")
    .replace(/^0+/, "");
  return digits.length <= EXACT_DIGITS;
};

/** Whether the engine keeps all numbers of a text of JSON apart. */
const areExact = (text: string): boolean =>
  !MANY_DIGITS.test(text) || (text.replaceAll(STRINGS, '""').match(NUMBERS) ?? []).every(isExact);

/**
 * RFC 8785 form of a text of JSON, so that spelling and order make no other one. What is no JSON stays as it is, and so
 * does what two readers may read differently: with a key twice, or with numbers that the engine rounds.
 */
export const canonicalText = (text: string): string =>
  hasOneReading(text) && areExact(text) ? canonical(JSON.parse(text)) : text;
