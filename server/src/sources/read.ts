import { toTimestamp } from "#platform";

/** An object of parsed JSON whose fields nobody has looked at. */
export type Fields = Readonly<Record<string, unknown>>;

const NAME_UNITS_MAX = 1_024;
const NONE: Fields = Object.freeze({});
const DATED =
  /^(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,12})?)?)\s?(?:Z|UTC|GMT|([+-]\d\d):?(\d\d)?)?$/;
const NUMERAL = /^-?\d{1,20}(?:\.\d{1,12})?$/;
/** 1 January 2200: a time beyond is a mistake of units or a lie. */
const LATEST_MS = 7_258_118_400_000;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object's fields, none for anything else. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : NONE);

/** The value at a path of own keys; undefined where it ends early. */
export const at = (value: unknown, ...path: readonly string[]): unknown => {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
};

/** A name: non-empty text, or a number as text, at most 1,024 characters. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string" || value === "") return undefined;
  return value.length > NAME_UNITS_MAX ? value.slice(0, NAME_UNITS_MAX) : value;
};

/** The text at a path of own keys. */
export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => textOf(at(value, ...path));

/** The first that is a name. */
export const firstText = (...values: readonly unknown[]): string | undefined => {
  for (const value of values) {
    const text = textOf(value);
    if (text !== undefined) return text;
  }
  return undefined;
};

const NAMED_KIND = /^(?:user|service|agent|key):./;
/**
 * A name that the sender's own application chose, as a principal. Whoever passes on what the gateway calls its callers
 * names the kind already: it is the same principal then, and not a user of that name.
 */
export const principalOf = (kind: "user" | "service" | "key", name: string): string =>
  NAMED_KIND.test(name) ? name : `${kind}:${name}`;

/** A finite number, also one written as text. */
export const numberOf = (value: unknown): number | undefined => {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "string" && NUMERAL.test(value)) return Number(value);
  return undefined;
};

export const numberAt = (value: unknown, ...path: readonly string[]): number | undefined =>
  numberOf(at(value, ...path));

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The names in a list. */
export const textsOf = (value: unknown): string[] =>
  listOf(value).flatMap((item) => {
    const text = textOf(item);
    return text === undefined ? [] : [text];
  });

/** Milliseconds since 1970 from seconds, milliseconds, microseconds or nanoseconds, told by their size. */
const fromEpoch = (value: number): number => {
  if (value < 1e11) return value * 1e3;
  if (value < 1e14) return value;
  return value < 1e17 ? value / 1e3 : value / 1e6;
};

/** A time as a timestamp: ISO 8601 (UTC where no zone is said) or an epoch in any of four units. */
export const timeOf = (value: unknown): string | undefined => {
  const number = numberOf(value);
  if (number !== undefined) return stampOf(fromEpoch(number));
  if (typeof value !== "string" || value.length > 40) return undefined;
  const dated = DATED.exec(value);
  if (dated === null) return undefined;
  const [, year = "", month = "", day = "", clock = "", hours, minutes = "00"] = dated;
  const zone = hours === undefined ? "Z" : `${hours}:${minutes}`;
  return stampOf(Date.parse(`${year}-${month}-${day}T${clock.replace(",", ".")}${zone}`));
};

/** Undefined for what is no time after 1970. */
export const stampOf = (ms: number): string | undefined =>
  ms > 0 && ms < LATEST_MS ? toTimestamp(Math.floor(ms)) : undefined;

/** Text that should be JSON, parsed; undefined when it is not. */
export const parsedOf = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

const JSON_START = /^\s*[[{]/;

/** Some senders put JSON into a string: the value that it stands for, or the string. */
export const openedOf = (value: unknown): unknown =>
  typeof value === "string" && JSON_START.test(value) ? (parsedOf(value) ?? value) : value;

/** The object without what stands at these paths; the original stays as it is. */
export const without = (fields: Fields, ...paths: readonly (readonly string[])[]): Fields =>
  paths.reduce<Fields>((rest, path) => withoutOne(rest, path), fields);

const withoutOne = (fields: Fields, [step = "", ...rest]: readonly string[]): Fields => {
  if (!Object.hasOwn(fields, step)) return fields;
  const { [step]: inner, ...others } = fields;
  return rest.length === 0 || !isFields(inner) ? others : { ...others, [step]: withoutOne(inner, rest) };
};

const HEX_32 = /^(?!0{32})[0-9a-f]{32}$/;

/** A W3C trace id, also one written as a UUID; undefined for ids of other kinds. */
export const traceOf = (value: unknown): string | undefined => {
  const id = textOf(value)?.replaceAll("-", "").toLowerCase();
  return id !== undefined && HEX_32.test(id) ? id : undefined;
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The gateway's id of an exchange, which callers and instrumentations pass on; undefined for anything else. */
export const exchangeOf = (...values: readonly unknown[]): string | undefined => {
  const id = firstText(...values);
  return id !== undefined && UUID.test(id) ? id : undefined;
};
