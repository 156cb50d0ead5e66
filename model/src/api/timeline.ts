import { z } from "zod";
import { Event } from "../event.ts";
import { LinkRule, RelatedName } from "../link.ts";
import { Since } from "./page.ts";

/** A name as it stands in links: `agent:billing`, `pod:ml/trainer-0`, `user:ada`, `session:…`, `trace:…`. */
const Name = z.string().min(1).max(300);

export const TimelineQuery = z.object({
  name: Name,
  since: Since.default("24h"),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});
export type TimelineQuery = z.infer<typeof TimelineQuery>;

/** `GET /api/v1/timeline`: what a name did, across all sources, newest first. */
export const Timeline = z.object({
  name: Name,
  names: z.array(RelatedName).describe("Names that belong to it, and how that is known"),
  events: z.array(Event),
  more: z.boolean().describe("There are older ones in the time asked for"),
});
export type Timeline = z.infer<typeof Timeline>;

/** `GET /api/v1/links/rules` */
export const LinkRules = z.object({ items: z.array(LinkRule) });
export type LinkRules = z.infer<typeof LinkRules>;

/** `GET /api/v1/events/{id}/preceding`: what came before it on the same trace, session, agent or workload. */
export const PrecedingEvents = z.object({
  event: Event,
  windowSeconds: z.int(),
  items: z.array(z.object({ event: Event, confidence: z.number(), secondsBefore: z.number(), why: z.string() })),
});
export type PrecedingEvents = z.infer<typeof PrecedingEvents>;
