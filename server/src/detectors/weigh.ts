import type { Clue } from "@parapet/model";

/** Sum of log-odds as a confidence, cut to thousandths. */
export const confidenceOf = (clues: readonly Clue[]): number => {
  const sum = clues.reduce((all, { weight }) => all + weight, 0);
  return Math.round(1000 / (1 + Math.exp(-sum))) / 1000;
};

const CLUE_UNITS_MAX = 120;

/** A clue that quotes the text, shortened. */
export const clueOf = (text: string, weight: number, why: string): Clue => ({
  text: text.length > CLUE_UNITS_MAX ? `${text.slice(0, CLUE_UNITS_MAX - 1)}…` : text,
  weight,
  why,
});
