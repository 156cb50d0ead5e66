import { AgentScope, type TenantId } from "@parapet/model";
import type { ApiTools } from "./tools.ts";

/** Of notes: what a version of a scope is kept under. */
const AGENT_SCOPE = "agent-scope";
const VERSIONS_MAX = 50;

const parse = (notes: readonly { readonly data: unknown }[]): readonly AgentScope[] =>
  notes.flatMap(({ data }) => {
    const parsed = AgentScope.safeParse(data);
    return parsed.success ? [parsed.data] : [];
  });

/** Whom a note is about; another dimension than behaviour's, whose notes are deleted by it. */
const subjectOf = (agent: string): string => `agent-scope ${agent}`;

/** What was confirmed for one agent, newest version first. */
export const readScopes = async (
  { control }: Pick<ApiTools, "control">,
  tenant: TenantId,
  agent: string,
): Promise<readonly AgentScope[]> =>
  parse(await control.listNotes(tenant, AGENT_SCOPE, { subject: subjectOf(agent), limit: VERSIONS_MAX })).toSorted(
    (a, b) => b.version - a.version,
  );

/** The scopes in force, one of each agent. */
export const confirmedScopes = async (
  { control }: Pick<ApiTools, "control">,
  tenant: TenantId,
): Promise<readonly AgentScope[]> =>
  parse(await control.listNotes(tenant, AGENT_SCOPE)).filter(({ state }) => state === "confirmed");
