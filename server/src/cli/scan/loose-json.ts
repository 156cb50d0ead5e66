import type { Provenance } from "@parapet/model";
import type { Collector } from "./scan-item.ts";

export type JsonRecord = Readonly<Record<string, unknown>>;

const DEPTH_MAX = 64;

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const recordAt = (value: unknown, key: string): JsonRecord => {
  const inner: unknown = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) ? inner : {};
};

export const listAt = (value: unknown, key: string): readonly unknown[] => {
  const inner: unknown = isRecord(value) ? value[key] : undefined;
  return Array.isArray(inner) ? inner : [];
};

export const stringAt = (value: unknown, key: string): string => {
  const inner: unknown = isRecord(value) ? value[key] : undefined;
  return typeof inner === "string" ? inner : "";
};

/** The value, or undefined when the text is no JSON. */
export const parseJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

/** A string that holds JSON as that JSON, all else as it is: telemetry writes both. */
export const unwrapJson = (value: unknown): unknown => {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  return parseJson(value) ?? value;
};

/** Every string below a value. */
export const addLeaves = (
  value: unknown,
  provenance: Provenance,
  pointer: string,
  into: Collector,
  depth = 0,
): void => {
  if (typeof value === "string") into.text(value, provenance, pointer);
  else if (depth >= DEPTH_MAX) into.unreadable("nested too deeply");
  else if (Array.isArray(value))
    value.forEach((one, index) => addLeaves(one, provenance, `${pointer}/${index}`, into, depth + 1));
  else if (isRecord(value)) {
    for (const [key, one] of Object.entries(value))
      addLeaves(one, provenance, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, into, depth + 1);
  }
};
