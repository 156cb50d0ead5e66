import { AgentDeclaration, AgentScope, CallUse, DEFAULT_TENANT } from "@parapet/model";
import { AgentDetail, AgentRecipe, AgentsResponse, ScopeComparison, ScopeProposal } from "@parapet/model/api";
import { expect, test } from "vitest";
import { agentsInForce } from "#agents";
import { emptyEvents, startApi, type TestApi } from "./api.fixture.ts";
import { confirmedScopes, forgetInScopes } from "./scope-notes.ts";

const NAME = "desk/mail@eu";
const PATH = `/agents/${encodeURIComponent(NAME)}`;
const inFile = [
  AgentDeclaration.parse({
    id: "idle",
    tools: ["read"],
    owner: "ops",
    workload: { labels: { app: "idle" }, programs: ["/usr/bin/node"] },
  }),
];

/** An API over one agent with two sessions, and one that is declared and idle. */
const withAgent = async (): Promise<TestApi> => {
  const calls = [CallUse.parse({ tool: "read", hosts: [], fate: "passed" })];
  const activity = (minute: number) => ({
    time: new Date(Date.UTC(2026, 0, 1) - minute * 60_000).toISOString(),
    source: "gateway",
    exchange: `e-${minute}`,
    session: `s-${minute % 2}`,
    principal: "user:ada",
    key: "k",
    model: "small",
    route: "assistant",
    tokens: 10,
    calls,
  });
  let agents: readonly AgentDeclaration[] = inFile;
  const api = await startApi({
    agentContent: {
      inFile,
      inForce: () => ({ agents, limits: [] }),
      reload: async () => {
        agents = agentsInForce(inFile, await confirmedScopes(api.tools, DEFAULT_TENANT));
      },
    },
    events: {
      ...emptyEvents,
      agentsSeen: async () => [
        {
          id: NAME,
          firstSeen: "2026-01-01T00:00:00.000Z",
          lastSeen: "2026-01-01T00:00:00.000Z",
          exchanges: 4,
          sessions: 2,
          calls: 4,
          observed: 0,
          held: 0,
          stopped: 0,
          effects: [],
          tools: ["read"],
        },
      ],
      agentActivity: async (_tenant, { agent, limit }) =>
        agent === NAME ? [1, 2, 3, 4].map(activity).slice(0, limit) : [],
    },
  });
  return api;
};

test("agents that were seen and agents that are declared are one list, riskiest first", async () => {
  await using api = await withAgent();
  const list = AgentsResponse.parse(await (await api.call("GET", "/agents", { as: "viewer" })).json());
  expect(list.items.map(({ id, scope, owner, calls, unused }) => ({ id, scope, owner, calls, unused }))).toEqual([
    { id: NAME, scope: "none", owner: undefined, calls: 4, unused: [] },
    { id: "idle", scope: "declared", owner: "ops", calls: 0, unused: ["read"] },
  ]);
  const found = AgentsResponse.parse(await (await api.call("GET", "/agents?q=IDL", { as: "viewer" })).json());
  expect(found.items.map(({ id }) => id)).toEqual(["idle"]);
  expect((await api.call("GET", "/agents?days=0", { as: "viewer" })).status).toBe(400);
  expect((await api.call("GET", "/agents")).status).toBe(401);
});

test("one agent is shown with what it used, whatever its name is written with", async () => {
  await using api = await withAgent();
  const detail = AgentDetail.parse(await (await api.call("GET", PATH, { as: "viewer" })).json());
  expect(detail).toMatchObject({
    summary: { id: NAME, scope: "none", tools: ["read"] },
    use: { calls: 4, sessions: 2, complete: true, keys: [{ value: "k", count: 4 }] },
    grants: [],
    versions: [],
  });
  expect((await api.call("GET", "/agents/nobody", { as: "viewer" })).status).toBe(404);
});

test("a proposal covers what was done, and another scope is compared with it", async () => {
  await using api = await withAgent();
  const proposal = ScopeProposal.parse(await (await api.call("GET", `${PATH}/proposal`, { as: "viewer" })).json());
  expect(proposal).toMatchObject({ scope: { tools: ["read"], hosts: [] }, comparison: { calls: 4, outside: 0 } });
  const body = { scope: { tools: ["write"] } };
  const answer = await api.call("POST", `${PATH}/compare`, { as: "viewer", body });
  expect(ScopeComparison.parse(await answer.json())).toMatchObject({
    calls: 4,
    outside: 4,
    reasons: [{ kind: "tool", what: "read", calls: 4 }],
    samples: [{ exchange: "e-1" }, { exchange: "e-2" }, { exchange: "e-3" }, { exchange: "e-4" }],
  });
  expect(api.audits.map(({ type, target }) => [type, target])).toEqual([["scope.compared", NAME]]);
});

