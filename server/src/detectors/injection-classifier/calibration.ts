import type { Provenance, View } from "@parapet/model";
import type { Group, GroupName } from "./model.ts";

/** Which table of weights reads a text. */
export const groupOf = (provenance: Provenance): GroupName => {
  switch (provenance) {
    case "document":
    case "tool-result":
      return "outside";
    case "tool-description":
      return "description";
    default:
      return "user";
  }
};

/** What a text is likely to hold before it is read, in log-odds. */
const SHIFTS: Readonly<Partial<Record<Provenance, number>>> = {
  // The operator's own prompts are instructions throughout.
  system: -3,
  developer: -3,
  // A model passes on what it was told to write about more often than it was taken over.
  model: -1.5,
  "tool-arguments": -0.5,
};

/** What it adds that the words stand only where a person does not see them. */
const DISGUISE: Readonly<Partial<Record<View, number>>> = { hidden: 2.0, decoded: 1.0, skeleton: 0.6, joined: 0.2 };
const DISGUISED_MIN = 0;

/** Extra evidence of a passage that was found in `view` and is not in the original. */
export const disguiseBonus = (view: View, logOdds: number, originalLogOdds: number): number =>
  logOdds >= DISGUISED_MIN && logOdds > originalLogOdds + 0.5 ? (DISGUISE[view] ?? 0) : 0;

/** Calibrated log-odds of a sum. */
export const logOddsOf = (sum: number, { calibration }: Group, provenance: Provenance): number =>
  calibration.slope * sum + calibration.offset + (SHIFTS[provenance] ?? 0);
