import { z } from "zod";
import { CoverageItem, CoverageSignal, CoverageSource, Framework } from "../coverage.ts";
import { Since } from "./page.ts";

export const CoverageQuery = z.object({
  since: Since.default("24h").describe("A source is live when something of it arrived since then"),
});

/** `GET /api/v1/coverage`: which attacks could be seen with what really arrives. */
export const Coverage = z.object({
  since: z.string(),
  frameworks: z.array(Framework.omit({ items: true })),
  items: z.array(CoverageItem),
  sources: z.array(CoverageSource),
  signals: z.array(CoverageSignal),
  next: z
    .array(z.object({ source: z.string(), effort: z.int(), closes: z.array(z.string()) }))
    .describe("Sources that are not live, by what they would close for their effort, the best first"),
});
export type Coverage = z.infer<typeof Coverage>;