const confirm = (api: TestApi, body: object, as: "administrator" | "analyst" = "administrator") =>
  api.call("POST", `${PATH}/scopes`, { as, body: { reason: "looked at it", ...body } });

test("a scope is in force once an administrator confirms it, each version replaces the one before, and is taken back", async () => {
  await using api = await withAgent();
  expect((await confirm(api, { scope: { tools: ["read"] } }, "analyst")).status).toBe(403);
  const first = await confirm(api, { scope: { tools: ["read"], owner: "ada" } });
  expect(first.status).toBe(201);
  expect(AgentScope.parse(await first.json())).toMatchObject({
    version: 1,
    state: "confirmed",
    confirmedBy: "administrator",
    basis: { calls: 4, outside: 0, sessions: 2 },
  });
  expect(api.tools.agentContent.inForce().agents).toContainEqual({ id: NAME, tools: ["read"], owner: "ada" });
  expect((await confirm(api, { scope: { tools: ["read", "write"], owner: "ada" } })).status).toBe(201);
  const detail = AgentDetail.parse(await (await api.call("GET", PATH, { as: "viewer" })).json());
  expect(detail.versions.map(({ version, state }) => [version, state])).toEqual([
    [2, "confirmed"],
    [1, "replaced"],
  ]);
  expect(detail.grants.map(({ name, state, confirmed }) => [name, state, confirmed])).toEqual([
    ["write", "unused", true],
    ["read", "used", true],
  ]);
  const withdrawn = await api.call("POST", `${PATH}/withdraw`, { as: "administrator", body: { reason: "no more" } });
  expect(AgentScope.parse(await withdrawn.json())).toMatchObject({ version: 2, state: "withdrawn" });
  expect(api.tools.agentContent.inForce().agents).toEqual(inFile);
  expect((await api.call("POST", `${PATH}/withdraw`, { as: "administrator", body: { reason: "again" } })).status).toBe(
    409,
  );
  expect(api.audits.filter(({ outcome }) => outcome === "success").map(({ type }) => type)).toEqual([
    "scope.confirmed",
    "scope.confirmed",
    "scope.withdrawn",
  ]);
});

test("more calls outside than were accepted keep a scope from being confirmed", async () => {
  await using api = await withAgent();
  const scope = { tools: [] };
  const refused = await confirm(api, { scope, outside: 3 });
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("4 of the 4 calls")]);
  expect((await confirm(api, { scope, outside: 4 })).status).toBe(201);
});

test.each([
  ["without a reason", { scope: { tools: [] }, outside: 4, reason: " " }],
  ["with a field that there is not", { scope: { tools: [], id: "other" }, outside: 4 }],
  [
    "with two limits of one name",
    {
      scope: {
        tools: [],
        limits: [
          { id: "l", tools: ["a"], each: 1 },
          { id: "l", tools: ["b"], each: 1 },
        ],
      },
      outside: 4,
    },
  ],
])("a scope %s is refused", async (_, body) => {
  await using api = await withAgent();
  expect((await confirm(api, body)).status).toBe(400);
  expect(await confirmedScopes(api.tools, DEFAULT_TENANT)).toEqual([]);
});

test("an erased person is in no version of a scope, which stays in force", async () => {
  await using api = await withAgent();
  await confirm(api, { scope: { tools: ["read"], owner: "ada", approvers: ["eve", "ada"] } });
  expect(await forgetInScopes(api.tools, DEFAULT_TENANT, "user:ada")).toBe(true);
  expect(await forgetInScopes(api.tools, DEFAULT_TENANT, "user:ada")).toBe(false);
  expect(await confirmedScopes(api.tools, DEFAULT_TENANT)).toMatchObject([
    { state: "confirmed", scope: { tools: ["read"], owner: "erased", approvers: ["eve", "erased"] } },
  ]);
});

test("the sandbox of an agent with a workload can be taken along", async () => {
  await using api = await withAgent();
  const idle = AgentDetail.parse(await (await api.call("GET", "/agents/idle", { as: "viewer" })).json());
  const [first] = idle.recipes;
  const recipe = await api.call("GET", `/agents/idle/recipes/${first?.id}`, { as: "viewer" });
  expect(AgentRecipe.parse(await recipe.json())).toMatchObject({
    file: first?.file,
    text: expect.stringContaining("idle"),
  });
  expect((await api.call("GET", "/agents/idle/recipes/none", { as: "viewer" })).status).toBe(404);
  expect((await api.call("GET", `${PATH}/recipes/${first?.id}`, { as: "viewer" })).status).toBe(404);
});
