import { DEFAULT_TENANT } from "@parapet/model";
import { promotedTexts, readRuleChanges } from "#api";
import { systemClock } from "#platform";
import type { RuleFile } from "#rules";
import type { Stores } from "./stores.ts";

export const promotedRules = async ({ control }: Stores): Promise<readonly RuleFile[]> =>
  promotedTexts(await readRuleChanges({ control, clock: systemClock }, DEFAULT_TENANT));
