import { AgentSteps } from "@parapet/model";
import { expect, test } from "vitest";
import {
  exceedsBudget,
  isForbidden,
  isUnexpected,
  learnStep,
  NOTHING_LEARNED,
  STEPS_MAX,
  type LearnedSteps,
  type PastSteps,
} from "./steps.ts";

const steps = AgentSteps.parse({
  expected: { start: ["search*"], "search*": ["search*", "mail/read"], "mail/read": ["mail/send"] },
  forbidden: [{ after: "mail/read", never: "bank/*" }],
});
const after = (...names: string[]): PastSteps => ({ last: names.at(-1), taken: new Set(names) });

test.each<[PastSteps, string, boolean]>([
  [after(), "search_web", false],
  [after(), "mail/read", true],
  [after("search_web"), "mail/read", false],
  [after("search_web", "mail/read"), "mail/send", false],
  [after("search_web", "mail/read"), "search_web", true],
  [after("start"), "search_web", true],
])("after %j the step %s is a deviation of the declared graph: %s", (past, step, deviates) => {
  expect(isUnexpected(steps, NOTHING_LEARNED, past, step)).toBe(deviates);
});

test("what must never follow is forbidden ever after, and when it cannot be told any more", () => {
  expect(isForbidden(steps, after("search_web"), "bank/pay")).toBe(false);
  expect(isForbidden(steps, after("mail/read", "search_web"), "bank/pay")).toBe(true);
  expect(isForbidden(steps, after("mail/read"), "mail/send")).toBe(false);
  expect(isForbidden(steps, after(...Array.from({ length: STEPS_MAX }, (_, n) => `t${n}`)), "bank/pay")).toBe(true);
});

test("a step is expected once two sessions took it, and nothing is a deviation before twenty sessions", () => {
  let learned: LearnedSteps = NOTHING_LEARNED;
  const session = (...names: string[]): void => {
    for (const [at, name] of names.entries()) learned = learnStep(learned, after(...names.slice(0, at)), name, true);
  };
  for (let n = 0; n < 19; n++) session("look", "send");
  expect(isUnexpected(undefined, learned, after("look"), "destroy")).toBe(false);
  session("look", "destroy");
  expect(isUnexpected(undefined, learned, after("look"), "send")).toBe(false);
  expect(isUnexpected(undefined, learned, after("look"), "destroy")).toBe(true);
  session("look", "destroy");
  expect(isUnexpected(undefined, learned, after("look"), "destroy")).toBe(false);
});

test("a loop within one session teaches once", () => {
  let learned: LearnedSteps = NOTHING_LEARNED;
  for (let n = 0; n < 50; n++) learned = learnStep(learned, after(), `t${n % 7}`, true);
  for (let n = 0; n < 9; n++) learned = learnStep(learned, after("loop"), "loop", n === 0);
  expect(isUnexpected(undefined, learned, after("loop"), "loop")).toBe(true);
});

test.each([
  [undefined, false],
  [{ calls: 5 }, true],
  [{ calls: 6 }, false],
  [{ repeats: 2 }, true],
  [{ repeats: 3 }, false],
  [{ tokens: 1_000 }, true],
  [{ minutes: 9 }, true],
  [{ minutes: 10 }, false],
])("with a budget of %j one more call is beyond it: %s", (budget, beyond) => {
  expect(exceedsBudget(budget, { calls: 5, repeats: 2, tokens: 1_000, minutes: 10 })).toBe(beyond);
});
