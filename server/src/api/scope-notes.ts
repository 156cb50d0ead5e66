import { AgentScope, type TenantId } from "@parapet/model";
import type { ApiTools } from "./tools.ts";

/** Of notes: what a version of a scope is kept under. */
const AGENT_SCOPE = "agent-scope";
const VERSIONS_MAX = 50;

const parse = (notes: readonly { readonly data: unknown }[]): readonly AgentScope[] =>
  notes
    .flatMap(({ data }) => {
      const parsed = AgentScope.safeParse(data);
      return parsed.success ? [parsed.data] : [];
    })
    .toSorted((a, b) => b.version - a.version);

/** Whom a note is about; no dimension of behaviour, whose notes go when somebody is erased. */
const subjectOf = (agent: string): string => `agent-scope ${agent}`;

/** What was confirmed for one agent, newest version first. */
export const readScopes = async (
  { control }: Pick<ApiTools, "control">,
  tenant: TenantId,
  agent: string,
): Promise<readonly AgentScope[]> =>
  parse(await control.listNotes(tenant, AGENT_SCOPE, { subject: subjectOf(agent), limit: VERSIONS_MAX }));

/** The scopes in force, one of each agent. */
export const confirmedScopes = async (
  { control }: Pick<ApiTools, "control">,
  tenant: TenantId,
): Promise<readonly AgentScope[]> => {
  const newest = new Map<string, AgentScope>();
  for (const scope of parse(await control.listNotes(tenant, AGENT_SCOPE)))
    if (scope.state === "confirmed" && !newest.has(scope.agent)) newest.set(scope.agent, scope);
  return [...newest.values()];
};

/** Adds or replaces versions, in one transaction. */
export const writeScopes = (
  { control }: Pick<ApiTools, "control">,
  tenant: TenantId,
  scopes: readonly AgentScope[],
): Promise<void> =>
  control.putNotes(
    tenant,
    scopes.map((scope) => ({
      kind: AGENT_SCOPE,
      id: scope.id,
      subject: subjectOf(scope.agent),
      time: scope.confirmedAt,
      data: scope,
    })),
  );

const ERASED = "erased";

/** Takes a person's name out of every version. What was confirmed stays as it is. Answers whether it was in one. */
export const forgetInScopes = async (
  tools: Pick<ApiTools, "control">,
  tenant: TenantId,
  principal: string,
): Promise<boolean> => {
  const bare = principal.slice(principal.indexOf(":") + 1);
  const forget = (name: string): string => (name === bare || name === principal ? ERASED : name);
  const changed = parse(await tools.control.listNotes(tenant, AGENT_SCOPE)).flatMap((one) => {
    const { owner, approvers } = one.scope;
    const forgotten: AgentScope = {
      ...one,
      confirmedBy: forget(one.confirmedBy),
      ...(one.endedBy !== undefined && { endedBy: forget(one.endedBy) }),
      scope: {
        ...one.scope,
        ...(owner !== undefined && { owner: forget(owner) }),
        ...(approvers !== undefined && { approvers: approvers.map(forget) }),
      },
    };
    return JSON.stringify(forgotten) === JSON.stringify(one) ? [] : [forgotten];
  });
  await writeScopes(tools, tenant, changed);
  return changed.length > 0;
};
