import type { AgentDeclaration } from "@parapet/model";

/** Whether an agent was given a tool: by its name alone, or with its server in front (`files/read_*`). Who is not declared may use all. */
export const mayUse = (agent: AgentDeclaration | undefined, server: string, tool: string): boolean =>
  agent === undefined || agent.tools.some((pattern) => fits(pattern, tool) || fits(pattern, `${server}/${tool}`));

const fits = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
