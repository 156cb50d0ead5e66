import type { TextForm } from "../detector.ts";
import type { DecodeBudget } from "./decode-budget.ts";
import { FormBuilder } from "./form-builder.ts";

/** What stands at one place of a text: how long it is, what it means. */
interface Escape {
  readonly end: number;
  readonly text: string;
  readonly step: Step;
}

type Step = "url percent" | "html entities" | "backslash escapes" | "quoted-printable";

const NAMED_ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: " ",
    Tab: "\t",
    NewLine: "\n",
    colon: ":",
    sol: "/",
    lpar: "(",
    rpar: ")",
    lsqb: "[",
    rsqb: "]",
    lcub: "{",
    rcub: "}",
    lbrack: "[",
    rbrack: "]",
    lbrace: "{",
    rbrace: "}",
    comma: ",",
    period: ".",
    excl: "!",
    num: "#",
    dollar: "$",
    percnt: "%",
    ast: "*",
    plus: "+",
    semi: ";",
    equals: "=",
    quest: "?",
    commat: "@",
    bsol: "\\",
    lowbar: "_",
    grave: "`",
    vert: "|",
    verbar: "|",
    hyphen: "-",
    dash: "-",
    shy: "",
    zwj: "",
    zwnj: "",
    lrm: "",
    rlm: "",
    ensp: " ",
    emsp: " ",
    thinsp: " ",
  }),
);
const ENTITY_UNITS_MAX = 12;

// Text around an escape that is kept, so that a sentence with one encoded letter is read builder.
const CONTEXT_UNITS = 160;

const hexValue = (text: string, from: number, digits: number): number => {
  let value = 0;
  for (let i = from; i < from + digits; i++) {
    const unit = text.charCodeAt(i);
    const digit =
      unit >= 48 && unit <= 57 ? unit - 48 : (unit | 32) >= 97 && (unit | 32) <= 102 ? (unit | 32) - 87 : -1;
    if (digit < 0 || Number.isNaN(unit)) return -1;
    value = value * 16 + digit;
  }
  return value;
};

// Consecutive byte escapes are one UTF-8 text.
const byteRun = (text: string, at: number, mark: number, step: Step): Escape | undefined => {
  const first = hexValue(text, at + 1, 2);
  if (first < 0) return undefined;
  if (first < 0x80) return { end: at + 3, text: String.fromCharCode(first), step };
  const bytes = [first];
  let end = at + 3;
  while (bytes.length < 4 && text.charCodeAt(end) === mark) {
    const next = hexValue(text, end + 1, 2);
    if (next < 0x80 || next > 0xbf) break;
    bytes.push(next);
    end += 3;
  }
  return { end, text: Buffer.from(bytes).toString("utf8"), step };
};

const character = (code: number): string => (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "");

const entityAt = (text: string, at: number): Escape | undefined => {
  const step = "html entities";
  if (text.charCodeAt(at + 1) === 0x23) {
    const hex = (text.charCodeAt(at + 2) | 32) === 0x78;
    let end = at + (hex ? 3 : 2);
    const digits = end;
    let code = 0;
    for (; end < text.length && end - digits < 8; end++) {
      const digit = hexValue(text, end, 1);
      if (digit < 0 || (!hex && digit > 9)) break;
      code = code * (hex ? 16 : 10) + digit;
    }
    if (end === digits || code === 0) return undefined;
    return { end: text.charAt(end) === ";" ? end + 1 : end, text: character(code), step };
  }
  const close = text.slice(at + 1, at + 1 + ENTITY_UNITS_MAX).indexOf(";");
  const named = close < 2 ? undefined : NAMED_ENTITIES.get(text.slice(at + 1, at + 1 + close));
  return named === undefined ? undefined : { end: at + close + 2, text: named, step };
};

// Below the space stand the controls that programs for terminals write so.
const octalAt = (text: string, at: number): Escape | undefined => {
  const digits = text.slice(at + 1, at + 4);
  const code = /^[0-3][0-7]{2}$/.test(digits) ? Number.parseInt(digits, 8) : 0;
  return code < 0x20 ? undefined : { end: at + 4, text: character(code), step: "backslash escapes" };
};

