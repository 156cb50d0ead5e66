import type { AgentDeclaration, AgentWorkload } from "@parapet/model";

/** Where the agent reaches Parapet, which is all that it needs to reach. */
export interface GatewayPlace {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
}

export interface RecipeInput {
  /** The agent's name as a name of Kubernetes. */
  readonly name: string;
  readonly workload: AgentWorkload;
  /** Hosts that it reaches itself besides the gateway. */
  readonly hosts: readonly string[];
  readonly gateway: GatewayPlace;
}

/** What enforces a declared scope outside of Parapet. */
export interface Recipe {
  readonly id: string;
  readonly file: string;
  readonly title: string;
  /** What it holds the agent to, and what it needs, in a sentence each. */
  readonly note: string;
  /** Objects of Kubernetes, of a seccomp profile, or arguments. */
  readonly make: (input: RecipeInput) => readonly RecipeDocument[];
  readonly form: "yaml" | "json" | "arguments";
}

export type RecipeDocument = Readonly<Record<string, unknown>> | readonly string[];

/** A name of Kubernetes from any name: `Mail Assistant` is `mail-assistant`. */
export const kubernetesName = (agent: string): string =>
  agent
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, "-")
    .slice(0, 50)
    .replace(/^-+|-+$/gu, "") || "agent";

export const recipeInput = (agent: AgentDeclaration, workload: AgentWorkload, gateway: GatewayPlace): RecipeInput => ({
  name: kubernetesName(agent.id),
  workload,
  hosts: agent.hosts ?? [],
  gateway,
});
