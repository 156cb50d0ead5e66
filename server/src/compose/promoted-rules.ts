import { DEFAULT_TENANT } from "@parapet/model";
import { readRuleChanges } from "#api";
import { systemClock } from "#platform";
import type { RuleFile } from "#rules";
import type { Stores } from "./stores.ts";

/** Texts of rules that were promoted in the console, the newest of each rule. */
export const promotedRules = async ({ control }: Stores): Promise<readonly RuleFile[]> => {
  const changes = await readRuleChanges({ control, clock: systemClock }, DEFAULT_TENANT);
  const newest = new Map<string, string>();
  for (const { rule, state, text } of changes) if (state === "promoted" && !newest.has(rule)) newest.set(rule, text);
  return [...newest].map(([rule, text]) => ({ path: `console:${rule}.yml`, text }));
};
