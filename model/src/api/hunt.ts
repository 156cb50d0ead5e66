import { z } from "zod";
import { Event } from "../event.ts";
import { Timestamp } from "../identifiers.ts";
import { Since } from "./page.ts";

/** `POST /api/v1/hunt`: one of `where` and `rule`. */
export const HuntRequest = z.strictObject({
  where: z.string().max(4_000).optional().describe("An expression over events, as in docs/hunting.md"),
  rule: z.string().max(200).optional().describe("Name of a loaded rule over single events"),
  since: Since.default("24h"),
  until: Since.optional(),
  by: z.string().max(200).optional().describe("Count by the values of this field"),
  limit: z.int().min(0).max(500).default(50),
  cursor: z.string().max(200).optional(),
  counts: z.boolean().default(true).describe("false: rows only, as for a further page"),
});
export type HuntRequest = Readonly<z.infer<typeof HuntRequest>>;

export const HuntAnswer = z.object({
  items: z.array(Event),
  next: z.string().optional(),
  total: z.int().optional(),
  series: z
    .array(z.object({ time: Timestamp, count: z.int() }))
    .optional()
    .describe("Sixty equal stretches from `since` to `until`"),
  by: z
    .array(z.object({ value: z.string(), count: z.int() }))
    .optional()
    .describe("The twenty most frequent values; empty for events without one"),
  notes: z
    .array(z.string())
    .optional()
    .describe(
      "What a reader of the numbers should know: a field that is probably misspelt, exchanges that stand in it twice",
    ),
  since: Timestamp,
  until: Timestamp,
  tookMs: z.number(),
});
export type HuntAnswer = Readonly<z.infer<typeof HuntAnswer>>;
