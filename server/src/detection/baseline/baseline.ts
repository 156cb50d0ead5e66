import { type BaselineSummary, Dimension } from "@parapet/model";
import { toTimestamp } from "#platform";
import { z } from "zod";
import { LevelProfile } from "./level.ts";
import { RateProfile } from "./rate.ts";

export const RATES = ["errors", "refusals", "blocks", "nearMisses"] as const;
export const RateName = z.enum(RATES);
export type RateName = z.infer<typeof RateName>;

/** Level at which learning began to be bounded. */
const Reference = z.object({
  frozenMs: z.int(),
  centre: z.number(),
  scale: z.number(),
  days: z.int(),
});

/** What is normal for one of a dimension, as it is stored. */
export const Baseline = z.object({
  dimension: Dimension,
  id: z.string(),
  learnedMs: z.int(),
  sinceMs: z.int().describe("First hour that it rests on"),
  hours: z.int().describe("Hours with activity that it rests on"),
  days: z.int().describe("Days with activity that it rests on"),
  excludedDays: z.int().describe("Days left out: they were anomalous, or their finding is open"),
  ready: z.boolean(),
  week: z.object({ events: LevelProfile, tokens: LevelProfile, latency: LevelProfile.optional() }),
  day: z.object({ events: LevelProfile, tokens: LevelProfile }),
  rates: z.record(RateName, RateProfile),
  /** On how many days there was activity in each hour of the day, UTC. */
  clock: z.array(z.int()),
  values: z.record(
    z.string(),
    z.object({
      names: z.array(z.string()),
      late: z.int().describe("Of them, not from the start"),
      sinceMs: z.int().optional(),
    }),
  ),
  similarity: z.object({ hours: z.int(), highest: z.number() }),
  reference: Reference.optional(),
  group: z.string().describe("Peer group: same agent, else same route, of one dimension"),
});
export type Baseline = Readonly<z.infer<typeof Baseline>>;

/** The baseline without its figures. */
export const summarise = (baseline: Baseline): BaselineSummary => ({
  dimension: baseline.dimension,
  id: baseline.id,
  ready: baseline.ready,
  hours: baseline.hours,
  days: baseline.days,
  excludedDays: baseline.excludedDays,
  eventsPerDay: Math.round(Math.expm1(baseline.day.events.slots[0] ?? 0)),
  learnedAt: toTimestamp(baseline.learnedMs),
  ...(baseline.reference !== undefined && { referenceAt: toTimestamp(baseline.reference.frozenMs) }),
  group: baseline.group,
});
