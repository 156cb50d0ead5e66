import { z } from "zod";
import { Category } from "../match.ts";
import { Action } from "../verdict.ts";
import { Timestamp } from "../identifiers.ts";
import { Since } from "./page.ts";

export const OverviewQuery = z.object({ since: Since.default("24h") });

/** `GET /api/v1/overview`: what happened, what was stopped, what could not be seen, latency added. */
export const Overview = z.object({
  since: Timestamp,
  exchanges: z.int(),
  byVerdict: z.partialRecord(Action, z.int()),
  byCategory: z.partialRecord(Category, z.int()),
  wouldHave: z.int().describe("Exchanges that an enforcing route would have stopped or changed"),
  unscannable: z.int().describe("Exchanges with a part that could not be inspected"),
  failed: z.int().describe("Exchanges that ended in an upstream or client failure"),
  openFindings: z.int(),
  addedMs: z.object({ p50: z.number(), p99: z.number() }),
  latencyMs: z.object({ p50: z.number(), p99: z.number() }),
  series: z
    .array(z.object({ time: Timestamp, allowed: z.int(), changed: z.int(), stopped: z.int(), observed: z.int() }))
    .describe("Equal buckets over the range, oldest first"),
  topPolicies: z.array(z.object({ policy: z.string(), count: z.int() })),
  topPrincipals: z.array(z.object({ principal: z.string(), exchanges: z.int(), stopped: z.int() })),
  routes: z.array(z.object({ route: z.string(), mode: z.string(), exchanges: z.int(), stopped: z.int() })),
  evidence: z.object({
    size: z.int().describe("Leaves in the ledger"),
    checkpointAt: Timestamp.optional(),
    spoolLag: z.int().describe("Records not yet drained"),
    lost: z.int().describe("Records that could not be written on best-effort routes"),
  }),
  demo: z.boolean().describe("Whether a demo route exists"),
});
export type Overview = Readonly<z.infer<typeof Overview>>;
