import { z } from "zod";
import { Timestamp } from "./identifiers.ts";

export const RULE_CHANGE_STATES = ["shadow", "promoted", "expired", "withdrawn"] as const;

/** A rule as somebody would have it: beside the one in force until it is promoted, given up, or its time is over. */
export const RuleChange = z.object({
  id: z.uuid(),
  rule: z.string().describe("Name of the rule that it changes, or of a new one"),
  text: z.string(),
  reason: z.string(),
  state: z
    .enum(RULE_CHANGE_STATES)
    .describe("`shadow`: compared with what arrives, makes no findings; `promoted`: stands over the file's rule"),
  createdBy: z.string(),
  createdAt: Timestamp,
  shadowUntil: Timestamp.describe("Nothing is promoted by itself: after this it has expired"),
  decidedBy: z.string().optional(),
  decidedAt: Timestamp.optional(),
});
export type RuleChange = Readonly<z.infer<typeof RuleChange>>;
