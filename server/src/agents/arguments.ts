import type { ArgumentRole } from "@parapet/model";

/** One value in the arguments of a call. */
export interface ArgumentValue {
  /** JSON pointer. */
  readonly pointer: string;
  /** Keys that lead to it, without positions in lists. */
  readonly path: readonly string[];
  readonly text: string;
  readonly isText: boolean;
}

const DEPTH_MAX = 16;
export const VALUES_MAX = 256;

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

const walk = (value: unknown, pointer: string, path: readonly string[], into: ArgumentValue[]): void => {
  if (into.length >= VALUES_MAX || value === null || value === undefined) return;
  if (typeof value === "string") into.push({ pointer, path, text: value, isText: true });
  else if (typeof value === "number" || typeof value === "boolean")
    into.push({ pointer, path, text: String(value), isText: false });
  else if (pointer.split("/").length > DEPTH_MAX)
    into.push({ pointer, path, text: JSON.stringify(value), isText: true });
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) walk(item, `${pointer}/${String(index)}`, path, into);
  else if (typeof value === "object")
    for (const [key, inner] of Object.entries(value)) walk(inner, `${pointer}/${escaped(key)}`, [...path, key], into);
};

/** The values of a call's arguments; a text that is no JSON is one value. At most 256. */
export const valuesOfArguments = (text: string): readonly ArgumentValue[] => {
  if (text.trim() === "") return [];
  const values: ArgumentValue[] = [];
  try {
    const parsed: unknown = JSON.parse(text);
    walk(parsed, "", [], values);
  } catch {
    values.push({ pointer: "", path: [], text, isText: true });
  }
  return values;
};

/** What the value itself shows, where its name says nothing of it. */
export const roleOfValue = (role: ArgumentRole | undefined, kinds: ReadonlySet<string>): ArgumentRole | undefined => {
  if (role !== undefined && role !== "content" && role !== "id") return role;
  if (kinds.has("email")) return "recipient";
  if (kinds.has("url")) return "url";
  if (kinds.has("account")) return "account";
  return role;
};
