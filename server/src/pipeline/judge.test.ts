import { ACTIONS, type Action, type Mode, type Verdict } from "@parapet/model";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PolicyQuestion } from "#policy";
import { judge, stops, strengthen, strongerVerdict } from "./judge.ts";
import { noPolicies, routeOf } from "./pipeline.fixture.ts";

const question = (mode: Mode): PolicyQuestion => ({
  tenant: "default",
  principal: { kind: "Anonymous", id: "anonymous" },
  agent: "",
  key: "",
  action: "request",
  route: "assistant",
  protocol: "openai",
  model: "gpt-test",
  mode,
  matches: [],
  unscannable: 0,
  session: { id: "", risk: 0, known: false },
  streamed: false,
});

const NOTHING = { failed: 0, unscannable: 0, unreadableParts: 0 };
const FAILED = { ...NOTHING, failed: 1 };
const UNSCANNABLE = { ...NOTHING, unscannable: 1 };
const UNREADABLE = { ...NOTHING, unscannable: 1, unreadableParts: 1 };

describe("what could not be inspected", () => {
  // what, on_failure, unscannable, file's mode, mode in force → action, would, bypassed
  test.each([
    ["nothing", NOTHING, "closed", "block", "enforce", "enforce", "allow", "allow", 0],
    ["a failure", FAILED, "closed", "allow", "enforce", "enforce", "block", "block", 0],
    ["a failure", FAILED, "open", "allow", "enforce", "enforce", "allow", "allow", 1],
    ["a failure", FAILED, undefined, "allow", "enforce", "enforce", "block", "block", 0],
    ["a failure", FAILED, undefined, "allow", "observe", "observe", "allow", "allow", 1],
    ["a failure, enforced from the console", FAILED, undefined, "allow", "observe", "enforce", "block", "block", 0],
    ["a failure, observed from the console", FAILED, undefined, "allow", "enforce", "observe", "allow", "allow", 1],
    ["a failure", FAILED, "closed", "allow", "observe", "observe", "observe", "block", 1],
    ["an unscannable text", UNSCANNABLE, "closed", "allow", "enforce", "enforce", "block", "block", 0],
    ["an unscannable text", UNSCANNABLE, "open", "allow", "enforce", "enforce", "allow", "allow", 1],
    ["an unscannable text", UNSCANNABLE, "open", "block", "enforce", "enforce", "allow", "allow", 1],
    ["an unreadable part", UNREADABLE, "closed", "allow", "enforce", "enforce", "allow", "allow", 0],
    ["an unreadable part", UNREADABLE, "closed", "block", "enforce", "enforce", "block", "block", 0],
    ["an unreadable part", UNREADABLE, "open", "block", "enforce", "enforce", "block", "block", 0],
    ["an unreadable part", UNREADABLE, "open", "block", "observe", "observe", "observe", "block", 0],
  ] as const)(
    "%s on_failure=%3$s unscannable=%4$s file=%5$s in force=%6$s",
    (_, inspected, on_failure, unscannable, file, mode, action, would, bypassed) => {
      const route = routeOf({ mode: file, unscannable, ...(on_failure !== undefined && { on_failure }) });
      const refusedParts = unscannable === "block" ? inspected.unreadableParts : 0;
      const judgement = judge(noPolicies, question(mode), { ...inspected, refusedParts }, route);
      expect([judgement.verdict.action, judgement.verdict.would, judgement.bypassed]).toEqual([
        action,
        would,
        bypassed,
      ]);
      expect(judgement.verdict.policy !== undefined).toBe(action !== "allow");
    },
  );
});

const verdictOf = (action: Action, would: Action = action): Verdict => ({
  action,
  would,
  ...(would !== "allow" && { policy: `p-${would}` }),
  policies: would === "allow" ? [] : [{ id: `p-${would}`, action: would, severity: "high", message: "m" }],
  policyVersion: "v",
});

const anyVerdict = fc.oneof(
  fc.constantFrom(...ACTIONS.filter((action) => action !== "observe")).map((action) => verdictOf(action)),
  fc.constantFrom<Action>("redact", "throttle", "hold", "block").map((would) => verdictOf("observe", would)),
);

describe("two verdicts", () => {
  test("the stronger one wins in either order, and the policy named is the one that decided", () => {
    fc.assert(
      fc.property(anyVerdict, anyVerdict, (a, b) => {
        const one = strongerVerdict(a, b);
        const other = strongerVerdict(b, a);
        expect([one.action, one.policy]).toEqual([other.action, other.policy]);
        expect(ACTIONS.indexOf(one.action)).toBe(Math.max(ACTIONS.indexOf(a.action), ACTIONS.indexOf(b.action)));
        expect(ACTIONS.indexOf(one.would)).toBe(Math.max(ACTIONS.indexOf(a.would), ACTIONS.indexOf(b.would)));
        expect(new Set(one.policies.map(({ id }) => id))).toEqual(
          new Set([...a.policies, ...b.policies].map(({ id }) => id)),
        );
        if (one.action === "observe" && a.action === b.action) expect(one.policy).toBe(`p-${one.would}`);
      }),
    );
    expect(strongerVerdict(verdictOf("block"), undefined)).toEqual(verdictOf("block"));
  });

  test.each([
    ["allow", "enforce", "block", "builtin"],
    ["redact", "enforce", "block", "builtin"],
    ["block", "enforce", "block", "p-block"],
    ["allow", "observe", "observe", "builtin"],
  ] as const)(
    "a built-in refusal over %s while the route is to %s makes it %s by %s",
    (action, mode, expected, policy) => {
      const applied = { id: "builtin", action: "block", severity: "high", message: "m" } as const;
      const verdict = strengthen(verdictOf(action), applied, mode);
      expect([verdict.action, verdict.would, verdict.policy]).toEqual([expected, "block", policy]);
      expect(verdict.policies.map(({ id }) => id)).toContain("builtin");
    },
  );

  test("allow, observe and redact go on; everything stronger ends the exchange", () => {
    expect(ACTIONS.filter((action) => !stops(verdictOf(action)))).toEqual(["allow", "observe", "redact"]);
  });
});
