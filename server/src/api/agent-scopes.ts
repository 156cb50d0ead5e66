import { AgentDeclaration, AgentScope, type TenantId } from "@parapet/model";
import {
  AgentQuery,
  AgentRecipe,
  ScopeComparison,
  ScopeComparisonRequest,
  ScopeConfirmation,
  ScopeProposal,
  ScopeWithdrawal,
} from "@parapet/model/api";
import { compareScope, proposeScope, RECIPES, recipeInput, writeRecipe } from "#agents";
import { Fault, toTimestamp, uuidv7 } from "#platform";
import { readActivity } from "./agent-activity.ts";
import { endpoint } from "./endpoint.ts";
import { confirmedScopes, readScopes, writeScopes } from "./scope-notes.ts";
import type { ApiTools } from "./tools.ts";

const nameOf = (params: Readonly<Record<string, string>>): string => {
  const name = AgentDeclaration.shape.id.safeParse(params["id"]);
  if (!name.success) throw new Fault("not_found");
  return name.data;
};

/** What an agent did in these days, and what is in force for it. */
const past = async (tools: ApiTools, tenant: TenantId, agent: string, days: number) => {
  const { activities, sinceMs, complete } = await readActivity(tools, tenant, agent, days);
  const inForce = tools.agentContent.inForce().agents.find(({ id }) => id === agent);
  return { activities, known: { since: toTimestamp(sinceMs), complete, inForce } };
};

const checkLimits = ({ scope }: Pick<ScopeConfirmation, "scope">): void => {
  const ids = scope.limits.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Fault("bad_request", { message: `Two limits have the id ${twice}.` });
};

export const agentScopeEndpoints = [
  endpoint({
    method: "get",
    path: "/agents/{id}/proposal",
    summary: "A scope that covers what the agent did and was let do, compared with just that; changes nothing",
    role: "viewer",
    query: AgentQuery,
    answer: ScopeProposal,
    handle: async ({ tools, tenant, params, query }) => {
      const agent = nameOf(params);
      const { activities, known } = await past(tools, tenant, agent, query.days);
      const proposal = proposeScope(agent, activities, known);
      return { ...proposal, comparison: compareScope(agent, proposal.scope, activities, known) };
    },
  }),
  endpoint({
    method: "post",
    path: "/agents/{id}/compare",
    summary: "Which of the agent's past calls a scope would not have covered; changes nothing",
    role: "viewer",
    body: ScopeComparisonRequest,
    answer: ScopeComparison,
    audit: "scope.compared",
    handle: async ({ tools, tenant, params, body, note }) => {
      const agent = nameOf(params);
      const { activities, known } = await past(tools, tenant, agent, body.days);
      const comparison = compareScope(agent, body.scope, activities, known);
      note(agent, { days: body.days, calls: comparison.calls, outside: comparison.outside });
      return comparison;
    },
  }),
  endpoint({
    method: "post",
    path: "/agents/{id}/scopes",
    summary: "Confirm a scope: in force at every gateway at once, over what the file declares",
    role: "administrator",
    body: ScopeConfirmation,
    answer: AgentScope,
    status: 201,
    audit: "scope.confirmed",
    handle: async ({ tools, tenant, params, body, user, note }) => {
      const agent = nameOf(params);
      checkLimits(body);
      const { activities, known } = await past(tools, tenant, agent, body.days);
      const { calls, sessions, outside } = compareScope(agent, body.scope, activities, known);
      if (outside > body.outside) {
        throw new Fault("conflict", {
          message: `${outside} of the ${calls} calls that passed in ${body.days} days are outside this scope, and you accepted ${body.outside}. Compare it again.`,
        });
      }
      const versions = await readScopes(tools, tenant, agent);
      const nowMs = tools.clock.now();
      const time = toTimestamp(nowMs);
      const scope: AgentScope = {
        id: uuidv7(nowMs),
        agent,
        version: (versions[0]?.version ?? 0) + 1,
        state: "confirmed",
        scope: body.scope,
        reason: body.reason,
        basis: { since: known.since, sessions, calls, outside },
        confirmedBy: user.name,
        confirmedAt: time,
      };
      const replaced = versions
        .filter(({ state }) => state === "confirmed")
        .map((one): AgentScope => ({ ...one, state: "replaced", endedBy: user.name, endedAt: time }));
      await writeScopes(tools, tenant, [scope, ...replaced]);
      await tools.agentContent.reload();
      note(agent, { version: scope.version, calls, outside });
      return scope;
    },
  }),
  endpoint({
    method: "post",
    path: "/agents/{id}/withdraw",
    summary: "Take a confirmed scope back: the file's declaration holds again, or none",
    role: "administrator",
    body: ScopeWithdrawal,
    answer: AgentScope,
    audit: "scope.withdrawn",
    handle: async ({ tools, tenant, params, body, user, note }) => {
      const agent = nameOf(params);
      const inForce = (await confirmedScopes(tools, tenant)).find((one) => one.agent === agent);
      if (inForce === undefined)
        throw new Fault("conflict", { message: "Nothing is confirmed for this agent that could be taken back." });
      const time = toTimestamp(tools.clock.now());
      const withdrawn: AgentScope = { ...inForce, state: "withdrawn", endedBy: user.name, endedAt: time };
      await writeScopes(tools, tenant, [withdrawn]);
      await tools.agentContent.reload();
      note(agent, { version: withdrawn.version, reason: body.reason });
      return withdrawn;
    },
  }),
  endpoint({
    method: "get",
    path: "/agents/{id}/recipes/{recipe}",
    summary: "What enforces the agent's scope in its sandbox, as a file",
    role: "viewer",
    answer: AgentRecipe,
    handle: ({ tools, params }) => {
      const inForce = tools.agentContent.inForce().agents.find(({ id }) => id === params["id"]);
      const recipe = RECIPES.find(({ id }) => id === params["recipe"]);
      if (inForce?.workload === undefined || recipe === undefined) throw new Fault("not_found");
      const place = { namespace: "parapet", labels: { app: "parapet" }, port: tools.listenPort };
      return {
        file: recipe.file,
        text: writeRecipe(recipe, recipeInput(inForce, inForce.workload, place)),
        note: recipe.note,
      };
    },
  }),
];
