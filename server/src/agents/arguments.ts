import type { ArgumentRole } from "@parapet/model";
import { hasOneReading } from "#platform";

/** One value in the arguments of a call. */
export interface ArgumentValue {
  /** JSON pointer. */
  readonly pointer: string;
  /** Keys that lead to it, without positions in lists. */
  readonly path: readonly string[];
  readonly text: string;
  readonly isText: boolean;
  /** Whether it is true or false, which stands everywhere. */
  readonly isFlag: boolean;
}

const DEPTH_MAX = 16;
const VALUES_MAX = 256;

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

const walk = (value: unknown, pointer: string, path: readonly string[], into: ArgumentValue[]): void => {
  if (into.length >= VALUES_MAX || value === null || value === undefined) return;
  if (typeof value === "string") into.push({ pointer, path, text: value, isText: true, isFlag: false });
  else if (typeof value === "number" || typeof value === "boolean")
    into.push({ pointer, path, text: String(value), isText: false, isFlag: typeof value === "boolean" });
  else if (pointer.split("/").length > DEPTH_MAX)
    into.push({ pointer, path, text: JSON.stringify(value), isText: true, isFlag: false });
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) walk(item, `${pointer}/${String(index)}`, path, into);
  else if (typeof value === "object")
    for (const [key, inner] of Object.entries(value)) walk(inner, `${pointer}/${escaped(key)}`, [...path, key], into);
};

export interface ReadArguments {
  /** At most 256; a text that is no JSON, or can be read in two ways, is one value. */
  readonly values: readonly ArgumentValue[];
  /** Parsed; undefined: the text is no JSON, or can be read in two ways. */
  readonly json: unknown;
}

/** Reads a call's arguments: the one place that parses them. */
export const readArguments = (text: string): ReadArguments => {
  if (text.trim() === "") return { values: [], json: undefined };
  const values: ArgumentValue[] = [];
  // Of a key that stands twice a tool may take the other value.
  if (!hasOneReading(text))
    return { values: [{ pointer: "", path: [], text, isText: true, isFlag: false }], json: undefined };
  const json: unknown = JSON.parse(text);
  walk(json, "", [], values);
  return { values, json };
};

/** Whether all of a call's arguments were read: no broken JSON, and not more values than are looked at. */
export const areAllRead = (values: readonly ArgumentValue[]): boolean => {
  const [first] = values;
  // Some tools take a text as it is, such as a program; what begins like an object is none.
  const isBroken = first?.pointer === "" && first.isText && /^\s*[[{]/u.test(first.text);
  return values.length < VALUES_MAX && !isBroken;
};

const ID = /^[a-z]{1,4}-?\d{1,8}$|^\d{3,8}$/iu;
const DATE = /^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}/u;

/** What the value itself shows, where its name says nothing of it. */
export const roleOfValue = (
  role: ArgumentRole | undefined,
  text: string,
  kinds: ReadonlySet<string>,
): ArgumentRole | undefined => {
  if (role === "recipient" && DATE.test(text)) return "time";
  if (role === "recipient" && kinds.has("path") && /[/\\]/u.test(text)) return "path";
  if (role !== undefined && role !== "content" && role !== "id") return role;
  if (kinds.has("email")) return "recipient";
  if (kinds.has("url")) return "url";
  if (kinds.has("account")) return "account";
  if (role === undefined && ID.test(text)) return "id";
  return role;
};
