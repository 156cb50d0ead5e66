import type { CallFacts, Category, Mode, Provenance } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { loadPolicies, type PolicyQuestion, type PolicySet } from "./index.ts";

const load = (text: string): PolicySet => {
  const loaded = loadPolicies([{ path: "test.cedar", text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.set;
};

interface Found {
  readonly category: Category;
  readonly confidence: number;
  readonly type?: string;
  readonly provenance?: Provenance;
}

const ask = (matches: readonly Found[], more: Partial<PolicyQuestion> = {}): PolicyQuestion => ({
  tenant: "default",
  principal: { kind: "User", id: "ada" },
  agent: "",
  key: "",
  action: "request",
  route: "assistant",
  protocol: "openai",
  model: "any",
  mode: "enforce",
  matches: matches.map(({ category, confidence, type, provenance }, segment) => ({
    provenance: provenance ?? "user",
    match: {
      detector: "test",
      category,
      confidence,
      type: type ?? "any",
      severity: "low",
      segment,
      start: 0,
      end: 1,
      reason: "test",
      view: "original",
    },
  })),
  unscannable: 0,
  session: { id: "s", risk: 0, known: true },
  streamed: false,
  ...more,
});

const policy = (id: string, action: string, when: string, more = "", scope = "principal, action, resource"): string =>
  `@id("${id}") @action("${action}") @severity("high") @message("No.") ${more}\nforbid (${scope}) when { ${when} };\n`;

const THREE =
  policy("cut", "redact", "context.confidence.secret >= 500", '@redact("secret")') +
  policy("wait", "hold", 'context.tool.name == "shell"') +
  policy("stop", "block", "context.from.untrusted.prompt_injection >= 900");

describe("a decision", () => {
  const set = load(THREE);

  test.each<[string, PolicyQuestion, string, readonly string[], readonly number[]]>([
    ["nothing found is allowed", ask([]), "allow", [], []],
    [
      "a covered match is redacted",
      ask([
        { category: "personal_data", confidence: 1 },
        { category: "secret", confidence: 0.5 },
      ]),
      "redact",
      ["cut"],
      [1],
    ],
    ["under the bound nothing happens", ask([{ category: "secret", confidence: 0.4999 }]), "allow", [], []],
    ["a tool alone may be enough", ask([], { action: "tool_call", toolCall: { name: "shell" } }), "hold", ["wait"], []],
    [
      "the strongest action wins, all policies are named, and a block leaves nothing to cut",
      ask([
        { category: "secret", confidence: 1 },
        { category: "prompt_injection", confidence: 0.95, provenance: "document" },
      ]),
      "block",
      ["stop", "cut"],
      [],
    ],
    [
      "what is held is cut as well, since it may still go on",
      ask([{ category: "secret", confidence: 1 }], { action: "tool_call", toolCall: { name: "shell" } }),
      "hold",
      ["wait", "cut"],
      [0],
    ],
  ])("%s", (_, question, action, policies, redact) => {
    const decision = set.decide(question);
    expect(decision.verdict.action).toBe(action);
    expect(decision.verdict.would).toBe(action);
    expect(decision.verdict.policies.map(({ id }) => id)).toEqual(policies);
    expect(decision.verdict.policy).toBe(policies[0]);
    expect(decision.verdict.policyVersion).toBe(set.version);
    expect(decision.redact).toEqual(redact);
  });

  test("a call is judged by its facts although nothing was found in it", () => {
    const flows = load(policy("target", "hold", 'context.flow.target == "untrusted" && context.flow.untrusted'));
    const facts: CallFacts = {
      server: "",
      effects: ["communicate"],
      basis: "inferred",
      pin: "none",
      scope: { declared: false, violations: [] },
      flow: {
        known: true,
        user: true,
        untrusted: true,
        classes: [],
        asked: false,
        target: "untrusted",
        content: "none",
      },
      limits: { exceeded: [] },
      steps: { count: 0, repeats: 0, unexpected: false, forbidden: false, paused: false },
      origins: [],
      reasons: [],
    };
    const called = (toolCall: PolicyQuestion["toolCall"]) =>
      flows.decide(ask([], { action: "tool_call", ...(toolCall !== undefined && { toolCall }) })).verdict.action;
    // The answer without facts is worked out once and for all; it must not stand for calls that have some.
    expect([called(undefined), called({ name: "send" }), called({ name: "send", facts }), called(undefined)]).toEqual([
      "allow",
      "allow",
      "hold",
      "allow",
    ]);
  });

  test("an observing route acts on nothing and says what it would have done", () => {
    const mode: Mode = "observe";
    const { verdict, redact } = set.decide(ask([{ category: "secret", confidence: 1 }], { mode }));
    expect(verdict).toMatchObject({ action: "observe", would: "redact", policy: "cut" });
    expect(redact).toEqual([]);
  });

  test("of many policies answers with those that hold, whichever the screens leave to ask together", () => {
    const all = Array.from({ length: 40 }, (_, at) =>
      policy(`p${String(at)}`, "block", `context.confidence.secret >= 900 || context.session.risk == ${String(at)}`),
    );
    const many = load(all.join(""));
    // One of them, forty of them, and more different ones than are kept apart.
    for (const risk of Array.from({ length: 40 }, (_, at) => at)) {
      const found = many.decide(
        ask([{ category: "jailbreak", confidence: 0.1 }], { session: { id: "s", risk, known: true } }),
      );
      expect(found.verdict.policies.map(({ id }) => id)).toEqual([`p${String(risk)}`]);
    }
    expect(many.decide(ask([{ category: "secret", confidence: 0.95 }])).verdict.policies).toHaveLength(40);
  });

  test("two sets loaded one after the other both go on deciding by their own policies", () => {
    const sets = Array.from({ length: 20 }, (_, index) =>
      load(policy(`p${index}`, "block", `context.confidence.secret >= ${index * 10 + 1}`)),
    );
    for (const round of [0, 1]) {
      sets.forEach((each, index) => {
        expect([
          round,
          each.decide(ask([{ category: "secret", confidence: index / 100 + 0.001 }])).verdict.policy,
        ]).toEqual([round, `p${index}`]);
      });
    }
  });
});

describe("a redacting policy", () => {
  const when = "context.confidence.personal_data >= 1";
  test.each<[string, string, readonly Found[], readonly number[]]>([
    [
      "only matches of its least confidence",
      '@redact_from("900")',
      [
        { category: "personal_data", confidence: 0.9 },
        { category: "personal_data", confidence: 0.89 },
      ],
      [0],
    ],
    [
      "only its types",
      '@redact_types("IBAN, CREDIT_CARD")',
      [
        { category: "personal_data", confidence: 1, type: "EMAIL" },
        { category: "personal_data", confidence: 1, type: "IBAN" },
      ],
      [1],
    ],
    [
      "only its provenances",
      '@redact_provenance("model")',
      [
        { category: "personal_data", confidence: 1 },
        { category: "personal_data", confidence: 1, provenance: "model" },
      ],
      [1],
    ],
  ])("covers %s", (_, more, matches, redact) => {
    const set = load(policy("cut", "redact", when, `@redact("personal_data") ${more}`));
    expect(set.decide(ask(matches)).redact).toEqual(redact);
  });

  test("does not apply when it covers nothing", () => {
    const set = load(policy("cut", "redact", when, '@redact("personal_data") @redact_from("900")'));
    expect(set.decide(ask([{ category: "personal_data", confidence: 0.5 }])).verdict).toMatchObject({
      action: "allow",
      policies: [],
    });
  });
});

describe("what a policy may speak of", () => {
  test.each<[string, string, string, PolicyQuestion]>([
    ["who asks", "true", 'principal == User::"ada", action, resource', ask([])],
    [
      "the kind of principal",
      "true",
      "principal is Key, action, resource",
      ask([], { principal: { kind: "Key", id: "k" } }),
    ],
    [
      "groups",
      'principal.groups.contains("contractors")',
      "principal, action, resource",
      ask([], { principal: { kind: "User", id: "x", groups: ["contractors"] } }),
    ],
    ["the route", 'resource.protocol == "openai"', 'principal, action, resource == Route::"assistant"', ask([])],
    ["the model", 'resource.model like "gpt-*"', "principal, action, resource", ask([], { model: "gpt-x" })],
    [
      "an unknown session",
      "!context.session.known",
      "principal, action, resource",
      ask([], { session: { id: "s", risk: 0, known: false } }),
    ],
    [
      "risk",
      "context.session.risk > 700",
      "principal, action, resource",
      ask([], { session: { id: "s", risk: 701, known: true } }),
    ],
    ["what could not be read", "context.unscannable > 0", "principal, action, resource", ask([], { unscannable: 1 })],
    [
      "a tool outside a list",
      '!["search"].contains(context.tool.name)',
      'principal, action == Action::"tool_call", resource',
      ask([], { action: "tool_call", toolCall: { name: "rm" } }),
    ],
    [
      "types by provenance",
      'context.from.model.types.contains("IBAN")',
      "principal, action, resource",
      ask([{ category: "personal_data", confidence: 0.8, type: "IBAN", provenance: "model" }]),
    ],
    [
      "counts",
      "context.count.personal_data >= 2",
      "principal, action, resource",
      ask([
        { category: "personal_data", confidence: 0.1 },
        { category: "personal_data", confidence: 0.1 },
      ]),
    ],
    [
      "a whole record",
      "context.session == {risk: 3, known: true}",
      "principal, action, resource",
      ask([], { session: { id: "s", risk: 3, known: true } }),
    ],
  ])("%s", (_, when, scope, question) => {
    const set = load(policy("p", "throttle", when, "", scope));
    expect(set.decide(question).verdict.action).toBe("throttle");
  });

  test("a policy that overflows counts as one that holds", () => {
    const set = load(policy("big", "block", "context.count.secret * 9223372036854775807 > 5"));
    expect(
      set.decide(
        ask([
          { category: "secret", confidence: 1 },
          { category: "secret", confidence: 1 },
        ]),
      ).verdict.action,
    ).toBe("block");
  });
});
