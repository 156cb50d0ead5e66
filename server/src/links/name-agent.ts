import type { Event } from "@parapet/model";
import type { LinkGraph } from "./link-graph.ts";
import { namesOf } from "./names-of.ts";

/** Below this an agent is not written into an event that did not name one. */
const SURE = 0.75;
const AGENT = "agent:";
const OWN = new Set(["gateway", "audit", "self-test"]);

/**
 * An event of the kernel, the cluster or the cloud does not know of agents. Where the names in it belong to exactly one
 * agent, it is written into the event, with how that is known in `body.joins`, so that rules may group by it.
 */
export const nameAgent = (event: Event, graph: LinkGraph): Event => {
  // The gateway and the audit know who acted: an agent that shares a key with others is not named for them.
  if (OWN.has(event.source) || (event.agent !== undefined && event.agent !== "")) return event;
  for (const name of namesOf(event)) {
    const agents = graph.related(name, SURE).filter((one) => one.name.startsWith(AGENT));
    const [first, second] = agents;
    if (first === undefined) continue;
    // Two agents in one pod: which of them it was cannot be said.
    if (second !== undefined) return event;
    const join = {
      field: "agent",
      from: name,
      confidence: first.confidence,
      rules: first.via.map(({ rule }) => rule),
    };
    return { ...event, agent: first.name.slice(AGENT.length), body: { ...event.body, joins: [join] } };
  }
  return event;
};
