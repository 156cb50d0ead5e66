import type { AgentDeclaration, AgentScope, BusinessLimit, ScopeChange } from "@parapet/model";
import type { AgentUse, Grant } from "@parapet/model/api";
import { isWithin } from "../scope.ts";
import { namesStep, stepName } from "../steps.ts";

/** What was confirmed, over what the file says: whom to ask, who approves and where it runs stay the file's if left out. */
const overlay = (inFile: AgentDeclaration | undefined, agent: string, change: ScopeChange): AgentDeclaration => {
  const { limits: _limits, owner = inFile?.owner, approvers = inFile?.approvers, ...scope } = change;
  return {
    ...scope,
    id: agent,
    ...(owner !== undefined && { owner }),
    ...(approvers !== undefined && { approvers }),
    ...(inFile?.workload !== undefined && { workload: inFile.workload }),
  };
};

/** The declarations in force: the file's, with what was confirmed over them. */
export const agentsInForce = (
  inFile: readonly AgentDeclaration[],
  confirmed: readonly Pick<AgentScope, "agent" | "scope">[],
): readonly AgentDeclaration[] => {
  const agents = new Map(inFile.map((agent) => [agent.id, agent]));
  for (const { agent, scope } of confirmed) agents.set(agent, overlay(agents.get(agent), agent, scope));
  return [...agents.values()];
};

/** The business limits in force: the file's, and those confirmed with scopes, for their own agent alone. */
export const limitsInForce = (
  inFile: readonly BusinessLimit[],
  confirmed: readonly Pick<AgentScope, "agent" | "scope">[],
): readonly BusinessLimit[] => [
  ...inFile,
  ...confirmed.flatMap(({ agent, scope }) => scope.limits.map((limit) => ({ ...limit, agents: [agent] }))),
];

/** What was granted and what was used, side by side: outside first, then unused. */
export const grantsOf = (
  use: AgentUse,
  inFile: AgentDeclaration | undefined,
  confirmed: AgentDeclaration | undefined,
): Grant[] => {
  const inForce = confirmed ?? inFile;
  const grants: Grant[] = [];
  const add = (
    kind: Grant["kind"],
    granted: { readonly file: readonly string[] | undefined; readonly here: readonly string[] | undefined },
    used: readonly { readonly name: string; readonly calls: number; readonly lastSeen?: string }[],
    covers: (pattern: string, name: string) => boolean,
  ): void => {
    const names = [...new Set([...(granted.here ?? []), ...(granted.file ?? [])])];
    for (const name of names) {
      const own = used.filter((one) => covers(name, one.name));
      const last = own
        .flatMap(({ lastSeen }) => lastSeen ?? [])
        .toSorted()
        .at(-1);
      grants.push({
        kind,
        name,
        inFile: granted.file?.includes(name) === true,
        confirmed: granted.here?.includes(name) === true,
        calls: own.reduce((sum, { calls }) => sum + calls, 0),
        ...(last !== undefined && { lastSeen: last }),
        state: own.length > 0 ? "used" : "unused",
      });
    }
    const bounded = confirmed === undefined ? granted.file : granted.here;
    // What is left out of a scope is not bounded by it.
    if (inForce === undefined || bounded === undefined) return;
    for (const { name, calls, lastSeen } of used)
      if (!bounded.some((pattern) => covers(pattern, name)) && !names.some((pattern) => covers(pattern, name)))
        grants.push({
          kind,
          name,
          inFile: false,
          confirmed: false,
          calls,
          ...(lastSeen !== undefined && { lastSeen }),
          state: "outside",
        });
  };
  const tools = use.tools
    .map(({ tool, server, calls, held, stopped, lastSeen }) => ({
      name: stepName(server, tool),
      calls: calls - held - stopped,
      lastSeen,
    }))
    .filter(({ calls }) => calls > 0);
  const counted = (list: AgentUse["hosts"]) => list.map(({ value, count }) => ({ name: value, calls: count }));
  add("tool", { file: inFile?.tools, here: confirmed?.tools }, tools, namesStep);
  add("host", { file: inFile?.hosts, here: confirmed?.hosts }, counted(use.hosts), (named, host) =>
    isWithin(host, [named]),
  );
  add("data", { file: inFile?.data, here: confirmed?.data }, counted(use.data), (named, one) => named === one);
  const rank = { outside: 0, unused: 1, used: 2 };
  return grants.toSorted((a, b) => rank[a.state] - rank[b.state]);
};
