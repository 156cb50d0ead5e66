export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export const objectAt = (value: unknown, key: string): JsonObject => {
  const member = isObject(value) ? value[key] : undefined;
  return isObject(member) ? member : {};
};

export const arrayAt = (value: unknown, key: string): readonly unknown[] => {
  const member = isObject(value) ? value[key] : undefined;
  return Array.isArray(member) ? member : [];
};

/** The string at `key`, empty when there is none. */
export const stringAt = (value: unknown, key: string): string => {
  const member = isObject(value) ? value[key] : undefined;
  return typeof member === "string" ? member : "";
};

/** The whole number, zero or above, at `key`. */
export const countAt = (value: unknown, key: string): number | undefined => {
  const member = isObject(value) ? value[key] : undefined;
  return typeof member === "number" && Number.isSafeInteger(member) && member >= 0 ? member : undefined;
};

/** Steps of a JSON pointer, unescaped. */
export const pointerSteps = (pointer: string): string[] => {
  const steps = pointer.split("/");
  steps.shift();
  return pointer.includes("~") ? steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")) : steps;
};

const KNOWN_MAX = 4_096;
const POINTER_UNITS_MAX = 200;
const knownSteps = new Map<string, readonly string[]>();

/** The same, taken apart the first time only: bodies have few shapes. */
export const stepsOf = (pointer: string): readonly string[] => {
  const known = knownSteps.get(pointer);
  if (known !== undefined) return known;
  const steps = pointerSteps(pointer);
  if (knownSteps.size >= KNOWN_MAX) knownSteps.clear();
  if (pointer.length <= POINTER_UNITS_MAX) knownSteps.set(pointer, steps);
  return steps;
};

const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/** A pointer's steps joined, array positions as a star, for looking up in tables. */
export const patternOf = (steps: readonly string[]): string =>
  steps.map((step) => (INDEX.test(step) ? "*" : step)).join("/");