const backslashAt = (text: string, at: number): Escape | undefined => {
  const step = "backslash escapes";
  const kind = text.charCodeAt(at + 1);
  if (kind === 0x78) {
    const code = hexValue(text, at + 2, 2);
    return code < 0 ? undefined : { end: at + 4, text: character(code), step };
  }
  if (kind === 0x55) {
    const code = hexValue(text, at + 2, 8);
    return code < 0 ? undefined : { end: at + 10, text: character(code), step };
  }
  if (kind >= 0x30 && kind <= 0x33) return octalAt(text, at);
  if (kind !== 0x75) return undefined;
  if (text.charAt(at + 2) !== "{") {
    const code = hexValue(text, at + 2, 4);
    return code < 0 ? undefined : { end: at + 6, text: String.fromCharCode(code), step };
  }
  const close = text.slice(at + 3, at + 10).indexOf("}");
  const code = close < 1 ? -1 : hexValue(text, at + 3, close);
  return code < 0 ? undefined : { end: at + 4 + close, text: character(code), step };
};

const escapeAt = (text: string, at: number, quotedPrintable: boolean): Escape | undefined => {
  switch (text.charCodeAt(at)) {
    case 0x25:
      return byteRun(text, at, 0x25, "url percent");
    case 0x26:
      return entityAt(text, at);
    case 0x5c:
      return backslashAt(text, at);
    case 0x3d:
      return quotedPrintable ? quotedAt(text, at) : undefined;
    default:
      return undefined;
  }
};

const quotedAt = (text: string, at: number): Escape | undefined => {
  if (text.charAt(at + 1) === "\n") return { end: at + 2, text: "", step: "quoted-printable" };
  if (text.startsWith("\r\n", at + 1)) return { end: at + 3, text: "", step: "quoted-printable" };
  return byteRun(text, at, 0x3d, "quoted-printable");
};

// `a=42` is common in code, so quoted-printable needs a mark that code lacks.
const QUOTED_PRINTABLE = /=[0-9A-F]{2}=[0-9A-F]{2}|=3D|=20|=\r?\n/;

/**
 * Percent, entity, backslash and quoted-printable escapes read in their places. The form holds the escapes
 * and the text around them, not the rest. Undefined when there are none.
 */
export const unescapedForm = (
  source: TextForm,
  label: (steps: string) => string,
  budget: DecodeBudget,
): TextForm | undefined => {
  const text = source.text;
  const quotedPrintable = QUOTED_PRINTABLE.test(text);
  const steps = new Set<string>();
  const builder = new FormBuilder(text);
  let copied = 0;
  let next = nextMark(text, 0);
  let over = false;
  while (next < text.length) {
    const escape = escapeAt(text, next, quotedPrintable);
    if (escape === undefined) {
      next = nextMark(text, next + 1);
      continue;
    }
    const from = Math.max(copied, next - CONTEXT_UNITS);
    if (from > copied) {
      const tail = Math.min(from, copied + CONTEXT_UNITS);
      if (copied > 0) builder.copy(copied, tail);
      if (tail < from) builder.putUnit(0x0a, tail, from);
    }
    builder.copy(from, next);
    builder.put(escape.text, next, escape.end);
    steps.add(escape.step);
    copied = escape.end;
    if (builder.length > budget.unitsLeft) {
      over = true;
      break;
    }
    next = nextMark(text, escape.end);
  }
  if (steps.size === 0) return undefined;
  builder.copy(copied, Math.min(text.length, copied + CONTEXT_UNITS));
  const form = builder.build("decoded", label([...steps].join(" + ")), source);
  if (form.text === text) return undefined;
  const taken = budget.take(form.text);
  if (taken === "") return undefined;
  if (over) budget.exceed("more escapes than the decode budget holds");
  return taken.length === form.text.length ? form : { ...form, text: taken };
};

const nextMark = (text: string, from: number): number => {
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x25 || unit === 0x26 || unit === 0x5c || unit === 0x3d) return i;
  }
  return text.length;
};
