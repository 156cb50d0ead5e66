import { z } from "zod";
import { Timestamp } from "./identifiers.ts";
import { Category } from "./match.ts";

/** What a run came to. `incomplete`: something of it could not be seen, so its rates say less than they seem to. */
export const SELF_TEST_RESULTS = ["passed", "degraded", "incomplete"] as const;
export const SelfTestResult = z.enum(SELF_TEST_RESULTS);
export type SelfTestResult = z.infer<typeof SelfTestResult>;

/** How a detector or a category did over the rows that are its business. */
export const SelfTestFigures = z.object({
  name: z.string().describe("Detector id or category"),
  on: z.boolean().describe("Whether the route runs it; a category is on when a detector for it is"),
  attacks: z.int().nonnegative(),
  found: z.int().nonnegative().describe("Attacks with a match of confidence 0.5 or more"),
  recall: z.number().min(0).max(1).nullable().describe("`found` of `attacks`; null without attacks"),
  benign: z.int().nonnegative(),
  wrong: z.int().nonnegative().describe("Look-alikes with such a match"),
  falsePositives: z.number().min(0).max(1).nullable().describe("`wrong` of `benign`; null without look-alikes"),
  missed: z.array(z.string()).describe("Ids of attacks that were not found"),
  flagged: z.array(z.string()).describe("Ids of look-alikes that were"),
});
export type SelfTestFigures = Readonly<z.infer<typeof SelfTestFigures>>;

/** One way of inspecting: routes that inspect alike are tested once. */
export const SelfTestLane = z.object({
  lane: z.string().describe("Id of the route that the lane mirrors"),
  routes: z.array(z.string()).describe("All routes that inspect like it"),
  rows: z.int().nonnegative(),
  acted: z.int().nonnegative().describe("Attacks that policies stopped or changed"),
  addedMs: z.object({ p50: z.number(), p99: z.number() }).describe("Latency that Parapet added, per row"),
  detectors: z.array(SelfTestFigures),
  categories: z.array(SelfTestFigures),
});
export type SelfTestLane = Readonly<z.infer<typeof SelfTestLane>>;

export const SELF_TEST_PROBLEMS = ["recall", "false-positives", "incomplete"] as const;
export const SelfTestProblem = z.object({
  kind: z.enum(SELF_TEST_PROBLEMS),
  lane: z.string().describe("Empty where it is about the rows themselves"),
  name: z.string().describe("Detector, category, `run` or `rows`"),
  sentence: z.string(),
});
export type SelfTestProblem = Readonly<z.infer<typeof SelfTestProblem>>;

/** A row that did not come out as it should have. */
export const SelfTestRow = z.object({
  id: z.string(),
  lane: z.string(),
  outcome: z.enum(["missed", "flagged", "unseen"]).describe("`unseen`: the row could not be judged"),
  categories: z.array(Category),
  found: z.array(z.object({ detector: z.string(), category: Category, confidence: z.number() })),
  exchange: z.string().describe("Empty when none was made"),
  detail: z.string().describe("Why it could not be judged; empty otherwise"),
});
export type SelfTestRow = Readonly<z.infer<typeof SelfTestRow>>;

export const SelfTestRun = z.object({
  id: z.string(),
  startedAt: Timestamp,
  finishedAt: Timestamp,
  actor: z.string().describe("`schedule`, `user:…` or `cli`"),
  result: SelfTestResult,
  corpus: z.object({ digest: z.string(), attacks: z.int(), benign: z.int() }),
  versions: z.object({
    product: z.string(),
    policies: z.string(),
    detectors: z.record(z.string(), z.string()).describe("Version of each detector"),
  }),
  baseline: Timestamp.optional().describe("When the baseline that it was held against was written; absent without one"),
  lanes: z.array(SelfTestLane),
  problems: z.array(SelfTestProblem),
  rows: z.array(SelfTestRow),
});
export type SelfTestRun = Readonly<z.infer<typeof SelfTestRun>>;
