import { z } from "zod";
import { AgentDeclaration, BusinessLimit, Effect } from "../agent.ts";
import { AgentScope, CallFate, ScopeChange, ScopeKind } from "../agent-registry.ts";
import { Timestamp } from "../identifiers.ts";

/** Whole days back from now that are looked at. */
const Days = z.coerce.number().int().min(1).max(90).default(14);

export const AgentsQuery = z.object({ days: Days, q: z.string().max(200).optional().describe("Part of the name") });
export type AgentsQuery = z.infer<typeof AgentsQuery>;
export const AgentQuery = z.object({ days: Days });

/** What became of calls. */
export const CallCounts = z.object({
  calls: z.int(),
  observed: z.int().describe("Passed, though policies would have stopped or held them"),
  held: z.int(),
  stopped: z.int(),
});
export type CallCounts = Readonly<z.infer<typeof CallCounts>>;

export const AgentRisk = z.object({
  level: z.enum(["low", "medium", "high"]),
  reasons: z.array(z.string()).describe("In sentences, gravest first"),
});
export type AgentRisk = Readonly<z.infer<typeof AgentRisk>>;

export const AgentSummary = CallCounts.extend({
  id: z.string(),
  owner: z.string().optional(),
  scope: z.enum(["confirmed", "declared", "none"]),
  firstSeen: Timestamp.optional().describe("In the days looked at; absent when it was not seen in them"),
  lastSeen: Timestamp.optional(),
  exchanges: z.int(),
  sessions: z.int(),
  tools: z.array(z.string()).describe("Tools whose calls passed, as `server/tool` or `tool`; at most 200"),
  unused: z.array(z.string()).describe("Tools that were granted and not called"),
  outside: z.array(z.string()).describe("Tools that were called and are not granted; empty without a scope"),
  risk: AgentRisk,
});
export type AgentSummary = Readonly<z.infer<typeof AgentSummary>>;

/** `GET /api/v1/agents` */
export const AgentsResponse = z.object({
  since: Timestamp,
  items: z.array(AgentSummary).describe("Riskiest first, then the busiest"),
});
export type AgentsResponse = Readonly<z.infer<typeof AgentsResponse>>;

const Counted = z.object({ value: z.string(), count: z.int(), label: z.string().optional() });

/** One tool of an agent in the days looked at. */
export const ToolUse = CallCounts.extend({
  tool: z.string(),
  server: z.string(),
  effects: z.array(Effect),
  sessions: z.int(),
  lastSeen: Timestamp,
  lastExchange: z.string().describe("Empty where only another source told of it"),
});
export type ToolUse = Readonly<z.infer<typeof ToolUse>>;

const Spread = z.object({ p50: z.number(), p99: z.number(), max: z.number() });
export const AgentUse = CallCounts.extend({
  firstSeen: Timestamp.optional(),
  lastSeen: Timestamp.optional(),
  exchanges: z.int(),
  sessions: z.int(),
  complete: z.boolean().describe("false: there was more than could be read; the newest was"),
  tools: z.array(ToolUse).describe("Most calls first"),
  effects: z.array(Counted),
  hosts: z.array(Counted).describe("That arguments named, most calls first, at most 200"),
  data: z.array(Counted).describe("Classes of data that were in the session at a call"),
  keys: z.array(Counted),
  principals: z.array(Counted),
  models: z.array(Counted),
  routes: z.array(Counted),
  perSession: z
    .object({ calls: Spread, repeats: Spread, tokens: Spread, minutes: Spread })
    .describe("What sessions with a name or a growing conversation used"),
  days: z
    .array(CallCounts.extend({ day: z.string(), exchanges: z.int() }))
    .describe("UTC, oldest first, gaps left out"),
});
export type AgentUse = Readonly<z.infer<typeof AgentUse>>;

/** One thing that was granted, or used without being granted. */
export const Grant = z.object({
  kind: z.enum(["tool", "host", "data"]),
  name: z.string().describe("As granted; where it was not, as used"),
  inFile: z.boolean(),
  confirmed: z.boolean(),
  calls: z.int().describe("That passed"),
  lastSeen: Timestamp.optional(),
  state: z.enum(["used", "unused", "outside"]).describe("`outside`: used, and not granted"),
});
export type Grant = Readonly<z.infer<typeof Grant>>;

