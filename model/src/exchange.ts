import { z } from "zod";
import { ExchangeId, Timestamp } from "./identifiers.ts";
import { Action } from "./verdict.ts";
import { Category } from "./match.ts";
import { Severity } from "./severity.ts";

/** How an exchange ended. Exactly one of these but `open` is recorded, once. */
export const EXCHANGE_STATES = [
  "open",
  "completed",
  "blocked",
  "refused",
  "client_aborted",
  "upstream_refused",
  "upstream_reset",
  "upstream_timeout",
  "upstream_error",
  "interrupted",
] as const;
export const ExchangeState = z.enum(EXCHANGE_STATES);
export type ExchangeState = z.infer<typeof ExchangeState>;

/** Ends of an exchange that failed on the way; nothing to do with what policy decided. */
export const FAILED_STATES: readonly ExchangeState[] = [
  "client_aborted",
  "upstream_refused",
  "upstream_reset",
  "upstream_timeout",
  "upstream_error",
  "interrupted",
];

/** Traffic that is Parapet's own. Set from a secret that never leaves the process, never by a caller. */
export const Lane = z.enum(["self-test", "probe"]);
export type Lane = z.infer<typeof Lane>;

/** One line of the exchanges list. */
export const ExchangeSummary = z.object({
  id: ExchangeId,
  time: Timestamp,
  route: z.string(),
  session: z.string(),
  principal: z.string(),
  agent: z.string().optional(),
  model: z.string(),
  verdict: Action,
  policy: z.string().optional(),
  state: ExchangeState,
  severity: Severity,
  categories: z.array(Category),
  matches: z.int().nonnegative().describe("Number of matches"),
  unscannable: z.int().nonnegative().describe("Parts that could not be inspected"),
  latencyMs: z.number().describe("Whole exchange, as the client saw it"),
  addedMs: z.number().describe("Part of the latency that Parapet added"),
  streamed: z.boolean(),
  status: z.int().describe("HTTP status sent to the client; 0 when none was"),
  lane: Lane.optional().describe("Parapet's own traffic; absent for everybody else's"),
});
export type ExchangeSummary = Readonly<z.infer<typeof ExchangeSummary>>;

export const Usage = z.object({
  inputTokens: z.int().nonnegative().optional(),
  outputTokens: z.int().nonnegative().optional(),
});
export type Usage = Readonly<z.infer<typeof Usage>>;
