import { z } from "zod";
import { TenantId, Timestamp } from "./identifiers.ts";

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

/** How much is known of one of a dimension: its baseline without the figures. */
export const BaselineSummary = z.object({
  dimension: Dimension,
  id: z.string(),
  ready: z.boolean(),
  hours: z.int().describe("Hours with activity that its baseline rests on"),
  days: z.int(),
  excludedDays: z.int().describe("Days left out of learning: they were anomalous, or their finding is open"),
  eventsPerDay: z.number().describe("What is expected of a working day"),
  learnedAt: Timestamp,
  referenceAt: Timestamp.optional().describe("When the reference was frozen that bounds its growth"),
  group: z.string().describe("Peers that it is compared with while it learns; empty for all of its dimension"),
});
export type BaselineSummary = Readonly<z.infer<typeof BaselineSummary>>;

export const DriftSide = z.enum(["input", "output", "score"]);
export type DriftSide = z.infer<typeof DriftSide>;

/** Something after which a model or a route may behave differently. */
export const BehaviourChange = z.object({
  id: z.string(),
  time: Timestamp,
  kind: z.enum([
    "model",
    "fingerprint",
    "prompt",
    "tools",
    "policy",
    "fine-tune",
    "deployment",
    "registry",
    "corpus",
    "probe",
  ]),
  dimension: Dimension.optional(),
  subject: z.string().describe("Model or route that was changed; empty when it is everything"),
  touches: z.array(z.string()).describe("Other routes and models that it concerns"),
  sentence: z.string(),
  event: z.string().optional().describe("The event that it was read from, where it is one"),
});
export type BehaviourChange = Readonly<z.infer<typeof BehaviourChange>>;

/** One feature of a model or route against its reference. */
export const DriftState = z.object({
  dimension: Dimension,
  subject: z.string(),
  feature: z.string(),
  side: DriftSide,
  statistics: z.array(z.object({ name: z.string(), value: z.number(), threshold: z.number() })),
  drifting: z.boolean(),
  samples: z.int(),
  referenceSamples: z.int(),
  before: z.string().describe("What is typical of the reference, in words"),
  now: z.string(),
  onsetMs: z.int().describe("Hour in which the shift seems to have begun"),
  strength: z.number().describe("The statistic farthest over its threshold, as a multiple of it"),
  seenMs: z.int().describe("When it was last looked at"),
  sinceMs: z.int().optional().describe("When it was first seen drifting; absent when it does not drift"),
  cause: BehaviourChange.optional().describe("Nearest change before it, once the drift has lasted"),
});
export type DriftState = Readonly<z.infer<typeof DriftState>>;

export const THEFT_KINDS = ["extraction", "inversion", "boundary"] as const;
export const TheftSign = z.object({
  subject: z.string().describe("Principal"),
  kind: z.enum(THEFT_KINDS),
  dayMs: z.int(),
  sentence: z.string(),
});
export type TheftSign = Readonly<z.infer<typeof TheftSign>>;

/** What is kept of an answer to a probe. */
export const ProbeAnswer = z.object({
  digest: z.string().describe("Keyed hash of the answer"),
  signature: z.int(),
  length: z.int(),
  refused: z.boolean(),
  language: z.string(),
});
export type ProbeAnswer = Readonly<z.infer<typeof ProbeAnswer>>;

/** One run of a probe: fixed prompts, answered by a model. */
export const ProbeRun = z.object({
  probe: z.string(),
  time: Timestamp,
  route: z.string(),
  model: z.string().describe("Model that was asked for"),
  answeredBy: z.string().describe("Model that the answers name, with the provider's fingerprint where there is one"),
  prompts: z.string().describe("Digest of the prompts; runs with other prompts are not compared"),
  answers: z.array(ProbeAnswer),
  failed: z.int().describe("Prompts without an answer; then nothing is compared"),
  changed: z.boolean(),
  sentence: z.string(),
});
export type ProbeRun = Readonly<z.infer<typeof ProbeRun>>;
