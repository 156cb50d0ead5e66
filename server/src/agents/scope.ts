import type { AgentDeclaration, CallFacts, DataClass } from "@parapet/model";
import { namesTool } from "./tool-pattern.ts";

type Violation = CallFacts["scope"]["violations"][number];

/** Whether a host is one of those named, or below one. */
export const isWithin = (host: string, hosts: readonly string[]): boolean =>
  hosts.some((each) => {
    const named = each.toLowerCase().replace(/^\*?\./u, "");
    return host === named || host.endsWith(`.${named}`);
  });

/** What of a call is outside of what the agent was given. */
export const scopeOf = (
  agent: AgentDeclaration | undefined,
  call: {
    readonly name: string;
    readonly server: string;
    readonly hosts: readonly string[];
    /** Classes of data that the arguments carry. */
    readonly carries: readonly DataClass[];
  },
): { readonly declared: boolean; readonly violations: Violation[] } => {
  if (agent === undefined) return { declared: false, violations: [] };
  const violations: Violation[] = [];
  if (!agent.tools.some((pattern) => namesTool(pattern, call.server, call.name))) violations.push("tool");
  const { hosts, data } = agent;
  if (hosts !== undefined && call.hosts.some((host) => !isWithin(host, hosts))) violations.push("host");
  if (data !== undefined && call.carries.some((each) => !data.includes(each))) violations.push("data");
  return { declared: true, violations };
};
