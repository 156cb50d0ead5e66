import { z } from "zod";
import { Event } from "../event.ts";
import { Timestamp } from "../identifiers.ts";
import { Diagnostic } from "../policy.ts";
import { RuleChange } from "../rule-change.ts";
import { Since } from "./page.ts";

const RuleText = z.string().min(1).max(200_000);

/** `POST /api/v1/rules/compare`: what another text of a rule would have found differently. */
export const RuleComparisonRequest = z.strictObject({ text: RuleText, since: Since.default("7d") });

const Side = z.object({
  hits: z.int(),
  fired: z.int().optional().describe("Of a correlation: how often it held"),
});
export const RuleComparison = z.object({
  rule: z.string(),
  isNew: z.boolean().describe("There is no rule of this name in force"),
  since: Timestamp,
  until: Timestamp,
  inForce: Side,
  changed: Side,
  both: z.int().describe("Events, or groups of a correlation, that both find"),
  onlyInForce: z.int().describe("What would not be found any more"),
  onlyChanged: z.int().describe("What would be found besides"),
  lost: z.array(Event).describe("Newest of what would not be found any more, at most five"),
  gained: z.array(Event).describe("Newest of what would be found besides, at most five"),
  lostGroups: z.array(z.record(z.string(), z.string())),
  gainedGroups: z.array(z.record(z.string(), z.string())),
  complete: z.boolean().describe("false: there was more than could be read; the newest was"),
  tests: z.object({ passed: z.int(), failed: z.array(z.string()) }).describe("The changed rule's own cases"),
  diagnostics: z.array(Diagnostic),
});
export type RuleComparison = Readonly<z.infer<typeof RuleComparison>>;

/** `POST /api/v1/rule-changes` */
export const NewRuleChange = z.strictObject({
  text: RuleText,
  reason: z.string().trim().min(3).max(2_000),
  days: z.int().min(1).max(30).default(7).describe("Days in shadow"),
});
export type NewRuleChange = z.infer<typeof NewRuleChange>;

export const RuleChanges = z.object({ items: z.array(RuleChange) });
export type RuleChanges = z.infer<typeof RuleChanges>;

/** `GET /api/v1/rule-changes/{id}` */
export const RuleChangeDetail = RuleChange.extend({
  comparison: RuleComparison.optional().describe("Over its time in shadow so far; absent once it is decided"),
});
export type RuleChangeDetail = Readonly<z.infer<typeof RuleChangeDetail>>;
