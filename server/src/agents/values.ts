import { fold } from "./words.ts";

/** Kinds of values that can be told by their form alone. */
export type ValueKind = "email" | "url" | "account" | "number" | "handle" | "path";

export interface Value {
  readonly kind: ValueKind;
  /** One spelling for all spellings of it. */
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** All repetitions are bounded, so that no text takes more than its length times a constant. */
const FORMS: readonly (readonly [ValueKind, RegExp])[] = [
  [
    "url",
    /\b(?:(?:https?|ftp|wss?):\/\/|www\.)[^\s<>"'`|{}\\^]{2,2000}|\b(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}\/[^\s<>"'`|{}\\^]{1,2000}/gu,
  ],
  ["email", /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,6}[\p{L}]{2,24}/gu],
  [
    "account",
    /\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b|\b0x[0-9a-f]{40}\b|\bbc1[a-z0-9]{20,60}\b/gu,
  ],
  [
    "path",
    /(?<![\p{L}\p{N}:/])(?:~|\.{1,2})?(?:[/\\][\p{L}\p{N}._-]{1,80}){1,20}|\b[a-z]:\\[\p{L}\p{N}._\\-]{1,200}|(?<![@/.\p{L}\p{N}_-])[\p{L}\p{N}_-]{1,80}(?:\/[\p{L}\p{N}._-]{1,80}){0,10}\.[a-z][a-z0-9]{1,4}(?![\p{L}\p{N}@/.])/gu,
  ],
  ["number", /(?<![\p{L}\p{N}_-])\+?\(?\d(?:[ ()./-]{0,2}\d){6,18}(?![\p{L}\p{N}_-])/gu],
  ["handle", /(?<![\p{L}\p{N}@#/.])[@#][\p{L}\p{N}][\p{L}\p{N}._-]{1,60}/gu],
];

const DATE = /^\+?(?:19|20)\d\d[./ -]?[01]\d[./ -]?[0-3]\d|^[0-3]?\d[./ -][01]?\d[./ -](?:19|20)\d\d/u;
const NOT_PATH = /^(?:\d+(?:[/.]\d+)*|\/\s|\/$|e\.g|i\.e)/u;

const trimmed = (text: string): string => text.replace(/[.,;:!?)\]}>'"*_]+$/u, "");

/** The key of a value: how all spellings of it are one. */
const keyOf = (kind: ValueKind, text: string): string => {
  switch (kind) {
    case "url":
      return text
        .replace(/^[a-z]+:\/\//u, "")
        .replace(/^www\./u, "")
        .replace(/\/+$/u, "");
    case "account":
    case "number":
      return text.replace(/[^a-z0-9]/gu, "");
    case "path":
      return text.replaceAll("\\", "/").replace(/^\.\//u, "").replace(/\/+$/u, "");
    case "handle":
      return text.slice(1);
    case "email":
      return text;
  }
};

/** Values in a folded text that are told by their form, without overlap, in order of the kinds. */
export const valuesIn = (folded: string): readonly Value[] => {
  const found: Value[] = [];
  const taken = (start: number, end: number): boolean => found.some((one) => start < one.end && end > one.start);
  const mayHave: Readonly<Record<ValueKind, boolean>> = {
    url: folded.includes("/") || folded.includes("www."),
    email: folded.includes("@"),
    account: /\d/u.test(folded),
    path: folded.includes("/") || folded.includes("\\") || folded.includes("."),
    number: /\d/u.test(folded),
    handle: folded.includes("@") || folded.includes("#"),
  };
  for (const [kind, form] of FORMS) {
    if (!mayHave[kind]) continue;
    for (const match of folded.matchAll(form)) {
      const text = kind === "account" || kind === "number" ? match[0] : trimmed(match[0]);
      const end = match.index + text.length;
      if (text.length < 2 || taken(match.index, end)) continue;
      if (kind === "number" && DATE.test(text)) continue;
      if (kind === "path" && NOT_PATH.test(text)) continue;
      found.push({ kind, key: keyOf(kind, text), start: match.index, end });
      if (found.length >= 2000) return found;
    }
  }
  return found;
};

/** The values that a short text consists of: `Ana <ana@a.example>, b@b.example` of two addresses; empty if of others. */
export const wholeValues = (text: string): readonly Value[] => {
  if (text.length > 400) return [];
  const folded = fold(text);
  const values = valuesIn(folded);
  if (values.length === 0) return [];
  let rest = folded;
  for (const { start, end } of values.toSorted((one, other) => other.start - one.start))
    rest = `${rest.slice(0, start)}@${rest.slice(end)}`;
  return WHOLE.test(rest) ? values : [];
};

/** Values alone, as lists have them, or as mails have them: each after a name and in brackets, or after a kind. */
const WHOLE =
  /^(?:[\s,;]*(?:[\p{L}\p{M}]{1,20}:|"?[\p{L}\p{M}][\p{L}\p{M}'’. -]{0,40}"?\s*(?=[<(]))?\s*["'<([]{0,2}@["'>)\]]{0,2}[\s,;.]*){1,50}$/u;

const HOST =
  /^(?:[a-z]+:\/\/)?(?:[^/@\s]{0,200}@)?([\p{L}\p{N}.-]+\.[\p{L}]{2,24}|localhost|[\d.]{7,15})(?::\d{1,5})?(?:[/?#]|$)/u;

/** The host of an address or a bare host, folded; undefined for everything else. */
export const hostOf = (text: string): string | undefined => HOST.exec(fold(text.trim()))?.[1]?.replace(/^www\./u, "");

const NUMBER = /^[^\d-]{0,4}\s?(-?\d{1,3}(?:[., '’\u00a0]\d{3})*|-?\d+)(?:([.,])(\d{1,4}))?\s?[^\d]{0,4}$/u;

/** A number however it is spelt (`1.234,50 €`, `$1,234.5`), as a plain decimal; undefined where it is none. */
export const decimalOf = (text: string): string | undefined => {
  const trimmedText = text.trim();
  if (trimmedText.length > 40) return undefined;
  const match = NUMBER.exec(trimmedText);
  if (match === null) return undefined;
  const whole = (match[1] ?? "").replace(/[^\d-]/gu, "");
  // `1,234` alone is a thousand and more; `1,5` is one and a half.
  const value = Number(`${whole}.${match[3] ?? "0"}`);
  return Number.isFinite(value) ? String(value) : undefined;
};
