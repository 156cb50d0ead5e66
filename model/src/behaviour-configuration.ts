import { z } from "zod";
import { Slug } from "./identifiers.ts";

/** When a departure from the learned normal is an anomaly. */
const Baselines = z.strictObject({
  historyDays: z.int().min(7).max(90).default(28).describe("Days of hourly aggregates that a baseline is learned from"),
  hoursNeeded: z
    .int()
    .min(10)
    .default(40)
    .describe("Hours with activity before a baseline is ready; until then its peers stand for it"),
  daysNeeded: z.int().min(2).default(7).describe("Days with activity before a baseline is ready"),
  sigmas: z
    .number()
    .min(3)
    .max(20)
    .default(5)
    .describe("How many robust standard deviations above the expected are an anomaly"),
  eventsMin: z.int().min(1).default(30).describe("Least events above the expected in an hour or a day"),
  tokensMin: z.int().min(1).default(20_000).describe("Least tokens above the expected in an hour or a day"),
  countMin: z.int().min(1).default(10).describe("Least errors, refusals, blocks or near-misses of an hour"),
  growth: z
    .number()
    .min(1)
    .max(10)
    .default(1.25)
    .describe("How many times its frozen reference a baseline may grow in four weeks by learning; more is an anomaly"),
  peersMin: z.int().min(3).default(5).describe("Least members of a peer group that newcomers are compared with"),
});

const Drift = z.strictObject({
  windowHours: z.int().min(1).max(168).default(24).describe("Hours that are compared with the reference"),
  referenceDays: z.int().min(1).max(60).default(7).describe("Days before them that make the reference"),
  samplesMin: z.int().min(50).default(500).describe("Least samples on each side; with fewer nothing is said"),
  psi: z.number().positive().default(0.25).describe("Population stability index, over ten bins of the reference"),
  jensenShannon: z.number().positive().max(1).default(0.05).describe("Jensen-Shannon divergence, in bits"),
  kolmogorovSmirnov: z
    .number()
    .positive()
    .max(1)
    .default(0.2)
    .describe("Largest distance between the cumulative distributions of a number"),
  pageHinkley: z
    .number()
    .positive()
    .default(12)
    .describe("Page-Hinkley sum, in standard deviations of the reference's hours, for shifts that build up slowly"),
  sustainedHours: z
    .int()
    .min(1)
    .default(6)
    .describe("Hours that a drift has to last before it is a finding and is laid to a change"),
});

const Theft = z.strictObject({
  queriesMin: z.int().min(100).default(1_000).describe("Least queries of a day before extraction is considered"),
  peerTimes: z.number().min(2).default(10).describe("How many times the queries of a peer's day are extraction"),
  novelty: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.8)
    .describe("Least share of a day's queries that hardly resemble another of it, for extraction"),
  nearMin: z
    .int()
    .min(50)
    .default(200)
    .describe("Least distinct queries of a day that must be near-duplicates, for inversion and membership inference"),
  nearShare: z.number().min(0.2).max(1).default(0.6).describe("Least share of near-duplicates among a day's queries"),
  confidenceShare: z
    .number()
    .min(0.1)
    .max(1)
    .default(0.5)
    .describe("Share of those that were answered with a confidence, from which it is harvesting"),
  flipsMin: z
    .int()
    .min(10)
    .default(60)
    .describe("Least near-duplicate pairs with different answers, for probing of the decision boundary"),
});

/** One fixed set of prompts through one route, to notice that a model is no longer the one it was. */
export const ProbeConfiguration = z.strictObject({
  id: Slug.describe("Name of the probe in the console and in findings"),
  route: Slug.describe("Route whose upstream is asked"),
  model: z.string().min(1).max(200).describe("Model that is asked for, as callers of the route name it"),
  everyHours: z.number().min(0.1).max(720).default(24).describe("Hours between two runs"),
  prompts: z
    .array(z.string().min(1).max(2_000))
    .min(1)
    .max(50)
    .optional()
    .describe("Prompts of your own. Left out: twelve that are shipped"),
  maxTokens: z.int().min(1).max(2_000).default(64).describe("Most tokens of an answer"),
});
export type ProbeConfiguration = Readonly<z.infer<typeof ProbeConfiguration>>;

export const BehaviourConfiguration = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Learn baselines, and look for anomalies, drift and stolen models"),
    everyMinutes: z.number().min(0.1).max(60).default(5).describe("Minutes between two looks at the newest hours"),
    baselines: Baselines.prefault({}).describe("Normal of a principal, agent, route, model or source"),
    drift: Drift.prefault({}).describe("Departure of a model's or route's distributions from their reference"),
    theft: Theft.prefault({}).describe("Signs that a model, its training data or its boundary is being taken"),
  })
  .prefault({})
  .describe("What hourly aggregates show: baselines, drift, and the signs of stolen models");
export type BehaviourConfiguration = Readonly<z.infer<typeof BehaviourConfiguration>>;
export type BaselineSettings = BehaviourConfiguration["baselines"];
export type DriftSettings = BehaviourConfiguration["drift"];
export type TheftSettings = BehaviourConfiguration["theft"];
