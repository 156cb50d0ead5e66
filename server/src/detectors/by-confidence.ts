import type { Severity } from "@parapet/model";

/** Chance of log-odds, 0 to 1. */
export const chanceOf = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** Log-odds of a chance. */
export const logOddsOfChance = (chance: number): number => Math.log(chance / (1 - chance));

/** How severe a match of injected instructions is, by how sure it is. */
export const severityOf = (confidence: number): Severity =>
  confidence >= 0.85 ? "high" : confidence >= 0.6 ? "medium" : "low";
