import { z } from "zod";
import { TenantId } from "./identifiers.ts";

/** Whose behaviour is counted. One event counts once for each that its envelope names. */
export const DIMENSIONS = ["principal", "agent", "route", "model", "source"] as const;
export const Dimension = z.enum(DIMENSIONS);
export type Dimension = z.infer<typeof Dimension>;

/** What is summed up per hour. An exchange of the gateway is one event, its end. */
export const COUNTS = [
  "events",
  "exchanges",
  "inputTokens",
  "outputTokens",
  "errors",
  "refusals",
  "blocks",
  "nearMisses",
  "prompts",
  "latencies",
  "latencyLog",
  "addedLog",
] as const;
export const Count = z.enum(COUNTS);
export type Count = z.infer<typeof Count>;

/** What one of a dimension did in one hour, or in a part of it: rows of one hour are added up. Numbers and names, no text. */
export const HourlyRow = z.object({
  tenant: TenantId,
  dimension: Dimension,
  id: z.string(),
  hourMs: z.int().describe("Start of the hour, milliseconds since the epoch"),
  counts: z
    .record(Count, z.number())
    .describe("Sums; `latencyLog` and `addedLog` are sums of ln(1 + ms), over `latencies` of them"),
  values: z.record(z.string(), z.number()).describe("How often each `feature=value` was seen: tools, hosts, addresses"),
  cells: z
    .record(z.string(), z.number())
    .describe("Distributions: `feature=value` for names, `feature#bucket` for numbers"),
  samples: z
    .array(z.int())
    .describe("Signatures of prompts or of predictions' features, packed as detection's `packSample` says"),
});
export type HourlyRow = Readonly<z.infer<typeof HourlyRow>>;

export const ANOMALY_KINDS = [
  "volume",
  "tokens",
  "latency",
  "errors",
  "refusals",
  "blocks",
  "near-misses",
  "first-seen",
  "similarity",
  "creep",
] as const;
export const AnomalyKind = z.enum(ANOMALY_KINDS);
export type AnomalyKind = z.infer<typeof AnomalyKind>;

/** A departure from a learned normal, with the five numbers that it rests on. */
export const Anomaly = z.object({
  dimension: Dimension,
  subject: z.string(),
  kind: AnomalyKind,
  hourMs: z.int().describe("Hour or, for a day's total, day in which it was seen"),
  sentence: z.string(),
  seen: z.number(),
  expected: z.number(),
  spread: z.number().describe("Upper end of what is ordinary: expected and one robust standard deviation"),
  sigmas: z.number().describe("Robust standard deviations above the expected"),
  history: z.int().describe("Hours of history it rests on"),
  value: z.string().optional().describe("What was seen for the first time, `feature=value`"),
});
export type Anomaly = Readonly<z.infer<typeof Anomaly>>;
