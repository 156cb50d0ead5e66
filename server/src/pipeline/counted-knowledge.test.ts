import { AgentDeclaration, BusinessLimit, ToolDeclaration } from "@parapet/model";
import { expect, test } from "vitest";
import { createSessionFlow } from "#agents";
import { fakeClock } from "#platform";
import { openMemorySharedState } from "#storage";
import { createCallCounters } from "./call-counters.ts";
import type { KnownCall } from "./call-knowledge.ts";
import { createCountedKnowledge } from "./counted-knowledge.ts";

const clock = fakeClock(Date.parse("2026-11-20T10:00:00Z"));
const content = {
  tools: [ToolDeclaration.parse({ name: "wire", arguments: { "order.sum": "amount", to: "account" } })],
  agents: [AgentDeclaration.parse({ id: "clerk", tools: ["*"], budget: { calls: 2 } })],
};
const knowledge = createCountedKnowledge(
  createCallCounters({
    limits: [BusinessLimit.parse({ id: "wires", tools: ["wire"], measure: "amount", each: 500 })],
    agents: content.agents,
    breaker: { stopped: 20, minutes: 10, pauseMinutes: 15 },
    shared: openMemorySharedState(clock),
    hashKey: Buffer.alloc(32, 3),
    clock,
  }),
);
const flow = createSessionFlow(content);
const call = (text: string): KnownCall => ({
  tenant: "default",
  session: "s",
  agent: "clerk",
  user: "ines",
  onBehalfOf: [],
  key: "",
  id: "1",
  server: "",
  name: "wire",
  arguments: text,
  reading: flow.readingOf({ id: "1", server: "", name: "wire", agent: "clerk", arguments: text }),
  trustsAnnotations: false,
  past: [],
  beside: [],
  facts: {
    server: "",
    effects: ["spend"],
    basis: "declared",
    scope: { declared: true, violations: [] },
    flow: { known: true, user: true, untrusted: false, classes: [], asked: true, target: "user", content: "user" },
    origins: [],
    reasons: [],
  },
});

test.each([
  ['{"order":{"sum":499.99},"to":"x"}', [], 49_999],
  ['{"order":{"sum":"EUR 500,01"},"to":"x"}', ["wires"], 50_001],
  ['{"order":{"sum":-1},"to":"x"}', ["wires"], -1],
  ['{"order":{"sum":true},"to":"x"}', ["wires"], -1],
  ['{"to":"x"}', ["wires"], 0],
  ["{not json", ["wires"], -1],
  [JSON.stringify({ padding: Array.from({ length: 300 }, String), order: { sum: 9_000 } }), ["wires"], -1],
])("%.40s exceeds %s and amounts to %s hundredths", async (text, exceeded, amount) => {
  expect(await knowledge.of(call(text))).toMatchObject({ limits: { exceeded }, arguments: { amount } });
});

test("a session's budget is a violation of the scope, with its reason", async () => {
  const other = (): KnownCall => ({ ...call('{"order":{"sum":1}}'), session: "t" });
  for (let n = 0; n < 2; n++) {
    const one = other();
    expect(await knowledge.of(one)).not.toHaveProperty("violations");
    await knowledge.settled(one, "passed");
  }
  expect(await knowledge.of(other())).toMatchObject({
    violations: ["budget"],
    reasons: [expect.stringContaining("used up")],
  });
});
