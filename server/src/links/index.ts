/**
 * Which names belong together across sources, and what preceded an event on the same agent or workload.
 *
 * Pure: events come in, links and joins go out; the monitor keeps them. Invariant: a join says how it is known and is
 * never surer than the weakest link on its way.
 */
export { createLinkFinder } from "./find-links.ts";
export { createLinkGraph, type LinkGraph } from "./link-graph.ts";
export { LINK_RULES } from "./link-rules.ts";
export { nameAgent } from "./name-agent.ts";
export { namesOf } from "./names-of.ts";
export { precedingOf, type Preceding } from "./preceding.ts";
