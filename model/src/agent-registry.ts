import { z } from "zod";
import { AgentDeclaration, ArgumentsUse, BusinessLimit, DataClass, Effect } from "./agent.ts";
import { Timestamp } from "./identifiers.ts";

/**
 * What became of a tool call. `observed`: it passed, and policies would have stopped or held it on a route that
 * enforces.
 */
export const CALL_FATES = ["passed", "observed", "held", "stopped"] as const;
export const CallFate = z.enum(CALL_FATES);
export type CallFate = z.infer<typeof CallFate>;

/** One tool call as the registry keeps it: names, hosts and numbers, never what was said. */
export const CallUse = z.object({
  tool: z.string(),
  server: z.string().default("").describe("MCP server; empty where the application itself runs the tool"),
  effects: z.array(Effect).default([]),
  ...ArgumentsUse.shape,
  data: z
    .array(DataClass)
    .optional()
    .describe("Classes of data that its session held; absent where nobody gathered that"),
  repeats: z.int().default(0).describe("Same calls with the same arguments before it in the session"),
  fate: CallFate,
  policy: z.string().optional().describe("Policy that decided"),
});
export type CallUse = Readonly<z.infer<typeof CallUse>>;

/** What an agent did in one exchange, or as one event of another source tells it. */
export const AgentActivity = z.object({
  time: Timestamp,
  source: z.string().describe("`gateway`, or the telemetry source that told it"),
  exchange: z.string(),
  session: z.string(),
  principal: z.string(),
  key: z.string(),
  model: z.string(),
  route: z.string(),
  tokens: z.number(),
  calls: z.array(CallUse),
});
export type AgentActivity = Readonly<z.infer<typeof AgentActivity>>;

/** What a person confirms for an agent. Stands in the place of the declaration in the file, but for its workload. */
export const ScopeChange = AgentDeclaration.omit({ id: true, workload: true }).extend({
  limits: z
    .array(BusinessLimit)
    .max(100)
    .default([])
    .describe("Limits of this agent's calls alone: `agents` in them is not read"),
});
export type ScopeChange = Readonly<z.infer<typeof ScopeChange>>;

export const SCOPE_STATES = ["confirmed", "replaced", "withdrawn"] as const;

/** One version of what was confirmed for an agent. Versions are never changed but for their end. */
export const AgentScope = z.object({
  id: z.uuid(),
  agent: z.string(),
  version: z.int().min(1).describe("Counted per agent"),
  state: z.enum(SCOPE_STATES).describe("`confirmed`: in force at every gateway"),
  scope: ScopeChange,
  reason: z.string(),
  basis: z.object({
    since: Timestamp.describe("Calls since then were looked at"),
    sessions: z.int(),
    calls: z.int(),
    outside: z.int().describe("Of those calls, how many this scope would not have covered"),
  }),
  confirmedBy: z.string(),
  confirmedAt: Timestamp,
  endedBy: z.string().optional(),
  endedAt: Timestamp.optional(),
});
export type AgentScope = Readonly<z.infer<typeof AgentScope>>;

export const SCOPE_KINDS = ["tool", "host", "data", "budget", "step", "limit"] as const;
/** A part of a scope that a call may be outside of. */
export const ScopeKind = z.enum(SCOPE_KINDS);
export type ScopeKind = z.infer<typeof ScopeKind>;
