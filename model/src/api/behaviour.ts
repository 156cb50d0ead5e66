import { z } from "zod";
import { Anomaly, BaselineSummary, BehaviourChange, Dimension, DriftState, ProbeRun } from "../behaviour.ts";

/** `GET /api/v1/behaviour` */
export const BehaviourQuery = z.object({
  dimension: Dimension.optional(),
  state: z.enum(["learning", "ready"]).optional(),
  q: z.string().max(200).optional().describe("Part of the name"),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});
export type BehaviourQuery = z.infer<typeof BehaviourQuery>;

/** One of a dimension, and how much is known of it. */
export const BehaviourSubject = BaselineSummary.extend({
  hoursNeeded: z.int(),
  daysNeeded: z.int(),
  anomalies: z.int().describe("Anomalies of the last seven days"),
});
export type BehaviourSubject = Readonly<z.infer<typeof BehaviourSubject>>;

export const BehaviourResponse = z.object({
  enabled: z.boolean(),
  ready: z.int(),
  learning: z.int(),
  items: z.array(BehaviourSubject).describe("Those with anomalies first, then the busiest"),
  anomalies: z.array(Anomaly).describe("Of the last seven days, newest first, at most 200"),
});
export type BehaviourResponse = Readonly<z.infer<typeof BehaviourResponse>>;

export const BEHAVIOUR_METRICS = ["events", "tokens", "latency", "errors", "refusals", "blocks", "nearMisses"] as const;
export const BehaviourMetric = z.enum(BEHAVIOUR_METRICS);
export type BehaviourMetric = z.infer<typeof BehaviourMetric>;

/** `GET /api/v1/behaviour/{dimension}/{id}` */
export const BehaviourSeriesQuery = z.object({
  metric: BehaviourMetric.default("events"),
  days: z.coerce.number().int().min(1).max(28).default(7),
});

export const BehaviourPoint = z.object({
  time: z.string().describe("Start of the hour"),
  seen: z.number(),
  expected: z.number().optional().describe("Absent where nothing is known yet, or nothing was done"),
  low: z.number().optional().describe("Two robust standard deviations below"),
  high: z.number().optional().describe("Two robust standard deviations above"),
});

export const BehaviourSeries = z.object({
  subject: BehaviourSubject,
  metric: BehaviourMetric,
  points: z.array(BehaviourPoint),
  anomalies: z.array(Anomaly).describe("In the time that is shown"),
  changes: z.array(BehaviourChange).describe("In the time that is shown, that concern it"),
  drift: z.array(DriftState).describe("Its distributions, for routes and models"),
});
export type BehaviourSeries = Readonly<z.infer<typeof BehaviourSeries>>;

/** `POST /api/v1/behaviour/{dimension}/{id}/accept`: what is learned from now on is normal. */
export const BehaviourAccepted = z.object({
  anomalies: z.int().describe("Anomalies whose days count as ordinary now"),
});

/** `GET /api/v1/drift` */
export const DriftResponse = z.object({
  items: z.array(DriftState).describe("Strongest first"),
  changes: z.array(BehaviourChange).describe("Of the last 28 days, newest first"),
  probes: z.array(ProbeRun.omit({ answers: true })).describe("Newest run of each probe"),
});
export type DriftResponse = Readonly<z.infer<typeof DriftResponse>>;
