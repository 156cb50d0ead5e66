import { z } from "zod";
import { FindingId, Slug, Timestamp } from "./identifiers.ts";
import { Severity } from "./severity.ts";

export const FINDING_STATUSES = ["new", "triaged", "in_progress", "resolved", "false_positive", "accepted"] as const;
export const FindingStatus = z.enum(FINDING_STATUSES);
export type FindingStatus = z.infer<typeof FindingStatus>;

/** Statuses that still need somebody. */
export const OPEN_FINDING_STATUSES: readonly FindingStatus[] = ["new", "triaged", "in_progress"];

/** One line of a score: so many points, and for what. */
export const ScorePart = z.object({ points: z.int(), why: z.string() });
export type ScorePart = Readonly<z.infer<typeof ScorePart>>;

/** An event that a person reads to see what a finding of behaviour says in numbers. */
export const FindingSample = z.object({
  event: z.string(),
  exchange: z.string().optional(),
  time: Timestamp,
  part: z
    .enum(["change", "before", "now"])
    .describe("`change`: what it is laid to; `before`: of the reference; `now`: of what is out of the ordinary"),
  shows: z.string().describe("What of it is typical: `output.length 1240`, or what was changed"),
});
export type FindingSample = Readonly<z.infer<typeof FindingSample>>;

/** A recorded detection with a life cycle; occurrences with one `groupKey` are one finding. */
export const Finding = z.object({
  id: FindingId,
  rule: z.string(),
  title: z.string(),
  description: z.string(),
  severity: Severity,
  status: FindingStatus,
  acceptedUntil: Timestamp.optional().describe(
    "With status `accepted`: the first occurrence after this opens it again",
  ),
  exception: z.string().optional().describe("Exception by which it was accepted without anybody looking"),
  owner: z.string().optional(),
  score: z.int().min(0).max(100).default(0).describe("What to look at first: severity, evidence and the assets' value"),
  scoreParts: z.array(ScorePart).default([]),
  groupKey: z.string(),
  firstSeen: Timestamp,
  lastSeen: Timestamp,
  count: z.int().positive(),
  exchanges: z.array(z.string()).describe("Most recent exchanges, at most 50"),
  events: z.array(z.string()).default([]).describe("Most recent events, at most 50"),
  sources: z.array(z.string()).default([]).describe("Sources that its events came from"),
  samples: z
    .array(FindingSample)
    .optional()
    .describe("Of findings of behaviour: events most typical of what they say, at most ten of each part"),
  entities: z.record(z.string(), z.string()).describe("Group values: principal, session, route, model"),
  explanation: z.string().optional().describe("What was counted, compared or joined, with the numbers"),
  tags: z.array(z.string()).describe("`atlas.aml.t0051`, `owasp.llm01-2025` …"),
  triage: z.string().describe("What to do first"),
  history: z.array(
    z.object({ time: Timestamp, actor: z.string(), change: z.string(), comment: z.string().optional() }),
  ),
});
export type Finding = Readonly<z.infer<typeof Finding>>;

/**
 * A standing decision: findings of `rule` whose group has these values are accepted without anybody looking, until it
 * expires. They are kept and counted; nothing is dropped.
 */
export const FindingException = z.object({
  id: z.uuid(),
  rule: z.string(),
  where: z
    .record(z.string(), z.string())
    .describe("Fields of the group and their values; empty: every finding of the rule. A value may end in `*`"),
  reason: z.string(),
  owner: z.string(),
  createdAt: Timestamp,
  createdBy: z.string(),
  expiresAt: Timestamp,
});
export type FindingException = Readonly<z.infer<typeof FindingException>>;

export const ASSET_VALUES = ["low", "normal", "high", "critical"] as const;
/** What something is worth to its owner: `assets` of the configuration. */
export const AssetValue = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(200)
    .describe("Principal, agent, asset, route, model or workload that it stands for; `*` stands for anything"),
  value: z.enum(ASSET_VALUES).describe("Raises or lowers the score of findings that touch it"),
  owner: z.string().max(80).optional().describe("Whom its findings go to"),
  kind: Slug.optional().describe("What it is: model, dataset, agent, key …"),
});
export type AssetValue = Readonly<z.infer<typeof AssetValue>>;

/** What became of one rule's findings: whether people still get anything out of it. */
export const RuleRecord = z.object({
  rule: z.string(),
  findings: z.int(),
  open: z.int(),
  useful: z.int().describe("Resolved by a person"),
  falsePositives: z.int(),
  accepted: z.int(),
  precision: z.number().min(0).max(1).optional().describe("Useful of those that were judged; absent under 5 judged"),
  earlierPrecision: z.number().min(0).max(1).optional().describe("The same in the time before, of equal length"),
  lastUseful: Timestamp.optional(),
  lastSeen: Timestamp.optional(),
  decay: z.enum(["none", "falling", "useless", "silent"]).describe("`silent`: nothing found in the time looked at"),
  sentence: z.string(),
});
export type RuleRecord = Readonly<z.infer<typeof RuleRecord>>;
