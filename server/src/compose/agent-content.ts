import type { AgentDeclaration, AgentScope, BusinessLimit } from "@parapet/model";
import type { Metrics } from "#platform";
import { agentsInForce, limitsInForce } from "#agents";

/** What agents may do, as it is in force at this moment. */
export interface AgentsInForce {
  readonly agents: readonly AgentDeclaration[];
  readonly limits: readonly BusinessLimit[];
}

/** The file's declarations with what was confirmed over them; what is confirmed later is in force at once. */
export const createAgentContent = (
  { agents, limits }: AgentsInForce,
  metrics: Metrics,
): {
  readonly inFile: readonly AgentDeclaration[];
  readonly inForce: () => AgentsInForce;
  readonly confirm: (scopes: readonly Pick<AgentScope, "agent" | "scope">[]) => void;
} => {
  let inForce: AgentsInForce = { agents, limits };
  let confirmed = 0;
  metrics
    .gauge("parapet_agent_scopes", "Scopes of agents in force that persons confirmed, over those of the file")
    .read(() => confirmed);
  return {
    inFile: agents,
    inForce: () => inForce,
    confirm: (scopes) => {
      confirmed = scopes.length;
      inForce = { agents: agentsInForce(agents, scopes), limits: limitsInForce(limits, scopes) };
    },
  };
};
