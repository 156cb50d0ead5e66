import { z } from "zod";
import { BodyOutline } from "../body-outline.ts";
import { EvidenceRef } from "../evidence.ts";
import { ExchangeState, ExchangeSummary, Lane, Usage } from "../exchange.ts";
import { Category } from "../match.ts";
import { ReceiptEntry } from "../receipt.ts";
import { CapturedSegment, ExchangeOrigin, MaskedSpan, RecordedMatch, RestoredToken, ToolCall } from "../record.ts";
import { Action, Verdict } from "../verdict.ts";
import { PageQuery, Since, page } from "./page.ts";

export const ExchangesQuery = PageQuery.extend({
  route: z.string().optional(),
  session: z.string().optional(),
  principal: z.string().optional(),
  model: z.string().optional(),
  verdict: Action.optional(),
  category: Category.optional(),
  state: ExchangeState.optional(),
  policy: z.string().optional(),
  since: Since.optional(),
  lane: Lane.optional().describe("Only Parapet's own traffic; left out, only everybody else's"),
  only: z
    .enum(["stopped", "unscannable", "failed", "would"])
    .optional()
    .describe(
      "`stopped`: blocked, or held for a person; `unscannable`: with a part that could not be inspected; `failed`: ended in an upstream or client failure; `would`: an enforcing route would have stopped or changed it",
    ),
  q: z
    .string()
    .max(200)
    .optional()
    .describe("Searches ids, principals, sessions, models, routes, policies, detectors, types and tool names"),
});
export type ExchangesQuery = z.infer<typeof ExchangesQuery>;

/** `GET /api/v1/exchanges`. `GET /api/v1/exchanges/live` streams the same items by SSE, event `exchange`. */
export const ExchangesPage = page(ExchangeSummary);
export type ExchangesPage = z.infer<typeof ExchangesPage>;

/** One step on the exchange's timeline, in order. */
export const TimelineStep = z.object({
  time: z.string(),
  offsetMs: z.number(),
  what: z.string().describe("Sentence for people"),
  record: z.string().describe("Spool record id"),
  kind: z.enum(["opened", "released", "closed"]),
  evidence: EvidenceRef.optional(),
});

/** `GET /api/v1/exchanges/{id}` */
export const ExchangeDetail = ExchangeSummary.extend({
  matches: z.array(RecordedMatch),
  segments: z.array(CapturedSegment),
  outlines: z
    .array(BodyOutline)
    .describe(
      "What stood in the bodies beside the texts; none where the route keeps no text, of streams, and of lines",
    ),
  receipt: z.array(ReceiptEntry),
  evidence: EvidenceRef.optional().describe("Of the latest record; absent until drained"),
  origin: ExchangeOrigin,
  detail: z.string().optional(),
  requestVerdict: Verdict,
  responseVerdict: Verdict.optional(),
  toolCalls: z.array(ToolCall),
  masked: z.array(MaskedSpan).optional().describe("Spans of the request that the upstream saw as tokens"),
  restored: z.array(RestoredToken).optional().describe("Tokens of the response whose values went back to the caller"),
  usage: Usage.optional(),
  finishReason: z.string().optional(),
  firstByteMs: z.number().optional(),
  requestBytes: z.int(),
  responseBytes: z.int(),
  capture: z.enum(["full", "redacted", "hash", "erased", "expired"]).describe("What became of the text"),
  timeline: z.array(TimelineStep),
});
export type ExchangeDetail = Readonly<z.infer<typeof ExchangeDetail>>;
