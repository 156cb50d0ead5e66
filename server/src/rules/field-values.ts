import type { RuleEvent } from "./rule.ts";

/** Arrays inside arrays and objects inside arrays are opened; this many values at most. */
const VALUES_MAX = 10_000;
const DEPTH_MAX = 32;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const gather = (value: unknown, names: readonly string[], into: unknown[], depth: number): void => {
  if (depth > DEPTH_MAX || into.length >= VALUES_MAX) return;
  if (Array.isArray(value)) {
    for (const each of value) gather(each, names, into, depth + 1);
    return;
  }
  if (names.length === 0) {
    if (value !== undefined && value !== null) into.push(value);
    return;
  }
  if (!isRecord(value)) return;
  // A source may use dots inside its own names (`gen_ai.request.model`), so longer names are tried first.
  for (let length = names.length; length > 0; length -= 1) {
    const name = names.slice(0, length).join(".");
    if (Object.hasOwn(value, name)) {
      gather(value[name], names.slice(length), into, depth + 1);
      return;
    }
  }
};

/**
 * The values of a field: an envelope name, or a path into `body`. Arrays are opened, so a field may
 * have several. Missing, null, the empty array and an empty envelope string are all "no value",
 * because the store keeps absent envelope fields as empty strings.
 */
export const fieldValues = (event: RuleEvent, field: string): readonly unknown[] => {
  const names = field.split(".");
  const found: unknown[] = [];
  gather(event, names, found, 0);
  const { body } = event;
  if (!isRecord(body)) return found;
  const present = found.filter((value) => value !== "");
  if (present.length === 0) gather(body, names, present, 0);
  return present;
};

/** All strings and numbers of an event, for keyword searches. */
export const everyText = (event: RuleEvent): readonly string[] => {
  const texts: string[] = [];
  const walk = (value: unknown, depth: number): void => {
    if (depth > DEPTH_MAX || texts.length >= VALUES_MAX) return;
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "number") texts.push(String(value));
    else if (Array.isArray(value)) for (const each of value) walk(each, depth + 1);
    else if (isRecord(value)) for (const each of Object.values(value)) walk(each, depth + 1);
  };
  walk(event, 0);
  return texts;
};

/** A value as text, where it has one: the rule for comparing with what an author wrote as a string. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  return undefined;
};

const DECIMAL = /^[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?$/;

/** A value as a number, where it is one or spells one in decimal. */
export const numberOf = (value: unknown): number | undefined => {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "string" && DECIMAL.test(value)) return Number(value);
  return undefined;
};
