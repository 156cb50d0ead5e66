import { RuleChange, type TenantId } from "@parapet/model";
import type { RuleChangeMark } from "@parapet/model/api";
import { toTimestamp } from "#platform";
import type { RuleFile } from "#rules";
import type { ApiTools } from "./tools.ts";

/** Of notes: what a change is kept under. */
export const RULE_CHANGE = "rule-change";

/** All changes, newest first; those whose time in shadow is over have expired. */
export const readRuleChanges = async (
  { control, clock }: Pick<ApiTools, "control" | "clock">,
  tenant: TenantId,
): Promise<readonly RuleChange[]> => {
  const now = toTimestamp(clock.now());
  const notes = await control.listNotes(tenant, RULE_CHANGE);
  return notes.flatMap(({ data }) => {
    const parsed = RuleChange.safeParse(data);
    if (!parsed.success) return [];
    const change = parsed.data;
    return [change.state === "shadow" && change.shadowUntil <= now ? { ...change, state: "expired" as const } : change];
  });
};

/** The texts that stand over the files' rules: of each rule the newest that was promoted. */
export const promotedTexts = (changes: readonly RuleChange[]): readonly RuleFile[] => {
  const newest = new Map<string, string>();
  for (const { rule, state, text } of changes) if (state === "promoted" && !newest.has(rule)) newest.set(rule, text);
  return [...newest].map(([rule, text]) => ({ path: `console:${rule}.yml`, text }));
};

/** By rule, what is in force over its file, or else the newest in shadow. */
export const changeMarks = (changes: readonly RuleChange[]): ReadonlyMap<string, RuleChangeMark> => {
  const marks = new Map<string, RuleChangeMark>();
  for (const [rule, own] of Map.groupBy(changes, (change) => change.rule)) {
    const shadows = own.filter(({ state }) => state === "shadow");
    const promoted = own.find(({ state }) => state === "promoted");
    const [shadow] = shadows;
    if (promoted !== undefined) marks.set(rule, { id: promoted.id, state: "promoted", shadows: shadows.length });
    else if (shadow !== undefined) marks.set(rule, { id: shadow.id, state: "shadow", shadows: shadows.length });
  }
  return marks;
};
