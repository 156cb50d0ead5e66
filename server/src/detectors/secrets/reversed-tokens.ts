import { matchFormat, type CompiledFormat } from "./match-format.ts";

/** Longest token that is looked for backwards; nearly all are shorter. */
const REVERSED_UNITS_MAX = 320;

const backwards = (text: string): string =>
  Array.from(text, (unit) => unit)
    .reverse()
    .join("");

/** A literal as it stands in a token written backwards. */
export const reversedLiteral = (literal: string): string => backwards(literal);

const isAlphanumeric = (unit: string | undefined): boolean => unit !== undefined && /[A-Za-z0-9]/.test(unit);

/**
 * A token written backwards, whose prefix stands last and ends at `end`. Whoever asks a model to print a key in
 * reverse gets it past everything that reads forwards; the prefix gives it away all the same.
 */
export const matchReversed = (
  formats: readonly CompiledFormat[],
  text: string,
  end: number,
): { readonly start: number; readonly end: number; readonly format: CompiledFormat["format"] } | undefined => {
  if (isAlphanumeric(text[end])) return undefined;
  const run = /[^\s"'`<>]*$/.exec(text.slice(Math.max(0, end - REVERSED_UNITS_MAX), end))?.[0] ?? "";
  const forwards = backwards(run);
  for (const compiled of formats) {
    const span = matchFormat(compiled, forwards, 0);
    if (span !== undefined) return { start: end - span.end, end: end - span.start, format: compiled.format };
  }
  return undefined;
};
