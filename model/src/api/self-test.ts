import { z } from "zod";
import { SelfTestRow, SelfTestRun } from "../self-test.ts";

export const SelfTestQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(30) });

/** A run that is going on. */
export const SelfTestProgress = z.object({
  id: z.string(),
  startedAt: z.string(),
  done: z.int().nonnegative(),
  total: z.int().nonnegative(),
});
export type SelfTestProgress = Readonly<z.infer<typeof SelfTestProgress>>;

/** `GET /api/v1/self-test/runs`: newest first, without their rows. */
export const SelfTestRuns = z.object({
  available: z.boolean().describe("Whether this process has a gateway with a route that inspects"),
  enabled: z.boolean().describe("Whether it runs on a schedule"),
  everyHours: z.number(),
  nextAt: z.string().optional().describe("When the schedule runs next"),
  running: SelfTestProgress.optional(),
  items: z.array(SelfTestRun.omit({ rows: true })),
});
export type SelfTestRuns = Readonly<z.infer<typeof SelfTestRuns>>;

/** `GET /api/v1/self-test/runs/{id}`: whole. `text` is the row's, absent when the corpus has it no longer. */
export const SelfTestRunDetail = SelfTestRun.extend({
  rows: z.array(SelfTestRow.extend({ text: z.string().optional(), note: z.string().optional() })),
});
export type SelfTestRunDetail = Readonly<z.infer<typeof SelfTestRunDetail>>;

/** `POST /api/v1/self-test/runs` starts one; it goes on after the answer. */
export const SelfTestStarted = z.object({ id: z.string(), rows: z.int().nonnegative() });
export type SelfTestStarted = Readonly<z.infer<typeof SelfTestStarted>>;
