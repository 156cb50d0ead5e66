import { z } from "zod";
import { Slug, Timestamp } from "./identifiers.ts";

/** What may be done with a value on its way into a name: `{pod|workload}`. A value that is not of that kind gives none. */
export const LINK_FILTERS = ["workload", "serviceaccount", "service", "user"] as const;
export type LinkFilter = (typeof LINK_FILTERS)[number];

const Template = z
  .string()
  .min(3)
  .max(300)
  .refine((text) => /\{[^{}|]+(?:\|[a-z]+)?\}/.test(text), { message: "has no {field} in it" })
  .refine(
    (text) =>
      [...text.matchAll(/\{[^{}|]+\|([a-z]+)\}/g)].every(([, filter]) =>
        LINK_FILTERS.some((known) => known === filter),
      ),
    { message: `knows only the filters ${LINK_FILTERS.join(", ")}` },
  );

/**
 * How two names that stand in one event belong together: an agent and the pod that it runs in, a pod and its service
 * account, an account and the cloud role that it takes. Data: the shipped ones and the operator's have one form.
 */
export const LinkRule = z.strictObject({
  id: Slug.describe("Says how a join is known, wherever one is shown"),
  source: z.string().min(1).max(80).describe("Source of the events; `*` for any"),
  kind: z.string().min(1).max(80).default("*").describe("Kind of the events; may end in `*`"),
  where: z
    .record(z.string().max(200), z.string().max(200))
    .default({})
    .describe("Fields that must have these values, the case does not count"),
  one: Template.describe("A name: text with `{field}` in it, as in `pod:{namespace}/{pod}`"),
  other: Template.describe("The name that belongs to it"),
  confidence: z.number().min(0).max(1).describe("That the two belong together when an event names both"),
  description: z.string().max(500).default("").describe("Why the two belong together"),
});
export type LinkRule = Readonly<z.infer<typeof LinkRule>>;

/** Two names that were seen together. `one` sorts before `other`. */
export const Link = z.object({
  one: z.string(),
  other: z.string(),
  rule: z.string(),
  confidence: z.number(),
  firstSeen: Timestamp,
  lastSeen: Timestamp,
});
export type Link = Readonly<z.infer<typeof Link>>;

/** A name that belongs to the one asked for, over the weakest of the links in between. */
export const RelatedName = z.object({
  name: z.string(),
  confidence: z.number().describe("That of the weakest link on the way: links never make each other surer"),
  via: z.array(Link).describe("From the name that was asked for"),
});
export type RelatedName = Readonly<z.infer<typeof RelatedName>>;
