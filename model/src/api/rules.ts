import { z } from "zod";
import { Event } from "../event.ts";
import { Timestamp } from "../identifiers.ts";
import { LogSource } from "../log-source.ts";
import { Diagnostic } from "../policy.ts";
import { RuleChange } from "../rule-change.ts";
import { Severity } from "../severity.ts";
import { Since } from "./page.ts";

/** That somebody changed a rule, or would have it changed. */
export const RuleChangeMark = RuleChange.pick({ id: true })
  .extend({ state: z.enum(["promoted", "shadow"]), shadows: z.int().describe("How many changes of it are in shadow") })
  .describe("`promoted`: what is shown stands over the file's rule; `shadow`: another text is only compared with it");
export type RuleChangeMark = Readonly<z.infer<typeof RuleChangeMark>>;

/** A rule or a correlation as it is loaded. */
export const RuleInfo = z.object({
  key: z.string(),
  id: z.string().optional(),
  kind: z.enum(["rule", "correlation"]),
  title: z.string(),
  description: z.string(),
  status: z.string(),
  severity: Severity,
  tags: z.array(z.string()),
  logsource: LogSource.optional(),
  file: z.string(),
  tests: z.int(),
  state: z
    .enum(["active", "serving", "unbound", "off"])
    .describe(
      "`serving`: only correlations report it; `unbound`: no source here has its events; `off`: deprecated or unsupported",
    ),
  change: RuleChangeMark.optional(),
  hits: z.int().describe("In the last seven days; of a correlation the hits of its rules"),
  lastHit: Timestamp.optional(),
});
export type RuleInfo = Readonly<z.infer<typeof RuleInfo>>;

/** `GET /api/v1/rules` */
export const RulesResponse = z.object({
  version: z.string(),
  loadedAt: z.string(),
  items: z.array(RuleInfo),
  diagnostics: z.array(Diagnostic),
});
export type RulesResponse = Readonly<z.infer<typeof RulesResponse>>;

/** `GET /api/v1/rules/{id}` */
export const RuleDetail = RuleInfo.extend({
  text: z.string(),
  triage: z.string(),
  references: z.array(z.string()),
  falsePositives: z.array(z.string()),
  groupBy: z.array(z.string()),
  rules: z.array(z.string()).describe("Of a correlation: what it stands on"),
  usedBy: z.array(z.string()).describe("Correlations that stand on it"),
  results: z.array(
    z.object({ name: z.string(), line: z.int(), expected: z.boolean(), actual: z.boolean(), passed: z.boolean() }),
  ),
});
export type RuleDetail = Readonly<z.infer<typeof RuleDetail>>;

/** `POST /api/v1/rules/{id}/backtest` */
export const BacktestRequest = z.strictObject({ since: Since.default("7d") });
export const BacktestAnswer = z.object({
  since: Timestamp,
  until: Timestamp,
  hits: z.int().describe("Events for which it, or a rule that it stands on, held"),
  series: z.array(z.object({ time: Timestamp, count: z.int() })),
  samples: z.array(Event).describe("The newest, at most ten"),
  groups: z
    .array(
      z.object({
        group: z.record(z.string(), z.string()),
        firstSeen: Timestamp,
        lastSeen: Timestamp,
        count: z.int(),
        value: z.number(),
      }),
    )
    .optional()
    .describe("Of a correlation: where it held, newest first, at most a hundred"),
  fired: z.int().optional().describe("Of a correlation: how often it held"),
  thresholds: z
    .array(
      z.object({ value: z.number(), fired: z.int(), groups: z.int(), isInForce: z.boolean(), isQuiet: z.boolean() }),
    )
    .optional()
    .describe(
      "Of a correlation with one lower bound: what other numbers would have found; isQuiet: the lowest that finds nothing",
    ),
  complete: z.boolean().describe("false: there was more than could be read; the newest was"),
  tookMs: z.number(),
});
export type BacktestAnswer = Readonly<z.infer<typeof BacktestAnswer>>;
