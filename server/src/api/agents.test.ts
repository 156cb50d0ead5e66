import { AgentDeclaration, CallUse } from "@parapet/model";
import { AgentDetail, AgentsResponse } from "@parapet/model/api";
import { expect, test } from "vitest";
import { agentsInForce } from "#agents";
import { emptyEvents, startApi, type TestApi } from "./api.fixture.ts";

const NAME = "desk/mail@eu";
const inFile = [AgentDeclaration.parse({ id: "idle", tools: ["read"], owner: "ops" })];

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
  return startApi({
    agentContent: {
      inFile,
      inForce: () => ({ agents: agentsInForce(inFile, []), limits: [] }),
      reload: async () => undefined,
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
  const path = `/agents/${encodeURIComponent(NAME)}`;
  const detail = AgentDetail.parse(await (await api.call("GET", path, { as: "viewer" })).json());
  expect(detail).toMatchObject({
    summary: { id: NAME, scope: "none", tools: ["read"] },
    use: { calls: 4, sessions: 2, complete: true, keys: [{ value: "k", count: 4 }] },
    grants: [],
    versions: [],
  });
  expect((await api.call("GET", "/agents/nobody", { as: "viewer" })).status).toBe(404);
});
