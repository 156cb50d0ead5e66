import { z } from "zod";
import { Event } from "../event.ts";
import { PageQuery, Since, page } from "./page.ts";

export const EventsQuery = PageQuery.extend({
  source: z.string().optional(),
  kind: z.string().optional(),
  since: Since.optional(),
  where: z.string().max(2_000).optional().describe("`field=value` terms joined with ` and `; value may end in `*`"),
});
export type EventsQuery = z.infer<typeof EventsQuery>;
export const EventsPage = page(Event);
export type EventsPage = z.infer<typeof EventsPage>;
