import { isIP } from "node:net";
import { RE2JS } from "re2js";
import { nearest } from "#platform";
import { base64, base64Offsets, utf16, utf16be, utf16le, windash } from "./encodings.ts";
import { numberOf } from "./field-values.ts";
import type { FieldTest, RuleValue } from "./rule.ts";
import { type Anchors, type Part, parseWildcards, plainText } from "./wildcard.ts";

const ORDERS = ["lt", "lte", "gt", "gte"] as const;
export type Order = (typeof ORDERS)[number] | "eq";
const TIME_PARTS = ["minute", "hour", "day", "week", "month", "year"] as const;
export type TimePart = (typeof TIME_PARTS)[number];
const PLACES = ["contains", "startswith", "endswith"] as const;
export type Place = (typeof PLACES)[number] | "whole";
const TRANSFORMS = ["wide", "utf16le", "utf16be", "utf16", "base64", "base64offset", "windash"];
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
  "words",
];

/** Words as the store's index of words has them: letters and digits of ASCII, and all that is not ASCII. */
export const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[a-z0-9\u0080-\uffff]+/g) ?? [];
const REGEX_UNITS_MAX = 2_000;

/** What one value of a field is held against. */
export type Matcher =
  /** Parts are in lower case unless `cased`. */
  | { readonly kind: "text"; readonly parts: readonly Part[]; readonly anchors: Anchors; readonly cased: boolean }
  /** All of them, each whole, in lower case. */
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "regex"; readonly source: string; readonly flags: ReadonlySet<string> }
  | {
      readonly kind: "number";
      readonly order: Order;
      readonly bound: number;
      readonly part: TimePart | undefined;
    }
  | { readonly kind: "network"; readonly address: string; readonly bits: number; readonly family: 4 | 6 }
  | { readonly kind: "field"; readonly field: string; readonly place: Place; readonly cased: boolean };

/**
 * One test of a field, checked: what the stream predicate and the query are both made from.
 * `some`: a value meets a matcher. `every`: each group has a matcher that a value meets. `none`: there is a value,
 * and none meets a matcher. An empty field means every text of the event.
 */
export type FieldPlan =
  | { readonly kind: "exists"; readonly field: string; readonly wanted: boolean }
  | {
      readonly kind: "some" | "every" | "none";
      readonly field: string;
      /** One group for each value that was written; a value may have several forms, of which one is enough. */
      readonly groups: readonly (readonly Matcher[])[];
      /** Whether it also holds for no value at all. */
      readonly orMissing: boolean;
    };

export type PlannedTest =
  | { readonly ok: true; readonly plan: FieldPlan }
  | { readonly ok: false; readonly message: string; readonly fix: string };

