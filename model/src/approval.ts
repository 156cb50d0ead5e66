import { z } from "zod";
import { CallFacts } from "./agent.ts";
import { ExchangeId, TenantId, Timestamp } from "./identifiers.ts";
import { Severity } from "./severity.ts";

/** `pending` waits for a person; `approved` may be used once; the others are ends, `denied` lasts until it expires. */
export const APPROVAL_STATES = ["pending", "approved", "denied", "expired", "used"] as const;
export const ApprovalState = z.enum(APPROVAL_STATES);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** What waits. */
export const HELD_KINDS = ["tool_call", "request", "response"] as const;
export const HeldKind = z.enum(HELD_KINDS);
export type HeldKind = z.infer<typeof HeldKind>;

export const APPROVAL_STEPS = ["requested", "seen", "approved", "denied", "refused", "expired", "used"] as const;
export const ApprovalStep = z.enum(APPROVAL_STEPS);
export type ApprovalStep = z.infer<typeof ApprovalStep>;

/** Something that policy holds and a person decides about. Says nothing of what stands in it. */
export const Approval = z.object({
  id: z.uuid().describe("Approval id, UUIDv7"),
  state: ApprovalState,
  what: HeldKind,
  action: z.enum(["hold", "divert"]).describe("What the policy asked for"),
  createdAt: Timestamp,
  expiresAt: Timestamp.describe("When the state ends by itself: what is pending is denied, what is approved lapses"),
  digest: z
    .string()
    .describe("Keyed digest of tenant, key, session, agent, server, tool, canonical arguments and policy version"),
  exchange: ExchangeId.describe("Exchange that was held"),
  route: z.string(),
  protocol: z.string(),
  model: z.string(),
  session: z.string(),
  principal: z.string().describe("Who asked: `user:…`, `agent:…`, `key:…` or `anonymous`"),
  user: z.string().optional(),
  agent: z.string().optional(),
  key: z.string().optional(),
  server: z.string().describe("MCP server; empty where the application runs the tool, or no tool is called"),
  tool: z.string().describe("Empty where no tool is called"),
  policy: z.string().describe("Id of the policy that decided"),
  severity: Severity,
  message: z.string().describe("The policy's sentence"),
  policies: z.array(z.string()).describe("Ids of all policies that applied, strongest first"),
  policyVersion: z.string(),
  risk: z.int().min(0).max(1000).describe("Risk of the session when it was held"),
  approvers: z.array(z.string()).optional().describe("Only these users may decide; absent: whoever has the role"),
  asked: z.int().positive().describe("How often the same was asked for"),
  decidedBy: z.string().optional(),
  decidedAt: Timestamp.optional(),
  reason: z.string().optional().describe("What the person said"),
  usedBy: ExchangeId.optional().describe("Exchange that it let pass"),
  history: z.array(z.object({ time: Timestamp, step: ApprovalStep, actor: z.string(), note: z.string().optional() })),
});
export type Approval = Readonly<z.infer<typeof Approval>>;

/** How a call differs from earlier ones of the same agent and tool that passed. */
export const CallDifference = z.object({
  path: z.string().describe("JSON pointer into the arguments; empty for the call as a whole"),
  kind: z.enum(["first-call", "new-value", "new-argument", "higher", "lower"]),
  sentence: z.string(),
});
export type CallDifference = Readonly<z.infer<typeof CallDifference>>;

/** What stands in it: kept encrypted. */
export const HeldContent = z.object({
  arguments: z.string().optional().describe("JSON text of a tool call's arguments, whole"),
  texts: z
    .array(z.object({ role: z.string(), text: z.string() }))
    .optional()
    .describe("Texts of a request or response"),
  cut: z.int().nonnegative().describe("Characters of earlier texts that are left out"),
  facts: CallFacts.optional().describe("Absent where nobody gathers them"),
  differences: z.array(CallDifference),
});
export type HeldContent = Readonly<z.infer<typeof HeldContent>>;

/** An approval with its tenant, as stores keep it. */
export const TenantApproval = Approval.extend({ tenant: TenantId });
export type TenantApproval = Readonly<z.infer<typeof TenantApproval>>;
