import { BlockList, isIP } from "node:net";
import { RE2JS } from "re2js";
import { base64, base64Offsets, utf16, utf16be, utf16le, windash } from "./encodings.ts";
import { everyText, fieldValues, numberOf, textOf } from "./field-values.ts";
import { nearest } from "#platform";
import type { FieldTest, RuleEvent, RuleValue } from "./rule.ts";
import { type Anchors, compileWildcards, parseWildcards, plainText } from "./wildcard.ts";

export type EventPredicate = (event: RuleEvent) => boolean;
export type CompiledTest =
  | { readonly ok: true; readonly holds: EventPredicate }
  | { readonly ok: false; readonly message: string; readonly fix: string };

/** Answers for one value of the field. */
type ValuePredicate = (value: unknown, event: RuleEvent) => boolean;

class Unusable extends Error {
  readonly fix: string;
  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

const ORDERS = ["lt", "lte", "gt", "gte"];
const PLACES = ["contains", "startswith", "endswith"];
const TRANSFORMS = ["wide", "utf16le", "utf16be", "utf16", "base64", "base64offset", "windash"];
const TIME_PARTS = ["minute", "hour", "day", "week", "month", "year"];
const REGEX_FLAGS = ["i", "m", "s"];
const KNOWN = [
  ...ORDERS,
  ...PLACES,
  ...TRANSFORMS,
  ...TIME_PARTS,
  ...REGEX_FLAGS,
  "all",
  "exists",
  "cased",
  "re",
  "cidr",
  "neq",
  "fieldref",
];
const REGEX_UNITS_MAX = 2_000;

const anchorsOf = (modifiers: readonly string[], keyword: boolean): Anchors => {
  if (modifiers.includes("contains")) return { start: false, end: false };
  if (modifiers.includes("startswith")) return { start: true, end: false };
  if (modifiers.includes("endswith")) return { start: false, end: true };
  return { start: !keyword, end: !keyword };
};

const textPredicate = (cased: boolean, value: string, anchors: Anchors, literal: boolean): ValuePredicate => {
  const folded = cased ? value : value.toLowerCase();
  const holds = compileWildcards(literal ? [{ kind: "text", text: folded }] : parseWildcards(folded), anchors);
  return (candidate) => {
    const text = textOf(candidate);
    return text !== undefined && holds(cased ? text : text.toLowerCase());
  };
};

/** Applies the transformations in the order in which they are written. */
const transformed = (value: string, modifiers: readonly string[]): readonly string[] => {
  const plain = plainText(value);
  if (plain === undefined)
    throw new Unusable(
      "Wildcards cannot be encoded",
      "Write the value without * and ?, or escape them with a backslash",
    );
  let forms: readonly { readonly text: string; readonly raw: boolean }[] = [{ text: plain, raw: false }];
  for (const modifier of modifiers) {
    forms = forms.flatMap(({ text, raw }) => {
      switch (modifier) {
        case "wide":
        case "utf16le":
          return [{ text: utf16le(text), raw: true }];
        case "utf16be":
          return [{ text: utf16be(text), raw: true }];
        case "utf16":
          return [{ text: utf16(text), raw: true }];
        case "base64":
          return [{ text: base64(text, raw), raw: false }];
        case "base64offset":
          return base64Offsets(text, raw).map((each) => ({ text: each, raw: false }));
        case "windash":
          return windash(text).map((each) => ({ text: each, raw }));
        default:
          return [{ text, raw }];
      }
    });
  }
  return forms.map(({ text }) => text);
};

const regexPredicate = (source: string, modifiers: readonly string[]): ValuePredicate => {
  if (source.length > REGEX_UNITS_MAX)
    throw new Unusable(`The regular expression is longer than ${REGEX_UNITS_MAX} characters`, "Split it");
  const flags =
    (modifiers.includes("i") ? RE2JS.CASE_INSENSITIVE : 0) |
    (modifiers.includes("m") ? RE2JS.MULTILINE : 0) |
    (modifiers.includes("s") ? RE2JS.DOTALL : 0);
  try {
    const expression = RE2JS.compile(source, flags);
    return (candidate) => {
      const text = textOf(candidate);
      return text !== undefined && expression.test(text);
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    throw new Unusable(
      `The regular expression cannot be used: ${reason}`,
      "Use RE2 syntax: no look-around, no back-references",
    );
  }
};

const cidrPredicate = (value: string): ValuePredicate => {
  const [address = "", prefix = ""] = value.split("/");
  const family = isIP(address);
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (family === 0 || bits < 0 || bits > (family === 4 ? 32 : 128)) {
    throw new Unusable(`"${value}" is not a network`, "Write an address and a prefix length, as in 10.0.0.0/8");
  }
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
  return (candidate) => {
    if (typeof candidate !== "string") return false;
    const kind = isIP(candidate);
    return kind !== 0 && list.check(candidate, kind === 4 ? "ipv4" : "ipv6");
  };
};

const ordered = (modifier: string, left: number, right: number): boolean => {
  switch (modifier) {
    case "lt":
      return left < right;
    case "lte":
      return left <= right;
    case "gt":
      return left > right;
    case "gte":
      return left >= right;
    default:
      return left === right;
  }
};

/** ISO 8601 week of a UTC date. */
const weekOf = (date: Date): number => {
  const thursday = new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 4 - (date.getUTCDay() || 7)),
  );
  return Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7);
};