export const NotableCall = z.object({
  time: Timestamp,
  exchange: z.string(),
  session: z.string(),
  tool: z.string(),
  fate: CallFate,
  policy: z.string().optional(),
});
export type NotableCall = Readonly<z.infer<typeof NotableCall>>;

/** `GET /api/v1/agents/{id}` */
export const AgentDetail = z.object({
  summary: AgentSummary,
  since: Timestamp,
  inFile: AgentDeclaration.optional().describe("As the configuration declares it"),
  inForce: AgentDeclaration.optional().describe("What is in force: confirmed over declared; absent without either"),
  limits: z.array(BusinessLimit).describe("Business limits in force that name this agent or everybody"),
  versions: z.array(AgentScope).describe("What was confirmed here, newest first"),
  use: AgentUse,
  grants: z.array(Grant),
  notable: z.array(NotableCall).describe("Newest calls that were stopped or held, or would have been; at most 50"),
  findings: z.array(z.object({ id: z.string(), title: z.string(), severity: z.string(), lastSeen: Timestamp })),
  recipes: z
    .array(z.object({ id: z.string(), title: z.string(), file: z.string() }))
    .describe("Empty without a workload"),
});
export type AgentDetail = Readonly<z.infer<typeof AgentDetail>>;

/** A call of the past that a scope would not have covered. */
export const OutsideCall = z.object({
  time: Timestamp,
  exchange: z.string(),
  session: z.string(),
  tool: z.string(),
  reasons: z.array(z.string()),
});
export type OutsideCall = Readonly<z.infer<typeof OutsideCall>>;

/** What a scope would have meant for the calls that passed. */
export const ScopeComparison = z.object({
  since: Timestamp,
  calls: z.int().describe("That passed"),
  sessions: z.int(),
  outside: z.int().describe("Of those calls, how many the scope would not have covered"),
  outsideSessions: z.int(),
  reasons: z.array(z.object({ kind: ScopeKind, what: z.string(), calls: z.int() })).describe("Most calls first"),
  samples: z.array(OutsideCall).describe("Newest, at most 20"),
  stopped: z.int().describe("Calls that were stopped or held, or would have been: not looked at"),
  unknown: z.int().describe("Calls whose arguments are not known, so that hosts and amounts were not compared"),
  complete: z.boolean().describe("false: there was more than could be read; the newest was"),
  widens: z.array(z.string()).describe("What it allows and the scope in force does not; empty where none is in force"),
  narrows: z.array(z.string()).describe("What the scope in force allows and it does not"),
});
export type ScopeComparison = Readonly<z.infer<typeof ScopeComparison>>;

/** `GET /api/v1/agents/{id}/proposal` */
export const ScopeProposal = z.object({
  agent: z.string(),
  scope: ScopeChange,
  basis: z.object({
    since: Timestamp,
    days: z.int().describe("Days on which it made calls"),
    sessions: z.int(),
    calls: z.int().describe("That passed: others teach nothing"),
    stopped: z.int().describe("Calls left out because they were stopped or held, or would have been"),
  }),
  notes: z.array(z.string()).describe("What a person should know before confirming, in sentences"),
  comparison: ScopeComparison,
});
export type ScopeProposal = Readonly<z.infer<typeof ScopeProposal>>;

/** `POST /api/v1/agents/{id}/compare` */
export const ScopeComparisonRequest = z.strictObject({ scope: ScopeChange, days: Days });

/** `POST /api/v1/agents/{id}/scopes` */
export const ScopeConfirmation = z.strictObject({
  scope: ScopeChange,
  reason: z.string().trim().min(3).max(2_000),
  days: Days,
  outside: z
    .int()
    .min(0)
    .default(0)
    .describe("Past calls outside it that you have seen and accept; with more of them nothing is confirmed"),
});
export type ScopeConfirmation = z.infer<typeof ScopeConfirmation>;

/** `POST /api/v1/agents/{id}/withdraw` */
export const ScopeWithdrawal = z.strictObject({ reason: z.string().trim().min(3).max(2_000) });

/** `GET /api/v1/agents/{id}/recipes/{recipe}` */
export const AgentRecipe = z.object({ file: z.string(), text: z.string(), note: z.string() });
export type AgentRecipe = Readonly<z.infer<typeof AgentRecipe>>;
