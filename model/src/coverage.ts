import { z } from "zod";
import { Slug, Timestamp } from "./identifiers.ts";

/** A list of attacks or risks that rules refer to by tags: `frameworks/<id>.yml`. */
export const Framework = z.strictObject({
  id: Slug,
  title: z.string(),
  version: z.string(),
  reference: z.url({ protocol: /^https$/ }),
  tag: z.string().describe("What tags of its items begin with: `atlas` in `atlas.aml.t0051`"),
  groups: z.array(z.strictObject({ id: z.string(), name: z.string() })),
  items: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      groups: z.array(z.string()).min(1),
      outside: z.string().optional().describe("Why nothing that arrives here can show it"),
    }),
  ),
});
export type Framework = Readonly<z.infer<typeof Framework>>;

/** Something that would report an attack: a rule or a watched behaviour, with what it needs. */
export const CoverageSignal = z.object({
  id: z.string(),
  title: z.string(),
  tags: z.array(z.string()),
  sources: z.array(z.string()).describe("Any of them is enough; none: it can never fire"),
  lastFound: Timestamp.optional(),
});
export type CoverageSignal = Readonly<z.infer<typeof CoverageSignal>>;

export const CoverageSource = z.object({
  id: z.string(),
  title: z.string(),
  effort: z
    .int()
    .min(1)
    .max(3)
    .describe("To connect it: 1 a setting, 2 an agent or daemon, 3 a cloud or cluster change"),
  events: z.int().describe("Events in the time looked at"),
  lastEvent: Timestamp.optional(),
});
export type CoverageSource = Readonly<z.infer<typeof CoverageSource>>;

export const COVERAGE_STATES = ["covered", "partial", "blind", "unwatched", "outside"] as const;
export const CoverageState = z.enum(COVERAGE_STATES);
export type CoverageState = z.infer<typeof CoverageState>;

export const CoverageItem = z.object({
  framework: z.string(),
  id: z.string(),
  name: z.string(),
  groups: z.array(z.string()),
  state: CoverageState.describe(
    "`covered`: every signal has a live source; `partial`: some have; `blind`: none has; `unwatched`: there is no signal; `outside`: cannot be seen from here",
  ),
  outside: z.string().optional(),
  signals: z.array(z.object({ id: z.string(), live: z.boolean(), sources: z.array(z.string()) })),
  closedBy: z
    .object({ source: z.string(), effort: z.int() })
    .optional()
    .describe("The cheapest source that would make a blind one seen"),
});
export type CoverageItem = Readonly<z.infer<typeof CoverageItem>>;