const timePart = (part: string, value: unknown): number | undefined => {
  const date = typeof value === "string" || typeof value === "number" ? new Date(value) : undefined;
  if (date === undefined || Number.isNaN(date.getTime())) return undefined;
  switch (part) {
    case "minute":
      return date.getUTCMinutes();
    case "hour":
      return date.getUTCHours();
    case "day":
      return date.getUTCDate();
    case "week":
      return weekOf(date);
    case "month":
      return date.getUTCMonth() + 1;
    default:
      return date.getUTCFullYear();
  }
};

const numericPredicate = (modifier: string, wanted: RuleValue, part: string | undefined): ValuePredicate => {
  const bound = numberOf(wanted);
  if (bound === undefined) throw new Unusable(`"${String(wanted)}" is not a number`, "Write a number");
  return (candidate) => {
    const value = part === undefined ? numberOf(candidate) : timePart(part, candidate);
    return value !== undefined && ordered(modifier, value, bound);
  };
};

const referencePredicate = (field: string, modifiers: readonly string[]): ValuePredicate => {
  const cased = modifiers.includes("cased");
  const fold = (text: string): string => (cased ? text : text.toLowerCase());
  return (candidate, event) => {
    const text = textOf(candidate);
    if (text === undefined) return false;
    return fieldValues(event, field).some((each) => {
      const other = textOf(each);
      if (other === undefined) return false;
      if (modifiers.includes("contains")) return fold(text).includes(fold(other));
      if (modifiers.includes("startswith")) return fold(text).startsWith(fold(other));
      if (modifiers.includes("endswith")) return fold(text).endsWith(fold(other));
      return fold(text) === fold(other);
    });
  };
};

const valuePredicate = (test: FieldTest, value: RuleValue): ValuePredicate => {
  const { modifiers } = test;
  const cased = modifiers.includes("cased");
  const order = modifiers.find((modifier) => ORDERS.includes(modifier));
  const part = modifiers.find((modifier) => TIME_PARTS.includes(modifier));
  if (order !== undefined || part !== undefined) return numericPredicate(order ?? "eq", value, part);
  if (modifiers.includes("re")) return regexPredicate(String(value), modifiers);
  if (modifiers.includes("cidr")) return cidrPredicate(String(value));
  if (modifiers.includes("fieldref")) return referencePredicate(String(value), modifiers);
  const anchors = anchorsOf(modifiers, test.field === "");
  if (modifiers.some((modifier) => TRANSFORMS.includes(modifier))) {
    const forms = transformed(String(value), modifiers).map((form) => textPredicate(cased, form, anchors, true));
    return (candidate, event) => forms.some((form) => form(candidate, event));
  }
  if (typeof value === "number" && anchors.start && anchors.end) return numericPredicate("eq", value, undefined);
  if (typeof value === "boolean") return textPredicate(false, String(value), anchors, true);
  return textPredicate(cased, String(value), anchors, false);
};

