/**
 * What a tool decision costs: facts and policies over a session of 200 segments with 50 policies, against the policies
 * alone in the same run. `npm run bench:agents:cost`
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSessionFlow, type ProposedCall } from "@parapet/server/agents";
import { loadPolicies } from "@parapet/server/policy";

const RUNS = 3_000;
const SEGMENTS = 200;
const POLICIES = 50;
const folder = join(import.meta.dirname, "../../policies");

const shipped = readdirSync(folder)
  .filter((name) => name.endsWith(".cedar"))
  .map((name) => readFileSync(join(folder, name), "utf8"));
/** Further policies on tool calls, as an operator has them: each looks at something else and none holds. */
const own = (count: number): string =>
  Array.from(
    { length: count },
    (_, at) =>
      `@id("own-${String(at)}") @action("hold") @severity("low") @message("m") @description("d") forbid (principal, action == Action::"tool_call", resource) when { context.tool.name == "tool_${String(at)}" && context.flow.target == "untrusted" && context.steps.count > ${String(at)} };`,
  ).join("\n");
const count = shipped.join("").match(/@id\(/g)?.length ?? 0;
const loaded = loadPolicies([
  ...shipped.map((text, at) => ({ path: `shipped-${String(at)}.cedar`, text })),
  { path: "own.cedar", text: own(Math.max(0, POLICIES - count)) },
]);
if (!loaded.ok) throw new Error("the policies do not load");
const { set } = loaded;

const flow = createSessionFlow({ tools: [], agents: [] });
flow.add({
  kind: "said",
  provenance: "user",
  role: "user",
  text: "Answer Dana's mails with the dates in the plan",
  segment: 0,
});
const WORDS =
  "the plan of the delivery says that the boxes for the north gate come on a day in spring and somebody signs ".repeat(
    4,
  );
for (let at = 0; at < SEGMENTS; at += 1) {
  const id = `c${String(at)}`;
  const mails = Array.from({ length: 5 }, (_, mail) => ({
    id: `m-${String(at * 5 + mail)}`,
    from: `person${String(at * 5 + mail)}@firm${String(at)}.example`,
    subject: `Delivery ${String(at)}`,
    body: `${WORDS} box ${String(at * 31 + mail)}`,
  }));
  flow.add({
    kind: "called",
    id,
    name: "search_mail",
    server: "",
    arguments: JSON.stringify({ query: `box ${String(at)}` }),
  });
  flow.add({
    kind: "returned",
    call: id,
    name: "search_mail",
    server: "",
    texts: [{ text: JSON.stringify(mails), segment: at + 1 }],
    matches: [],
  });
}

const call = (at: number): ProposedCall => ({
  id: "x",
  name: "send_mail",
  server: "",
  agent: "",
  arguments: JSON.stringify({
    to: [`person${String(at % 900)}@firm${String(at % 190)}.example`],
    subject: "Re: Delivery",
    body: `Dear all, ${WORDS.slice(0, 300)} see you at the gate, number ${String(at)}.`,
  }),
});

const p = (values: readonly number[], share: number): string =>
  `${(values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? 0).toFixed(3)} ms`;

const all: number[] = [];
const facts: number[] = [];
for (let at = 0; at < RUNS; at += 1) {
  const proposed = call(at);
  const start = performance.now();
  const gathered = flow.judge(proposed);
  const between = performance.now();
  set.decide({
    tenant: "default",
    principal: { kind: "User", id: "user" },
    agent: "",
    key: "",
    action: "tool_call",
    route: "r",
    protocol: "openai",
    model: "m",
    mode: "enforce",
    matches: [],
    unscannable: 0,
    toolCall: {
      name: proposed.name,
      facts: {
        ...gathered,
        pin: "none",
        limits: { exceeded: [] },
        steps: { count: at, repeats: 0, unexpected: false, forbidden: false, paused: false },
      },
    },
    session: { id: "s", risk: 0, known: true },
    streamed: false,
  });
  const end = performance.now();
  if (at < RUNS / 10) continue;
  facts.push(between - start);
  all.push(end - start);
}
console.log(`${String(set.policies.length)} policies, ${String(SEGMENTS)} results of five mails each`);
console.log(
  `a decision: p50 ${p(all, 0.5)}, p99 ${p(all, 0.99)}; its facts: p50 ${p(facts, 0.5)}, p99 ${p(facts, 0.99)}`,
);
