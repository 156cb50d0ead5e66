import { ScopeChange } from "@parapet/model";
import { CallCounts, type AgentDetail, type AgentSummary, type ScopeComparison } from "@parapet/model/api";
import { expect, test } from "vitest";
import { answerOf, comparisonSentence, draftOf, scopeFromDraft, tightened, usedOf } from "./words.ts";

const NO_CALLS = CallCounts.parse({ calls: 0, observed: 0, held: 0, stopped: 0 });
const agent = (change: Partial<AgentSummary>): AgentSummary => ({
  ...NO_CALLS,
  id: "a",
  scope: "declared",
  exchanges: 0,
  sessions: 0,
  tools: [],
  unused: [],
  outside: [],
  risk: { level: "low", reasons: [] },
  ...change,
});
const high = { level: "high", reasons: [] } satisfies AgentSummary["risk"];

test.each([
  ["No agent needs a look.", []],
  ["No agent needs a look.", [agent({ scope: "none" })]],
  ["1 agent needs a look.", [agent({ risk: high }), agent({})]],
  [
    "2 agents need a look. 1 calls tools without a scope.",
    [agent({ risk: high }), agent({ risk: high, scope: "none", calls: 1 })],
  ],
] as const)("the list opens with: %s", (sentence, items) => {
  expect(answerOf({ items: [...items] })).toBe(sentence);
});

test.each([
  ["2 tools", agent({ scope: "none", tools: ["a", "b"] })],
  ["1 used, 0 unused", agent({ tools: ["a"] })],
  ["1 used, 2 unused, 1 outside", agent({ tools: ["a", "b"], unused: ["c", "d"], outside: ["b"] })],
])("how much of a scope is used is said as: %s", (words, summary) => {
  expect(usedOf(summary)).toBe(words);
});

const compared = (change: Partial<ScopeComparison>): ScopeComparison => ({
  since: "2026-01-01T00:00:00.000Z",
  calls: 4,
  sessions: 2,
  outside: 0,
  outsideSessions: 0,
  reasons: [],
  samples: [],
  stopped: 0,
  unknown: 0,
  complete: true,
  widens: [],
  narrows: [],
  ...change,
});

test.each([
  ["No call passed in this time: nothing can be compared.", compared({ calls: 0 })],
  ["All 4 calls that passed in 2 sessions are within it.", compared({})],
  [
    "1 of 4 calls that passed would have been outside, in 1 of 2 sessions.",
    compared({ outside: 1, outsideSessions: 1 }),
  ],
])("a comparison is told as: %s", (sentence, comparison) => {
  expect(comparisonSentence(comparison)).toBe(sentence);
});

const scope = ScopeChange.parse({
  tools: ["crm/read", "send*"],
  hosts: ["shop.example"],
  data: ["personal"],
  budget: { calls: 5 },
  steps: { forbidden: [{ after: "read", never: "send" }] },
  limits: [{ id: "l", tools: ["send"], each: 1 }],
});

test("a scope comes back from its form as it went in, and what is emptied bounds nothing any more", () => {
  const draft = draftOf(scope);
  expect(scopeFromDraft(draft)).toEqual(scope);
  expect(JSON.stringify(scopeFromDraft(draft))).toBe(JSON.stringify(scopeFromDraft(draftOf(scope))));
  const open = { ...draft, tools: " a \n\n a", hosts: undefined, data: undefined, budget: { calls: undefined } };
  expect(scopeFromDraft(open)).toEqual({ tools: ["a"], steps: scope.steps, limits: scope.limits });
  expect(scopeFromDraft({ ...draft, tools: "a*b" })).toBeUndefined();
  expect(scopeFromDraft({ ...draft, budget: { calls: 0 } })).toBeUndefined();
});

test("a tightened scope is the one in force without what was not used", () => {
  const spread = { p50: 0, p99: 0, max: 0 };
  const none = {
    effects: [],
    hosts: [],
    data: [],
    keys: [],
    principals: [],
    models: [],
    routes: [],
    tools: [],
    days: [],
  };
  const detail: AgentDetail = {
    summary: agent({}),
    since: "2026-01-01T00:00:00.000Z",
    inForce: { id: "a", tools: ["read", "drop"], hosts: ["x.example"], budget: { calls: 5 } },
    limits: [],
    versions: [],
    use: {
      ...NO_CALLS,
      ...none,
      exchanges: 0,
      sessions: 0,
      complete: true,
      perSession: { calls: spread, repeats: spread, tokens: spread, minutes: spread },
    },
    grants: [
      { kind: "tool", name: "drop", inFile: true, confirmed: false, calls: 0, state: "unused" },
      { kind: "tool", name: "read", inFile: true, confirmed: false, calls: 2, state: "used" },
      { kind: "tool", name: "wire", inFile: false, confirmed: false, calls: 2, state: "outside" },
      { kind: "host", name: "x.example", inFile: true, confirmed: false, calls: 0, state: "unused" },
    ],
    notable: [],
    findings: [],
    recipes: [],
  };
  expect(tightened(detail)).toEqual({ tools: ["read"], hosts: [], budget: { calls: 5 }, limits: [] });
  expect(tightened({ ...detail, grants: [] })).toBeUndefined();
  expect(tightened({ ...detail, inForce: undefined })).toBeUndefined();
});