const check = ({ field, modifiers, values }: FieldTest): void => {
  for (const modifier of modifiers) {
    if (KNOWN.includes(modifier)) continue;
    if (modifier === "expand")
      throw new Unusable("Placeholders (expand) have nothing to be filled from here", "Write the values out");
    const meant = nearest(modifier, KNOWN);
    throw new Unusable(
      `The modifier "${modifier}" is not known`,
      meant === undefined ? `Use one of ${KNOWN.join(", ")}` : `Did you mean ${meant}?`,
    );
  }
  const clash = (names: readonly string[]): void => {
    const used = modifiers.filter((modifier) => names.includes(modifier));
    if (used.length > 1)
      throw new Unusable(`The modifiers ${used.join(" and ")} exclude each other`, "Keep one of them");
  };
  clash([...ORDERS, ...PLACES, "re", "cidr", "exists"]);
  clash(["re", "cidr", "fieldref", "exists", ...TIME_PARTS]);
  if (modifiers.some((modifier) => REGEX_FLAGS.includes(modifier)) && !modifiers.includes("re")) {
    throw new Unusable("The modifiers i, m and s belong to re", "Write |re|i, or leave them out");
  }
  if (values.length === 0) throw new Unusable(`"${field}" has no values`, "Give one or more values");
  if (values.includes(null) && modifiers.length > 0)
    throw new Unusable("null goes with no modifier", "Write the field without modifiers, or use |exists: false");
};

const missing = (event: RuleEvent, field: string): boolean => fieldValues(event, field).length === 0;

const compile = (test: FieldTest): EventPredicate => {
  check(test);
  const { field, modifiers, values } = test;
  if (modifiers.includes("exists")) {
    const [wanted] = values;
    if (typeof wanted !== "boolean" || field === "")
      throw new Unusable("exists takes a field and true or false", "Write field|exists: true");
    return (event) => missing(event, field) !== wanted;
  }
  const candidatesOf = (event: RuleEvent): readonly unknown[] =>
    field === "" ? everyText(event) : fieldValues(event, field);
  const predicates = values.filter((value) => value !== null).map((value) => valuePredicate(test, value));
  if (modifiers.includes("neq")) {
    // Two-valued: a field that is missing is not "different", it is missing.
    return (event) => {
      const candidates = candidatesOf(event);
      return candidates.length > 0 && !candidates.some((value) => predicates.some((holds) => holds(value, event)));
    };
  }
  const orNull = values.includes(null);
  if (modifiers.includes("all")) {
    return (event) => {
      const candidates = candidatesOf(event);
      return predicates.every((holds) => candidates.some((value) => holds(value, event)));
    };
  }
  return (event) => {
    const candidates = candidatesOf(event);
    if (candidates.length === 0) return orNull;
    return candidates.some((value) => predicates.some((holds) => holds(value, event)));
  };
};

/**
 * Compiles one test of a field. Strings compare without regard to case unless `cased`; a value
 * written as a number compares as a number with numbers and decimal texts; a missing field is
 * false (only `null` and `exists: false` hold for it). Source: Sigma specification 2.1, modifiers.
 */
export const compileFieldTest = (test: FieldTest): CompiledTest => {
  try {
    return { ok: true, holds: compile(test) };
  } catch (error) {
    if (error instanceof Unusable) return { ok: false, message: error.message, fix: error.fix };
    throw error;
  }
};
