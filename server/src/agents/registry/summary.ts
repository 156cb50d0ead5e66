import type { AgentDeclaration, AgentScope } from "@parapet/model";
import type { AgentSummary } from "@parapet/model/api";
import { riskOf } from "./risk.ts";
import { namesStep } from "../steps.ts";

/** What is known of an agent from what was seen of it; undefined parts: it was not seen. */
export interface Seen {
  readonly firstSeen?: string | undefined;
  readonly lastSeen?: string | undefined;
  readonly exchanges: number;
  readonly sessions: number;
  readonly calls: number;
  readonly observed: number;
  readonly held: number;
  readonly stopped: number;
  readonly effects: readonly string[];
  readonly tools: readonly string[];
}

const NOT_SEEN: Seen = {
  exchanges: 0,
  sessions: 0,
  calls: 0,
  observed: 0,
  held: 0,
  stopped: 0,
  effects: [],
  tools: [],
};

/** One line of the list: what it was given, what it used of that, and what to look at. */
export const summariseAgent = (
  id: string,
  seen: Seen = NOT_SEEN,
  inForce?: AgentDeclaration,
  confirmed?: Pick<AgentScope, "version">,
): AgentSummary => {
  const { effects, tools, firstSeen, lastSeen, ...counts } = seen;
  const scope = confirmed !== undefined ? "confirmed" : inForce !== undefined ? "declared" : "none";
  const granted = inForce?.tools ?? [];
  const known = {
    ...counts,
    scope,
    unused: granted.filter((pattern) => !tools.some((tool) => namesStep(pattern, tool))),
    outside: inForce === undefined ? [] : tools.filter((tool) => !granted.some((pattern) => namesStep(pattern, tool))),
  } as const;
  return {
    id,
    ...(inForce?.owner !== undefined && { owner: inForce.owner }),
    ...(firstSeen !== undefined && { firstSeen }),
    ...(lastSeen !== undefined && { lastSeen }),
    tools: [...tools],
    ...known,
    risk: riskOf(known, effects, inForce),
  };
};
