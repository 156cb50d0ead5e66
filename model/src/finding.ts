import { z } from "zod";
import { FindingId, Timestamp } from "./identifiers.ts";
import { Severity } from "./severity.ts";

export const FINDING_STATUSES = ["new", "triaged", "in_progress", "resolved", "false_positive"] as const;
export const FindingStatus = z.enum(FINDING_STATUSES);
export type FindingStatus = z.infer<typeof FindingStatus>;

/** A recorded detection with a life cycle; occurrences with one `groupKey` are one finding. */
export const Finding = z.object({
  id: FindingId,
  rule: z.string(),
  title: z.string(),
  description: z.string(),
  severity: Severity,
  status: FindingStatus,
  owner: z.string().optional(),
  groupKey: z.string(),
  firstSeen: Timestamp,
  lastSeen: Timestamp,
  count: z.int().positive(),
  exchanges: z.array(z.string()).describe("Most recent exchanges, at most 50"),
  events: z
    .array(z.string())
    .optional()
    .describe("Most recent events, at most 50; missing in findings of older versions"),
  entities: z.record(z.string(), z.string()).describe("Group values: principal, session, route, model"),
  tags: z.array(z.string()).describe("`atlas.aml.t0051`, `owasp.llm01-2025` …"),
  triage: z.string().describe("What to do first"),
  history: z.array(
    z.object({ time: Timestamp, actor: z.string(), change: z.string(), comment: z.string().optional() }),
  ),
});
export type Finding = Readonly<z.infer<typeof Finding>>;
