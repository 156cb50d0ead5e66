import { CATEGORIES, PROVENANCES, type CallFacts } from "@parapet/model";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { prepareStatements, statementJson } from "./cedar.ts";
import { isNode } from "./expression.ts";
import { gatherFacts } from "./facts.ts";
import type { PolicyQuestion } from "./policy.ts";
import { attributesRead, projectValues } from "./projection.ts";
import { knowAll, knowQuiet, ruledOut } from "./screen.ts";

const number = fc.oneof(
  fc.constantFrom(
    "context.confidence.secret",
    "context.count.secret",
    "context.from.user.jailbreak",
    "context.unscannable",
    "context.session.risk",
    "context.steps.count",
  ),
  fc.integer({ min: 0, max: 3 }).map(String),
  fc.constant("(context.count.secret * 4611686018427387904)"),
);
const text = fc.constantFrom("context.mode", "context.tool.name", "context.flow.target", '"enforce"', '"x"');
const strings = fc.constantFrom(
  "context.types",
  "context.from.user.types",
  "context.tool.effects",
  '["a"]',
  '["a", "x"]',
);
const atom = fc.oneof(
  fc
    .tuple(number, fc.constantFrom("<", "<=", ">", ">=", "==", "!="), number)
    .map(([left, sign, right]) => `(${left} ${sign} ${right})`),
  fc.tuple(text, fc.constantFrom("==", "!="), text).map(([left, sign, right]) => `(${left} ${sign} ${right})`),
  fc.tuple(strings, text).map(([set, member]) => `${set}.contains(${member})`),
  fc
    .tuple(strings, fc.constantFrom("containsAny", "containsAll"), strings)
    .map(([left, how, right]) => `${left}.${how}(${right})`),
  strings.map((set) => `${set}.isEmpty()`),
  fc.constantFrom(
    "context.session.known",
    "context.streamed",
    "context.flow.untrusted",
    'context.mode like "en*"',
    "true",
    "false",
  ),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    atom,
    fc
      .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
      .map(([left, sign, right]) => `(${left} ${sign} ${right})`),
    tie("condition").map((inner) => `!(${inner})`),
    fc
      .tuple(tie("condition"), tie("condition"), tie("condition"))
      .map(([test_, yes, no]) => `(if ${test_} then ${yes} else ${no})`),
  ),
}));

const factsOf = ({
  count,
  untrusted,
  target,
}: Pick<CallFacts["flow"], "untrusted" | "target"> & { count: number }): CallFacts => ({
  server: "",
  effects: ["communicate"],
  basis: "inferred",
  pin: "none",
  scope: { declared: false, violations: [] },
  flow: { known: true, user: true, untrusted, classes: [], asked: false, target, content: "none" },
  limits: { exceeded: [] },
  steps: { count, repeats: 0, unexpected: false, forbidden: false, paused: false },
  origins: [],
  reasons: [],
});

const question: fc.Arbitrary<PolicyQuestion> = fc
  .record({
    matches: fc.array(
      fc.record({
        category: fc.constantFrom(...CATEGORIES),
        confidence: fc.constantFrom(0, 0.001, 0.002, 0.7),
        type: fc.constantFrom("a", "x"),
        provenance: fc.constantFrom(...PROVENANCES),
      }),
      { maxLength: 3 },
    ),
    unscannable: fc.nat(2),
    risk: fc.nat(3),
    known: fc.boolean(),
    streamed: fc.boolean(),
    mode: fc.constantFrom("observe", "enforce"),
    tool: fc.constantFrom("", "x"),
    facts: fc.option(
      fc.record({ count: fc.nat(3), untrusted: fc.boolean(), target: fc.constantFrom("none", "untrusted") }),
      { nil: undefined },
    ),
  })
  .map(({ matches, unscannable, risk, known, streamed, mode, tool, facts }) => ({
    tenant: "default",
    principal: { kind: "Anonymous", id: "a" },
    agent: "",
    key: "",
    action: "request",
    route: "r",
    protocol: "openai",
    model: "m",
    mode,
    unscannable,
    streamed,
    session: { id: "s", risk, known },
    toolCall: { name: tool, ...(facts !== undefined && { facts: factsOf(facts) }) },
    matches: matches.map(({ provenance, ...match }) => ({
      provenance,
      match: { ...match, detector: "d", severity: "low", segment: 0, start: 0, end: 1, reason: "r", view: "original" },
    })),
  }));

test("what the screen rules out, Cedar rules out too", () => {
  let ruled = 0;
  fc.assert(
    fc.property(condition, fc.constantFrom("when", "unless"), question, (body, kind, asked) => {
      const statement = `forbid (principal, action, resource) ${kind} { ${body} };`;
      const json = statementJson(statement);
      if (!isNode(json)) throw new Error(`Cedar cannot read ${statement}`);
      const facts = gatherFacts(asked);
      const rules = ruledOut(json);
      if (!rules(facts, knowAll)) return;
      ruled += 1;
      const context = projectValues(attributesRead([json]), "context", facts);
      const answer = prepareStatements(new Map([["p", statement]]))({
        question: asked,
        context,
        principal: undefined,
        resource: undefined,
      });
      expect(answer).toEqual({ held: [], erred: [] });
    }),
    { numRuns: 1_500 },
  );
  expect(ruled).toBeGreaterThan(300);
});

test("what is ruled out for every question without matches stays so whatever else is asked", () => {
  fc.assert(
    fc.property(condition, question, question, (body, first, second) => {
      const json = statementJson(`forbid (principal, action, resource) when { ${body} };`);
      if (!isNode(json)) throw new Error(`Cedar cannot read ${body}`);
      const nothing = { matches: [], unscannable: 0, toolCall: { name: "x" } };
      if (!ruledOut(json)(gatherFacts({ ...first, ...nothing }), knowQuiet)) return;
      expect(ruledOut(json)(gatherFacts({ ...second, ...nothing }), knowAll)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
