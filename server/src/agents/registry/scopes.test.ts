import { AgentDeclaration, ScopeChange, type AgentActivity, type CallUse } from "@parapet/model";
import { assert, array, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { compareScope } from "./compare.ts";
import { proposeScope } from "./propose.ts";
import { call, did } from "./registry.fixture.ts";

const known = { since: "2026-10-01T00:00:00.000Z", complete: true, inForce: undefined };
const compare = (scope: object, activities: readonly AgentActivity[], inForce?: object) =>
  compareScope("a", ScopeChange.parse({ tools: ["*"], ...scope }), activities, {
    ...known,
    inForce: inForce === undefined ? undefined : AgentDeclaration.parse({ id: "a", ...inForce }),
  });
const one = (change: Partial<CallUse> = {}, tool = "pay") => [did(0, "s", [call(tool, change)])];

describe("a call of the past is outside a scope", () => {
  test.each([
    ["that does not grant its tool", { tools: ["read"] }, one(), "tool pay"],
    ["that grants it on another server", { tools: ["b/pay"] }, one({ server: "a" }), "tool a/pay"],
    [
      "that does not grant its host",
      { hosts: ["ok.example"] },
      one({ hosts: ["x.ok.example", "e.example"] }),
      "host e.example",
    ],
    ["that leaves out its data", { data: ["personal"] }, one({ data: ["personal", "health"] }), "data health"],
    ["whose calls are used up", { budget: { calls: 1 } }, [did(0, "s", [call("pay"), call("pay")])], "budget calls"],
    ["whose repeats are used up", { budget: { repeats: 2 } }, one({ repeats: 2 }), "budget repeats"],
    [
      "whose tokens are used up",
      { budget: { tokens: 150 } },
      [did(0, "s", [call("a")]), did(1, "s", [call("b")]), did(2, "s", [call("c")])],
      "budget tokens",
    ],
    [
      "whose time is over",
      { budget: { minutes: 5 } },
      [did(0, "s", [call("a")]), did(6, "s", [call("b")])],
      "budget minutes",
    ],
    ["that expects other steps", { steps: { expected: { start: ["read"] } } }, one(), "step start → pay"],
    [
      "that forbids the step",
      { steps: { forbidden: [{ after: "read", never: "pay" }] } },
      [did(0, "s", [call("read"), call("pay")])],
      "step read → pay",
    ],
    [
      "with a limit on each call",
      { limits: [{ id: "l", tools: ["pay"], measure: "amount", each: 10 }] },
      one({ amount: 11 }),
      "limit l",
    ],
    [
      "with a limit in all",
      { limits: [{ id: "l", tools: ["pay"], measure: "amount", total: { most: 10 } }] },
      [did(0, "s", [call("pay", { amount: 6 })]), did(1, "t", [call("pay", { amount: 6 })])],
      "limit l",
    ],
  ])("%s", (_, scope, activities, reason) => {
    const found = compare(scope, activities);
    expect(found.reasons.map(({ kind, what, calls }) => [`${kind} ${what}`, calls])).toEqual([[reason, 1]]);
    expect([found.outside, found.samples.length, found.outsideSessions]).toEqual([1, 1, 1]);
  });
});

test.each([
  ["was stopped", one({ fate: "stopped" }, "drop"), { calls: 0, stopped: 1, outside: 0 }],
  ["would have been held", one({ fate: "observed" }, "drop"), { calls: 0, stopped: 1, outside: 0 }],
  ["has arguments that nobody knows", one({ hosts: undefined }, "read"), { calls: 1, unknown: 1, outside: 0 }],
  ["is within", one({ hosts: ["a.ok.example"], amount: 3 }, "read"), { calls: 1, outside: 0 }],
])("a call that %s is not outside", (_, activities, expected) => {
  const scope = {
    tools: ["read"],
    hosts: ["ok.example"],
    limits: [{ id: "l", tools: ["*"], measure: "amount", each: 5 }],
  };
  expect(compare(scope, activities)).toMatchObject(expected);
});

test("a scope is told what it widens and narrows against the one in force", () => {
  const inForce = { tools: ["read", "mail/*"], hosts: ["ok.example"], budget: { calls: 10 } };
  expect(compare({ tools: ["mail/send", "pay"], data: [], budget: { calls: 20 } }, [], inForce)).toMatchObject({
    widens: ["tool pay", "any host", "calls in a session: 20, now 10"],
    narrows: ["tool read", "tool mail/*", "any data"],
  });
  expect(compare({}, [])).toMatchObject({ widens: [], narrows: [] });
});

/** Sessions that each read, then send to one host, then pay. */
const habit = (sessions: number): AgentActivity[] =>
  Array.from({ length: sessions }, (_, index) => [
    did(index * 300, `s-${index}`, [call("read", { server: "crm", data: ["personal"] })]),
    did(index * 300 + 2, `s-${index}`, [
      call("send", { hosts: ["api.shop.example"], recipients: 1, data: ["personal"] }),
      call("pay", { amount: 100, data: [] }),
    ]),
  ]).flat();

describe("a proposal", () => {
  test("grants what a habit needs with room above it, and the habit is within it", () => {
    const proposal = proposeScope("a", habit(30), known);
    expect(proposal).toMatchObject({ basis: { sessions: 30, calls: 90, stopped: 0 }, notes: [] });
    expect(proposal.scope).toEqual({
      tools: ["crm/read", "pay", "send"],
      data: ["personal"],
      hosts: ["api.shop.example"],
      budget: { calls: 5, repeats: 2, tokens: 300, minutes: 5 },
      steps: { expected: { start: ["crm/read"], "crm/read": ["send"], send: ["pay"] }, forbidden: [] },
      limits: [
        {
          id: "a-pay-amount",
          tools: ["pay"],
          measure: "amount",
          each: 150,
          total: { most: 750, per: "agent", hours: 24 },
        },
        { id: "a-send-recipients", tools: ["send"], measure: "recipients", each: 2 },
      ],
    });
    expect(compareScope("a", proposal.scope, habit(30), known)).toMatchObject({ calls: 90, outside: 0 });
  });

  test("learns nothing from what was stopped or held, and not from what one session of many did", () => {
    const odd = [
      did(9_000, "odd", [call("drop_table", { hosts: ["evil.example"] })]),
      did(9_001, "s-1", [
        call("wire", { fate: "stopped" }),
        call("grant", { fate: "held" }),
        call("x", { fate: "observed" }),
      ]),
    ];
    const { scope, notes, basis } = proposeScope("a", [...habit(30), ...odd], known);
    expect(scope.tools).toEqual(["crm/read", "pay", "send"]);
    expect(scope.hosts).toEqual(["api.shop.example"]);
    expect(basis.stopped).toBe(3);
    expect(notes.join(" ")).toMatch(/drop_table.*3 calls were stopped/);
  });

  test("of few sessions says so and bounds little", () => {
    const { scope, notes } = proposeScope("a", habit(2), known);
    expect(Object.keys(scope).toSorted()).toEqual(["data", "hosts", "limits", "tools"]);
    expect(notes).toEqual([
      "It rests on 2 sessions: a budget is proposed from 5 on.",
      "Steps are proposed from 20 sessions on.",
    ]);
    expect(proposeScope("a", [], known)).toMatchObject({ scope: { tools: [] }, basis: { calls: 0 } });
  });

  test("leaves hosts as they are where arguments are not known, and keeps budget and steps in force while little was seen", () => {
    const forbidden = [{ after: "read", never: "pay" }];
    const budget = { calls: 7 };
    const inForce = AgentDeclaration.parse({ id: "a", tools: [], budget, steps: { forbidden } });
    const { scope, notes } = proposeScope("a", one({ hosts: undefined }), { ...known, inForce });
    expect(scope).toMatchObject({ tools: ["pay"], budget, steps: { forbidden } });
    expect(scope.hosts).toBeUndefined();
    expect(notes[0]).toContain("no hosts are proposed");
  });

  test("covers every call that it learned from, whatever was done, while there are few sessions", () => {
    const calls = array(
      record({
        tool: constantFrom("a", "b", "c/d"),
        session: constantFrom("x", "y", ""),
        minute: integer({ min: 0, max: 60 }),
      }),
      { maxLength: 4 },
    );
    assert(
      property(calls, (made) => {
        const activities = made.map(({ tool, session, minute }) =>
          did(minute, session, [call(tool.slice(-1), { server: tool.includes("/") ? "c" : "" })]),
        );
        const { scope } = proposeScope("a", activities, known);
        expect(compareScope("a", scope, activities, known).outside).toBe(0);
      }),
    );
  });
});