class Unusable extends Error {
  readonly fix: string;
  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

const oneOf = <T extends string>(names: readonly T[], modifiers: readonly string[]): T | undefined =>
  names.find((name) => modifiers.includes(name));

const anchorsOf = (place: Place, keyword: boolean): Anchors => {
  if (place === "whole") return { start: !keyword, end: !keyword };
  return { start: place === "startswith", end: place === "endswith" };
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

/** Flags as RE2JS takes them. */
export const regexFlags = (flags: ReadonlySet<string>): number =>
  (flags.has("i") ? RE2JS.CASE_INSENSITIVE : 0) |
  (flags.has("m") ? RE2JS.MULTILINE : 0) |
  (flags.has("s") ? RE2JS.DOTALL : 0);

const regexMatcher = (source: string, modifiers: readonly string[]): Matcher => {
  if (source.length > REGEX_UNITS_MAX)
    throw new Unusable(`The regular expression is longer than ${REGEX_UNITS_MAX} characters`, "Split it");
  const flags = new Set(REGEX_FLAGS.filter((flag) => modifiers.includes(flag)));
  try {
    RE2JS.compile(source, regexFlags(flags));
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    throw new Unusable(
      `The regular expression cannot be used: ${reason}`,
      "Use RE2 syntax: no look-around, no back-references",
    );
  }
  return { kind: "regex", source, flags };
};

const networkMatcher = (value: string): Matcher => {
  const [address = "", prefix = ""] = value.split("/");
  const family = isIP(address);
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if ((family !== 4 && family !== 6) || bits < 0 || bits > (family === 4 ? 32 : 128)) {
    throw new Unusable(`"${value}" is not a network`, "Write an address and a prefix length, as in 10.0.0.0/8");
  }
  return { kind: "network", address, bits, family };
};

const textMatcher = (parts: readonly Part[], anchors: Anchors, cased: boolean): Matcher => ({
  kind: "text",
  parts: cased ? parts : parts.map((part) => ({ ...part, text: part.text.toLowerCase() })),
  anchors,
  cased,
});

const matchersOf = ({ field, modifiers }: FieldTest, value: RuleValue): readonly Matcher[] => {
  const order = oneOf(ORDERS, modifiers);
  const part = oneOf(TIME_PARTS, modifiers);
  const place = oneOf(PLACES, modifiers) ?? "whole";
  const cased = modifiers.includes("cased");
  const written = String(value);
  const number = (): Matcher => {
    const bound = numberOf(value);
    if (bound === undefined) throw new Unusable(`"${written}" is not a number`, "Write a number");
    return { kind: "number", order: order ?? "eq", bound, part };
  };
  if (order !== undefined || part !== undefined) return [number()];
  if (modifiers.includes("re")) return [regexMatcher(written, modifiers)];
  if (modifiers.includes("words")) {
    const words = wordsOf(written);
    if (words.length === 0) throw new Unusable(`"${written}" holds no word`, "Write letters or digits");
    return [{ kind: "words", words }];
  }
  if (modifiers.includes("cidr")) return [networkMatcher(written)];
  if (modifiers.includes("fieldref")) return [{ kind: "field", field: written, place, cased }];
  const anchors = anchorsOf(place, field === "");
  const literal = (text: string): readonly Part[] => [{ kind: "text", text }];
  if (modifiers.some((modifier) => TRANSFORMS.includes(modifier)))
    return transformed(written, modifiers).map((form) => textMatcher(literal(form), anchors, cased));
  if (typeof value === "number" && anchors.start && anchors.end) return [number()];
  if (typeof value === "boolean") return [textMatcher(literal(written), anchors, false)];
  return [textMatcher(parseWildcards(written), anchors, cased)];
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
  clash([...ORDERS, ...PLACES, "re", "cidr", "exists", "words"]);
  clash(["re", "cidr", "fieldref", "exists", ...TIME_PARTS]);
  if (modifiers.some((modifier) => REGEX_FLAGS.includes(modifier)) && !modifiers.includes("re")) {
    throw new Unusable("The modifiers i, m and s belong to re", "Write |re|i, or leave them out");
  }
  if (values.length === 0) throw new Unusable(`"${field}" has no values`, "Give one or more values");
  if (values.includes(null) && modifiers.length > 0)
    throw new Unusable("null goes with no modifier", "Write the field without modifiers, or use |exists: false");
};

const plan = (test: FieldTest): FieldPlan => {
  check(test);
  const { field, modifiers, values } = test;
  if (modifiers.includes("exists")) {
    const [wanted] = values;
    if (typeof wanted !== "boolean" || field === "")
      throw new Unusable("exists takes a field and true or false", "Write field|exists: true");
    return { kind: "exists", field, wanted };
  }
  const kind = modifiers.includes("neq") ? "none" : modifiers.includes("all") ? "every" : "some";
  const given = values.filter((value) => value !== null);
  return {
    kind,
    field,
    groups: given.map((value) => matchersOf(test, value)),
    orMissing: kind === "some" && values.includes(null),
  };
};

/**
 * Reads one test of a field. Strings compare without regard to case unless `cased`; a value written as a number
 * compares as a number with numbers and decimal texts; a missing field is false (only `null` and `exists: false`
 * hold for it). Source: Sigma specification 2.1, modifiers.
 */
export const planFieldTest = (test: FieldTest): PlannedTest => {
  try {
    return { ok: true, plan: plan(test) };
  } catch (error) {
    if (error instanceof Unusable) return { ok: false, message: error.message, fix: error.fix };
    throw error;
  }
};
