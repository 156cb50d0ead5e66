import { z } from "zod";
import { Severity } from "./severity.ts";

/** What the gateway does, in rising order of strength. */
export const ACTIONS = ["allow", "observe", "redact", "throttle", "divert", "hold", "block"] as const;
export const Action = z.enum(ACTIONS);
export type Action = z.infer<typeof Action>;

export const actionRank = (action: Action): number => ACTIONS.indexOf(action);

/** One policy that applied to a decision. */
export const AppliedPolicy = z.object({
  id: z.string(),
  action: Action,
  severity: Severity,
  message: z.string().describe("The sentence shown to the caller"),
});
export type AppliedPolicy = Readonly<z.infer<typeof AppliedPolicy>>;

/**
 * The decision on one direction of an exchange or one tool call.
 * `action` is what was done; `would` is what an enforcing route would have done.
 */
export const Verdict = z.object({
  action: Action,
  would: Action,
  policy: z.string().optional().describe("The deciding policy's id; absent for `allow`"),
  policies: z.array(AppliedPolicy).describe("All policies that applied, strongest first"),
  policyVersion: z.string().describe("Digest of the policy set that decided"),
  approvals: z
    .array(z.string())
    .optional()
    .describe("Ids of the approvals by which it passed; absent: none was needed"),
});
export type Verdict = Readonly<z.infer<typeof Verdict>>;
