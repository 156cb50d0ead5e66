import type { CaptureMode, MaskedSpan, RecordedMatch, Segment } from "@parapet/model";
import { SENSITIVE } from "./capture.ts";

/** A clue that shares so many units with a value quotes it, be it cut or joined to its neighbours. */
const RUN_UNITS = 6;
const RUNS_MAX = 50_000;
const HIDDEN = "[REDACTED]";

/**
 * Clues quote texts of the whole exchange. What is cut out of the texts that a record keeps must not stand in its
 * clues: masked values never, with `redacted` no sensitive match, and with `hash` no word at all.
 */
export const createQuotedValues = (capture: CaptureMode) => {
  const runs = new Set<string>();
  const short = new Set<string>();
  /** Too much to compare with, or a value that is no longer at hand. */
  let hidesAll = false;

  const addValue = (value: string): void => {
    if (value.length < RUN_UNITS) short.add(value);
    if (runs.size + value.length > RUNS_MAX) hidesAll = true;
    else for (let at = 0; at + RUN_UNITS <= value.length; at += 1) runs.add(value.slice(at, at + RUN_UNITS));
  };

  const isQuoting = (clue: string): boolean => {
    if (hidesAll) return true;
    const text = clue.toLowerCase();
    for (let at = 0; at + RUN_UNITS <= text.length; at += 1) if (runs.has(text.slice(at, at + RUN_UNITS))) return true;
    return short.values().some((value) => text.includes(value));
  };

  return {
    /** To be called with everything that was found, before a record of it is made. */
    note: (
      segments: readonly Segment[],
      matches: readonly RecordedMatch[],
      masked: readonly MaskedSpan[] = [],
    ): void => {
      if (capture === "hash" || matches.length === 0) return;
      const sensitive = capture === "redacted" ? matches.filter(({ category }) => SENSITIVE.has(category)) : [];
      const texts = new Map(segments.map(({ index, text }) => [index, text]));
      for (const { segment, start, end } of [...sensitive, ...masked]) {
        const text = texts.get(segment) ?? "";
        if (end > text.length) hidesAll = true;
        else addValue(text.slice(start, end).toLowerCase());
      }
    },
    /** The match as a record may hold it. */
    clean: ({ clues, ...match }: RecordedMatch): RecordedMatch => {
      if (clues === undefined || capture === "hash") return match;
      return { ...match, clues: clues.map((clue) => (isQuoting(clue.text) ? { ...clue, text: HIDDEN } : clue)) };
    },
  };
};
