import type { OutlineValue } from "@parapet/model";
import type { ScannedJson } from "#platform";
import { isObject, type JsonObject, type KeptOutline, type LocatedSegment } from "#protocols";
import type { BodyShape } from "./body-shape.ts";

const MEMBERS_MAX = 400;
const UNITS_MAX = 8_192;
const FIRST_ITEMS = 4;
const LAST_ITEMS = 12;
/** What a word of a format or an id looks like. Addresses of mail do not, nor does anything with a space. */
const WORD = /^[\w.:/-]*$/;
const WORD_UNITS_MAX = 64;
/** Longer numbers could be somebody's: of a card, an account, a telephone. */
const NUMBER_UNITS_MAX = 6;
const WHOLE_MAX = 999_999;
/** Tokens stand there, which spell a text out once more. */
const SPELLS_AGAIN = /logprobs/i;
/** Fields of encoded bytes: a short text of a file would be read out of them. */
const ENCODED = /^(?:data|file_data|bytes|raw|blob)$/;

const isShort = (value: number): boolean =>
  Number.isInteger(value) ? Math.abs(value) <= WHOLE_MAX : String(value).length <= NUMBER_UNITS_MAX;

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** What a value becomes that is no text; undefined for what is none of it, and where its own members are looked at. */
const outlined = (key: string, value: unknown): OutlineValue | undefined => {
  switch (typeof value) {
    case "string":
      return value.length <= WORD_UNITS_MAX && WORD.test(value) && !ENCODED.test(key) ? value : undefined;
    case "number":
      return isShort(value) ? value : { left: "a longer number" };
    case "boolean":
      return value;
    default:
  }
  if (!isContainer(value)) return null;
  if (SPELLS_AGAIN.test(key)) return { left: "log probabilities" };
  if (!Array.isArray(value)) return Object.keys(value).length === 0 ? { left: "an empty object" } : undefined;
  if (value.length === 0) return { left: "an empty list" };
  // Tokens and embeddings are texts to who can read them.
  return value.every((item) => typeof item === "number") ? { left: many(value.length, "number") } : undefined;
};

/**
 * What stands in a body beside its texts, so that its shape can be shown later: words of the format, ids, short numbers.
 * No text, nothing that spells one, no key that is no plain name; bounded, of long lists the first and the last items.
 * Members of an object that hold others come last, so that they push out nothing.
 */
export const outlineOf = (
  { value: body, keys }: Pick<ScannedJson, "value" | "keys">,
  segments: readonly Pick<LocatedSegment, "pointer" | "text">[],
): KeptOutline => {
  // Texts that could be taken for a word; what is longer is none.
  const texts = new Set<string>();
  for (const { pointer, text } of segments) if (text.length <= WORD_UNITS_MAX) texts.add(pointer);
  const odd = new Set(keys.map(({ pointer }) => pointer));
  const members: [string, OutlineValue][] = [];
  let units = 0;
  let cut = false;

  const add = (pointer: string, value: OutlineValue): void => {
    units += pointer.length + (typeof value === "string" ? value.length : NUMBER_UNITS_MAX);
    if (members.length >= MEMBERS_MAX || units > UNITS_MAX) cut = true;
    else members.push([pointer, value]);
  };
  const visit = (key: string, value: unknown, pointer: string): void => {
    const kept = outlined(key, value);
    if (kept !== undefined && !texts.has(pointer)) add(pointer, kept);
    else if (Array.isArray(value)) visitItems(key, value, pointer);
    else if (isObject(value)) visitMembers(value, pointer);
  };
  const visitItems = (key: string, items: readonly unknown[], at: string): void => {
    for (let position = 0; position < items.length; position += 1) {
      if (position >= FIRST_ITEMS && position < items.length - LAST_ITEMS) cut = true;
      else visit(key, items[position], `${at}/${position}`);
    }
  };
  const visitMembers = (node: JsonObject, at: string): void => {
    const holders: string[] = [];
    for (const key of Object.keys(node)) {
      // What is escaped in a pointer is no plain name.
      if (cut && units > UNITS_MAX) return;
      if (key.includes("/") || key.includes("~") || (odd.size > 0 && odd.has(`${at}/${key}`))) continue;
      const value = node[key];
      if (isContainer(value)) holders.push(key);
      else visit(key, value, `${at}/${key}`);
    }
    for (const key of holders) visit(key, node[key], `${at}/${key}`);
  };
  visit("", body, "");
  return { members, cut };
};

/** What was decoded, with the outline of its body where that is wanted. */
export const withOutline = <T extends { readonly segments: readonly LocatedSegment[] }>(
  decoded: T,
  scan: ScannedJson,
  { outlined: isWanted }: BodyShape,
): T & { readonly outline?: KeptOutline } =>
  isWanted === undefined ? decoded : { ...decoded, outline: outlineOf(scan, decoded.segments) };
