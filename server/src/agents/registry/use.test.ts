import { AgentDeclaration, ToolDeclaration } from "@parapet/model";
import { assert, json, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { describeArguments } from "./call-use.ts";
import { createSessionFlow } from "../session-flow.ts";
import { call, did } from "./registry.fixture.ts";
import { agentsInForce, grantsOf, limitsInForce } from "./scope.ts";
import { summariseAgent } from "./summary.ts";
import { notableCalls, summariseUse } from "./use.ts";

const roles = { sum: "amount", to: "recipient", n: "count", list: "recipient", site: "host", link: "url" } as const;
const flow = createSessionFlow({ tools: [ToolDeclaration.parse({ name: "any", arguments: roles })], agents: [] });
const used = (text: string) =>
  describeArguments(flow.readingOf({ id: "", name: "any", server: "", agent: "", arguments: text }).values);

describe("the arguments of a call", () => {
  test.each([
    ["no JSON", "{", {}],
    ["none", "", { hosts: [] }],
    ["without anything that matters", '{"note":"see you at 10"}', { hosts: [] }],
    [
      "people that are written to, whose mail is no host",
      '{"list":["eve@shop.example"]}',
      { hosts: [], recipients: 1 },
    ],
    [
      "values by their roles",
      '{"sum":"1,250.50 EUR","to":"a@x.example, b@y.example","n":3,"site":"api.z.example","link":"https://F.example/x"}',
      { hosts: ["f.example", "api.z.example"], amount: 1250.5, count: 3, recipients: 2 },
    ],
    ["an amount that cannot be read", '{"sum":"lots","n":true}', { hosts: [] }],
  ])("%s", (_, text, expected) => {
    expect(used(text)).toEqual(expected);
  });

  test("of any form are read without an end that nobody meant", () => {
    assert(
      property(json({ maxDepth: 6 }), (text) => {
        const { hosts = [] } = used(text);
        expect(hosts.length).toBeLessThanOrEqual(16);
      }),
    );
  });
});

const activities = [
  did(0, "s-1", [call("read"), call("send", { hosts: ["shop.example"], effects: ["communicate"] })]),
  did(30, "s-1", [call("read", { repeats: 1 }), call("pay", { fate: "stopped", policy: "no-pay" })]),
  did(2 * 24 * 60, "s-2", [call("drop", { fate: "observed" })], { model: "large" }),
  did(2 * 24 * 60 + 5, "s-2", [call("read")], { source: "tracing", exchange: "" }),
  did(2 * 24 * 60 + 6, "", [call("shell")], { source: "tracing", exchange: "" }),
];

test("what an agent did is summed up by tool, day and session, and what is told twice counts once", () => {
  const use = summariseUse(activities, true);
  expect(use).toMatchObject({ calls: 6, observed: 1, held: 0, stopped: 1, exchanges: 3, sessions: 2, complete: true });
  expect(use.tools.map(({ tool, calls, stopped, sessions }) => [tool, calls, stopped, sessions])).toEqual([
    ["read", 2, 0, 1],
    ["send", 1, 0, 1],
    ["pay", 1, 1, 1],
    ["drop", 1, 0, 1],
    ["shell", 1, 0, 0],
  ]);
  expect(use.hosts).toEqual([{ value: "shop.example", count: 1 }]);
  expect(use.days.map(({ day, calls }) => [day, calls])).toEqual([
    ["2026-10-01", 4],
    ["2026-10-03", 2],
  ]);
  expect(use.perSession).toMatchObject({ calls: { max: 3 }, repeats: { max: 2 }, minutes: { max: 30 } });
  expect(notableCalls(activities).map(({ tool, fate }) => [tool, fate])).toEqual([
    ["drop", "observed"],
    ["pay", "stopped"],
  ]);
});

const inFile = AgentDeclaration.parse({ id: "mail", tools: ["re*", "unused"], hosts: ["example"], owner: "ops" });
describe("a scope", () => {
  test("that was confirmed stands over the file's, which keeps whom to ask; agents of the file alone stay as they are", () => {
    const other = AgentDeclaration.parse({ id: "other", tools: ["*"] });
    const scope = { tools: ["send"], limits: [] };
    expect(agentsInForce([inFile, other], [{ agent: "mail", scope }])).toEqual([
      { id: "mail", owner: "ops", tools: ["send"] },
      other,
    ]);
    expect(agentsInForce([], [{ agent: "new", scope }])).toEqual([{ id: "new", tools: ["send"] }]);
  });

  test("limits its own agent alone, whatever it says", () => {
    const limits = [{ id: "few", tools: ["send"], measure: "calls" as const, each: 1, agents: ["*"] }];
    expect(limitsInForce([], [{ agent: "mail", scope: { tools: [], limits } }])).toEqual([
      { ...limits[0], agents: ["mail"] },
    ]);
  });

  test("shows granted and used side by side, what is outside first; what is left out bounds nothing", () => {
    const grants = grantsOf(summariseUse(activities, true), inFile, undefined);
    expect(grants.map(({ kind, name, state, calls }) => [kind, name, state, calls])).toEqual([
      ["tool", "send", "outside", 1],
      ["tool", "drop", "outside", 1],
      ["tool", "shell", "outside", 1],
      ["tool", "unused", "unused", 0],
      ["tool", "re*", "used", 2],
      ["host", "example", "used", 1],
    ]);
  });
});

test.each([
  ["no scope and tools that send", { effects: ["communicate"], tools: ["send"] }, undefined, "none", "high"],
  ["no scope and tools that read", { effects: ["read"], tools: ["read"] }, undefined, "none", "medium"],
  ["a scope that fits", { tools: ["read"] }, { tools: ["read"] }, "declared", "low"],
  ["a scope that is too wide", { tools: ["read"] }, { tools: ["read", "send"] }, "declared", "medium"],
  ["calls outside its scope", { tools: ["send"] }, { tools: ["read"] }, "declared", "high"],
  ["every tool", { tools: ["send"] }, { tools: ["*"] }, "declared", "medium"],
  ["stopped calls", { tools: ["read"], stopped: 1 }, { tools: ["read"] }, "declared", "high"],
])("an agent with %s is looked at accordingly", (_, seen, scope, kind, level) => {
  const known = { exchanges: 1, sessions: 1, calls: 1, observed: 0, held: 0, stopped: 0, effects: [], ...seen };
  const inForce = scope === undefined ? undefined : AgentDeclaration.parse({ id: "a", ...scope });
  const summary = summariseAgent("a", known, inForce);
  expect([summary.scope, summary.risk.level]).toEqual([kind, level]);
  expect(summary.risk.reasons.length > 0).toBe(level !== "low");
});

test("an agent that was declared and never seen has all of its grants unused and is no risk", () => {
  expect(summariseAgent("mail", undefined, inFile, { version: 1 })).toMatchObject({
    scope: "confirmed",
    calls: 0,
    unused: ["re*", "unused"],
    risk: { level: "low", reasons: [] },
  });
});
