import type { RuleEvent } from "./rule.ts";

/** Arrays, and objects inside arrays, are opened; this many values at most. */
const VALUES_MAX = 10_000;
const DEPTH_MAX = 32;
/** Arrays directly inside arrays are opened so many deep; a query can do no more. */
export const ARRAYS_MAX = 3;

/** Fields of an event that stand beside `body`. A field of this very name is never looked for in `body`. */
export const ENVELOPE_FIELDS: readonly string[] = [
  "tenant",
  "id",
  "time",
  "receivedAt",
  "source",
  "kind",
  "schemaVersion",
  "severity",
  "exchange",
  "session",
  "principal",
  "agent",
  "asset",
  "route",
  "model",
  "trace",
];
/** What keywords are looked for in, besides all of `body`. */
export const SEARCHED_FIELDS: readonly string[] = ENVELOPE_FIELDS.slice(4).filter((name) => name !== "schemaVersion");

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const gather = (value: unknown, names: readonly string[], into: unknown[], depth: number, arrays = 0): void => {
  if (depth > DEPTH_MAX || into.length >= VALUES_MAX) return;
  if (Array.isArray(value)) {
    if (arrays < ARRAYS_MAX) for (const each of value) gather(each, names, into, depth + 1, arrays + 1);
    return;
  }
  if (names.length === 0) {
    if (value !== undefined && value !== null) into.push(value);
    return;
  }
  if (!isRecord(value)) return;
  // A source may use dots inside its own names (`gen_ai.request.model`), so longer names are tried first.
  for (let length = names.length; length > 0; length -= 1) {
    const name = length === 1 ? (names[0] ?? "") : names.slice(0, length).join(".");
    if (Object.hasOwn(value, name)) {
      gather(value[name], names.slice(length), into, depth + 1);
      return;
    }
  }
};

const NONE: readonly unknown[] = [];

const valuesAt = (value: unknown, names: readonly string[]): readonly unknown[] => {
  const found: unknown[] = [];
  gather(value, names, found, 0);
  return found;
};

/**
 * Reads the values of a field: an envelope name, or a path into `body`, which may be written before it. Arrays are
 * opened, so a field may have several. Missing, null, the empty array and an empty envelope string are all "no
 * value", because the store keeps absent envelope fields as empty strings. A record without a `body` (a line of
 * somebody's log) is its own body.
 */
export const fieldReader = (field: string): ((event: RuleEvent) => readonly unknown[]) => {
  const names = field.split(".");
  const isEnvelope = ENVELOPE_FIELDS.includes(field);
  const inBody = names[0] === "body" && names.length > 1 ? names.slice(1) : names;
  return (event) => {
    const { body } = event;
    if (!isRecord(body)) return valuesAt(event, names);
    if (!isEnvelope) return valuesAt(body, inBody);
    const value = event[field];
    return value === undefined || value === null || value === "" ? NONE : [value];
  };
};

export const fieldValues = (event: RuleEvent, field: string): readonly unknown[] => fieldReader(field)(event);

/** Strings and numbers of an event, for keyword searches: all of `body`, and the names of the envelope. */
export const everyText = (event: RuleEvent): readonly string[] => {
  const texts: string[] = [];
  const walk = (value: unknown, depth: number): void => {
    if (depth > DEPTH_MAX || texts.length >= VALUES_MAX) return;
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "number") texts.push(String(value));
    else if (Array.isArray(value)) for (const each of value) walk(each, depth + 1);
    else if (isRecord(value)) for (const each of Object.values(value)) walk(each, depth + 1);
  };
  const { body } = event;
  if (!isRecord(body)) {
    walk(event, 0);
    return texts;
  }
  for (const name of SEARCHED_FIELDS) if (event[name] !== "") walk(event[name], 0);
  walk(body, 0);
  return texts;
};

/** A value as text, where it has one: the rule for comparing with what an author wrote as a string. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  return undefined;
};

/** What spells a number, as a regular expression of RE2 and of JavaScript. */
export const DECIMAL_SOURCE = "^[+-]?(?:\\d{1,40}(?:\\.\\d{0,40})?|\\.\\d{1,40})(?:[eE][+-]?\\d{1,3})?$";
const DECIMAL = new RegExp(DECIMAL_SOURCE);

/** A value as a number, where it is one or spells one in decimal. */
export const numberOf = (value: unknown): number | undefined => {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || !DECIMAL.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
};
