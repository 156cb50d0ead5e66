import { escapePointer } from "#platform";
import type { ToolChange } from "@parapet/model";

const CHANGES_MAX = 100;
const TEXT_UNITS_MAX = 2_000;
const DEPTH_MAX = 24;

const isNode = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "";
  return text.length <= TEXT_UNITS_MAX ? text : `${text.slice(0, TEXT_UNITS_MAX)}…`;
};

/** Where two JSON values differ, as deep as they can be told apart; at most 100 places. */
export const compareJson = (before: unknown, after: unknown): readonly ToolChange[] => {
  const changes: ToolChange[] = [];
  const visit = (one: unknown, other: unknown, pointer: string, depth: number): void => {
    if (changes.length >= CHANGES_MAX || Object.is(one, other)) return;
    if (isNode(one) && isNode(other) && Array.isArray(one) === Array.isArray(other) && depth < DEPTH_MAX) {
      for (const key of new Set([...Object.keys(one), ...Object.keys(other)]))
        visit(one[key], other[key], `${pointer}/${escapePointer(key)}`, depth + 1);
      return;
    }
    if (isNode(one) && isNode(other) && JSON.stringify(one) === JSON.stringify(other)) return;
    changes.push({
      pointer,
      ...(one !== undefined && { before: shown(one) }),
      ...(other !== undefined && { after: shown(other) }),
    });
  };
  visit(before, after, "", 0);
  return changes;
};

/** Every string of a JSON value, keys included: all that a model may read of a definition. */
export const stringsOf = (value: unknown, depth = 0): readonly string[] => {
  if (typeof value === "string") return [value];
  if (!isNode(value) || depth > DEPTH_MAX) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...stringsOf(member, depth + 1)]);
};

/** Parameters that take any text, by their path: `filter.note`. */
export const freeTexts = (schema: unknown, path: readonly string[] = []): readonly string[] => {
  if (!isNode(schema) || path.length > DEPTH_MAX) return [];
  const { type, properties, items } = schema;
  const isText = type === "string" || (Array.isArray(type) && type.includes("string"));
  const isBound = ["enum", "const", "pattern", "format"].some((key) => schema[key] !== undefined);
  const own = isText && !isBound && path.length > 0 ? [path.join(".")] : [];
  const below = isNode(properties)
    ? Object.entries(properties).flatMap(([key, child]) => freeTexts(child, [...path, key]))
    : [];
  return [...own, ...below, ...freeTexts(items, path)];
};
