import { z } from "zod";
import { CaptureMode } from "../capture.ts";
import { page, PageQuery } from "./page.ts";

/**
 * `waiting`: nothing came yet; `arriving`: all is well; `silent`: nothing came for longer than it may;
 * `failing`: its transport cannot do its work; `attention`: records are malformed, refused, or its clock is wrong.
 */
export const SOURCE_STATES = ["arriving", "waiting", "attention", "silent", "failing"] as const;
export const SourceState = z.enum(SOURCE_STATES);
export type SourceState = z.infer<typeof SourceState>;

/** One source of telemetry: how it is, in figures since it was first connected. */
export const SourceStatus = z.object({
  id: z.string(),
  kind: z.string().describe("Id in the catalogue"),
  title: z.string(),
  transport: z.string(),
  capture: CaptureMode,
  configured: z.boolean().describe("False for sources that were only used with a credential of Parapet's own"),
  state: SourceState,
  problem: z.string().optional().describe("Why it needs somebody, in a sentence"),
  lastReceivedAt: z.string().optional().describe("When something came last"),
  lastEventTime: z.string().optional().describe("The time that the newest event says"),
  eventsPerSecond: z.number().describe("Mean of the last minute"),
  events: z.int().nonnegative(),
  bytes: z.int().nonnegative().describe("After decompression"),
  known: z.int().nonnegative().describe("Records that had been sent before"),
  skipped: z.int().nonnegative().describe("Records of no use here"),
  malformed: z.int().nonnegative(),
  refused: z.int().nonnegative().describe("Payloads over the quota"),
  lost: z.int().nonnegative().describe("Malformed records that were not kept"),
  deadLetters: z.int().nonnegative().describe("Malformed records that are kept"),
  lagMs: z.number().optional().describe("From an event's time to its receipt, median of the newest payload"),
  clockAheadMs: z.number().describe("By how much the sender's clock was ahead in the last hour"),
  bytesToday: z.int().nonnegative(),
  quota: z.object({ eventsPerSecond: z.number(), bytesPerDay: z.number() }),
  silentAfterMinutes: z.number().optional(),
  silentSince: z.string().optional(),
});
export type SourceStatus = Readonly<z.infer<typeof SourceStatus>>;

/** A source that could be connected. */
export const CatalogueEntry = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  setup: z.string().describe("Markdown: what to configure on the sending side"),
  reference: z.string().describe("Address of the vendor's documentation"),
});
export type CatalogueEntry = Readonly<z.infer<typeof CatalogueEntry>>;

/** `GET /api/v1/sources`. */
export const Sources = z.object({ items: z.array(SourceStatus), catalogue: z.array(CatalogueEntry) });
export type Sources = Readonly<z.infer<typeof Sources>>;

/** A record that could not be read, and why. */
export const DeadLetterView = z.object({
  id: z.string(),
  time: z.string().describe("When it came last"),
  reason: z.string(),
  text: z.string().optional().describe("The record, or its beginning; absent when it cannot be unsealed any more"),
  bytes: z.int().nonnegative(),
  replayable: z.boolean().describe("Whether all of it was kept"),
});
export type DeadLetterView = Readonly<z.infer<typeof DeadLetterView>>;

export const DeadLettersQuery = PageQuery;
export const DeadLettersPage = page(DeadLetterView);
export type DeadLettersPage = Readonly<z.infer<typeof DeadLettersPage>>;

/** `POST /api/v1/sources/{id}/dead-letters/replay` and `…/discard`: these, or all. */
export const DeadLetterChoice = z.strictObject({ ids: z.array(z.string()).max(1_000).optional() });
export type DeadLetterChoice = Readonly<z.infer<typeof DeadLetterChoice>>;

export const DeadLetterReplay = z.object({
  replayed: z.int().nonnegative().describe("Dead letters that could be read now; they are dead letters no more"),
  events: z.int().nonnegative().describe("Events that they became"),
  failed: z.int().nonnegative().describe("Those that still cannot be read"),
  reason: z.string().optional().describe("Why the first of them cannot"),
});
export type DeadLetterReplay = Readonly<z.infer<typeof DeadLetterReplay>>;

export const DeadLetterDiscard = z.object({ discarded: z.int().nonnegative() });
export type DeadLetterDiscard = Readonly<z.infer<typeof DeadLetterDiscard>>;
