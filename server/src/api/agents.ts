import type { TenantId } from "@parapet/model";
import { AgentDetail, AgentQuery, AgentsQuery, AgentsResponse, type AgentUse } from "@parapet/model/api";
import { grantsOf, notableCalls, RECIPES, summariseAgent, summariseUse } from "#agents";
import { Fault, toTimestamp } from "#platform";
import { readActivity } from "./agent-activity.ts";
import { confirmedScopes, readScopes } from "./scope-notes.ts";
import { endpoint } from "./endpoint.ts";
import type { ApiTools } from "./tools.ts";

const DAY_MS = 86_400_000;
const FINDINGS_READ = 500;
const FINDINGS_MAX = 20;
const RANK = { high: 0, medium: 1, low: 2 } as const;

const seenFrom = (use: AgentUse) => ({
  firstSeen: use.firstSeen,
  lastSeen: use.lastSeen,
  exchanges: use.exchanges,
  sessions: use.sessions,
  calls: use.calls,
  observed: use.observed,
  held: use.held,
  stopped: use.stopped,
  effects: use.effects.map(({ value }) => value),
  tools: use.tools
    .filter(({ calls, held, stopped }) => calls > held + stopped)
    .map(({ tool, server }) => (server === "" ? tool : `${server}/${tool}`)),
});

const findingsOf = async ({ control }: ApiTools, tenant: TenantId, agent: string): Promise<AgentDetail["findings"]> => {
  const { items } = await control.listFindings(tenant, { limit: FINDINGS_READ });
  return items
    .filter(({ entities }) => entities["agent"] === agent)
    .slice(0, FINDINGS_MAX)
    .map(({ id, title, severity, lastSeen }) => ({ id, title, severity, lastSeen }));
};

/** Keys by the names that people gave them. */
const withKeyNames = async ({ control }: ApiTools, tenant: TenantId, use: AgentUse): Promise<AgentUse> => {
  const names = new Map((await control.listKeys(tenant)).map(({ id, name }): [string, string] => [id, name]));
  const label = (value: string) => {
    const name = names.get(value);
    return name === undefined ? {} : { label: name };
  };
  return { ...use, keys: use.keys.map((one) => ({ ...one, ...label(one.value) })) };
};

export const agentEndpoints = [
  endpoint({
    method: "get",
    path: "/agents",
    summary: "Agents that were seen or declared: what each was given, what it used of that, and what to look at",
    role: "viewer",
    query: AgentsQuery,
    answer: AgentsResponse,
    handle: async ({ tools, tenant, query }) => {
      const sinceMs = tools.clock.now() - query.days * DAY_MS;
      const seen = new Map((await tools.events.agentsSeen(tenant, sinceMs)).map((one) => [one.id, one]));
      const confirmed = new Map((await confirmedScopes(tools, tenant)).map((scope) => [scope.agent, scope]));
      const inForce = new Map(tools.agentContent.inForce().agents.map((agent) => [agent.id, agent]));
      const q = query.q?.toLowerCase() ?? "";
      const items = [...new Set([...seen.keys(), ...inForce.keys()])]
        .filter((id) => id.toLowerCase().includes(q))
        .map((id) => summariseAgent(id, seen.get(id), inForce.get(id), confirmed.get(id)))
        .toSorted((a, b) => RANK[a.risk.level] - RANK[b.risk.level] || b.calls - a.calls || (a.id < b.id ? -1 : 1));
      return { since: toTimestamp(sinceMs), items };
    },
  }),
  endpoint({
    method: "get",
    path: "/agents/{id}",
    summary: "One agent: what it was given, what it used, how its sessions went, and what was confirmed for it",
    role: "viewer",
    query: AgentQuery,
    answer: AgentDetail,
    handle: async ({ tools, tenant, params, query }) => {
      const id = params["id"] ?? "";
      const { activities, sinceMs, complete } = await readActivity(tools, tenant, id, query.days);
      const versions = await readScopes(tools, tenant, id);
      const { agents, limits } = tools.agentContent.inForce();
      const inForce = agents.find((agent) => agent.id === id);
      const inFile = tools.agentContent.inFile.find((agent) => agent.id === id);
      if (activities.length === 0 && inForce === undefined && versions.length === 0) throw new Fault("not_found");
      const confirmed = versions.find(({ state }) => state === "confirmed");
      const use = summariseUse(activities, complete);
      return {
        summary: summariseAgent(id, seenFrom(use), inForce, confirmed),
        since: toTimestamp(sinceMs),
        ...(inFile !== undefined && { inFile }),
        ...(inForce !== undefined && { inForce }),
        limits: limits.filter((limit) => limit.agents === undefined || limit.agents.includes(id)),
        versions: [...versions],
        use: await withKeyNames(tools, tenant, use),
        grants: grantsOf(use, inFile, confirmed === undefined ? undefined : inForce),
        notable: notableCalls(activities),
        findings: await findingsOf(tools, tenant, id),
        recipes:
          inForce?.workload === undefined
            ? []
            : RECIPES.map(({ id: recipe, title, file }) => ({ id: recipe, title, file })),
      };
    },
  }),
];
