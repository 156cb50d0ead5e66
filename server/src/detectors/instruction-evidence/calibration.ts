import type { Provenance, View } from "@parapet/model";
import { chanceOf } from "../by-confidence.ts";
import type { Channel } from "./score.ts";

/**
 * Slope and offset from a sum of evidence to log-odds. Chosen below what held-back lines of the tuning sources would
 * allow (there, nine in ten texts from 0.3 to 0.5 were attacks), because text from elsewhere is less kind: benign
 * instructions of unknown style score higher and attacks of unknown wording lower.
 */
const LINES: Readonly<Record<Channel, { readonly slope: number; readonly offset: number }>> = {
  user: { slope: 1.1, offset: -1.7 },
  outside: { slope: 1.1, offset: -2.6 },
};

/** What a text is likely to hold before it is read, in evidence. */
const SHIFTS: Readonly<Partial<Record<Provenance, number>>> = {
  // The operator's own prompts are instructions throughout.
  system: -2.2,
  developer: -2.2,
  // A model passes on what it was told to write about more often than it was taken over.
  model: -0.7,
  "tool-arguments": -0.4,
};

/** What it adds that the words stand only where a person does not see them. */
const DISGUISE: Readonly<Partial<Record<View, number>>> = { hidden: 2.0, decoded: 1.0, skeleton: 0.6, joined: 0.2 };
const DISGUISED_MIN = 1.2;

/** Extra evidence of a passage that was found in `view` and is not in the original. */
export const disguiseBonus = (view: View, sum: number, originalSum: number): number =>
  sum >= DISGUISED_MIN && sum > originalSum + 0.5 ? (DISGUISE[view] ?? 0) : 0;

/** Sum of evidence to the chance of an attack, 0 to 1. */
export const confidenceOf = (sum: number, channel: Channel, provenance: Provenance): number => {
  const { slope, offset } = LINES[channel];
  return chanceOf(slope * (sum + (SHIFTS[provenance] ?? 0)) + offset);
};
