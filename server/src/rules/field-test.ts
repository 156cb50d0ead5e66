import { BlockList, isIP } from "node:net";
import { RE2JS } from "re2js";
import { everyText, fieldReader, numberOf, textOf } from "./field-values.ts";
import {
  type FieldPlan,
  type Matcher,
  type Order,
  type Place,
  regexFlags,
  type TimePart,
  wordsOf,
} from "./field-plan.ts";
import type { RuleEvent } from "./rule.ts";
import { type Anchors, compileWildcards, type Part } from "./wildcard.ts";

export type EventPredicate = (event: RuleEvent) => boolean;

/** Answers for one value of the field. */
type ValuePredicate = (value: unknown, event: RuleEvent) => boolean;

const textPredicate = (parts: readonly Part[], anchors: Anchors, cased: boolean): ValuePredicate => {
  const holds = compileWildcards(parts, anchors);
  return (candidate) => {
    const text = textOf(candidate);
    return text !== undefined && holds(cased ? text : text.toLowerCase());
  };
};

const regexPredicate = (source: string, flags: ReadonlySet<string>): ValuePredicate => {
  const expression = RE2JS.compile(source, regexFlags(flags));
  return (candidate) => {
    const text = textOf(candidate);
    return text !== undefined && expression.test(text);
  };
};

const wordsPredicate =
  (words: readonly string[]): ValuePredicate =>
  (candidate) => {
    const text = textOf(candidate);
    if (text === undefined) return false;
    const there = new Set(wordsOf(text));
    return words.every((word) => there.has(word));
  };

const networkPredicate = (address: string, bits: number, family: 4 | 6): ValuePredicate => {
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
  return (candidate) => {
    if (typeof candidate !== "string" || isIP(candidate) !== family) return false;
    return list.check(candidate, family === 4 ? "ipv4" : "ipv6");
  };
};

const ordered = (order: Order, left: number, right: number): boolean => {
  switch (order) {
    case "lt":
      return left < right;
    case "lte":
      return left <= right;
    case "gt":
      return left > right;
    case "gte":
      return left >= right;
    case "eq":
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

/** A time of RFC 3339 in UTC, as a regular expression of RE2 and of JavaScript. Of other forms no part is known. */
export const TIME_SOURCE =
  "^(?:19[7-9]\\d|2[01]\\d\\d)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?Z$";
const TIME = new RegExp(TIME_SOURCE);

const dateOf = (value: unknown): Date | undefined => {
  const date = typeof value === "string" && TIME.test(value) ? new Date(value) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
};

const timePart = (part: TimePart, value: unknown): number | undefined => {
  const date = dateOf(value);
  if (date === undefined) return undefined;
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
    case "year":
      return date.getUTCFullYear();
  }
};

const numberPredicate = (order: Order, bound: number, part: TimePart | undefined): ValuePredicate => {
  return (candidate) => {
    const value = part === undefined ? numberOf(candidate) : timePart(part, candidate);
    return value !== undefined && ordered(order, value, bound);
  };
};

const fieldPredicate = (field: string, place: Place, cased: boolean): ValuePredicate => {
  const read = fieldReader(field);
  const fold = (text: string): string => (cased ? text : text.toLowerCase());
  return (candidate, event) => {
    const text = textOf(candidate);
    if (text === undefined) return false;
    return read(event).some((each) => {
      const other = textOf(each);
      if (other === undefined) return false;
      switch (place) {
        case "contains":
          return fold(text).includes(fold(other));
        case "startswith":
          return fold(text).startsWith(fold(other));
        case "endswith":
          return fold(text).endsWith(fold(other));
        case "whole":
          return fold(text) === fold(other);
      }
    });
  };
};

const valuePredicate = (matcher: Matcher): ValuePredicate => {
  switch (matcher.kind) {
    case "text":
      return textPredicate(matcher.parts, matcher.anchors, matcher.cased);
    case "words":
      return wordsPredicate(matcher.words);
    case "regex":
      return regexPredicate(matcher.source, matcher.flags);
    case "number":
      return numberPredicate(matcher.order, matcher.bound, matcher.part);
    case "network":
      return networkPredicate(matcher.address, matcher.bits, matcher.family);
    case "field":
      return fieldPredicate(matcher.field, matcher.place, matcher.cased);
  }
};

/** A test of a field as a predicate over one event. */
export const compileFieldTest = (plan: FieldPlan): EventPredicate => {
  const read = plan.field === "" ? everyText : fieldReader(plan.field);
  if (plan.kind === "exists") return (event) => read(event).length > 0 === plan.wanted;
  const groups = plan.groups.map((group) => group.map(valuePredicate));
  if (plan.kind === "every") {
    return (event) => {
      const candidates = read(event);
      return groups.every((group) => candidates.some((value) => group.some((holds) => holds(value, event))));
    };
  }
  const predicates = groups.flat();
  const { orMissing } = plan;
  const isAny = (candidates: readonly unknown[], event: RuleEvent): boolean => {
    for (const value of candidates) for (const holds of predicates) if (holds(value, event)) return true;
    return false;
  };
  // Two-valued: a field that is missing is not "different", it is missing.
  if (plan.kind === "none") {
    return (event) => {
      const candidates = read(event);
      return candidates.length > 0 && !isAny(candidates, event);
    };
  }
  return (event) => {
    const candidates = read(event);
    return candidates.length === 0 ? orMissing : isAny(candidates, event);
  };
};
