import { describe, expect, test } from "vitest";
import { DEFAULT_TENANT } from "@parapet/model";
import { createUsualCalls, KeptUsual } from "./usual.ts";

const names = { tenant: DEFAULT_TENANT, actor: "clerk", server: "", tool: "transfer" };
const learned = (calls: readonly object[]) => {
  const usual = createUsualCalls(Buffer.alloc(32, 1));
  for (const call of calls) usual.note(names, JSON.stringify(call));
  return usual;
};
const PAST = [
  { to: "DE1", amount: 10, memo: "one" },
  { to: "DE2", amount: 120, memo: "two" },
  { to: "DE1", amount: 20, memo: "three" },
  { to: "DE2", amount: 30, memo: "four" },
  { to: "DE1", amount: 40, memo: "five" },
];

describe("how a call differs from usual", () => {
  test.each([
    ["nothing, where all was there before", PAST, { to: "DE2", amount: 50, memo: "six" }, []],
    ["a recipient that was never there", PAST, { to: "XX9", amount: 50, memo: "six" }, ["new-value /to"]],
    ["an amount higher than ever", PAST, { to: "DE1", amount: 5_000, memo: "six" }, ["higher /amount"]],
    ["an amount lower than ever", PAST, { to: "DE1", amount: -1, memo: "six" }, ["lower /amount"]],
    ["an argument that is new", PAST, { to: "DE1", amount: 50, memo: "x", bcc: "eve" }, ["new-argument /bcc"]],
    ["the first call of all", [], { to: "DE1" }, ["first-call "]],
  ])("is %s", (_name, past, call, expected) => {
    const found = learned(past).differences(names, JSON.stringify(call));
    expect(found.map(({ kind, path }) => `${kind} ${path}`)).toEqual(expected);
  });

  test("tells each new target, also where values hardly come again, and whatever its place in a list", () => {
    const past = ["a", "b", "c", "d"].map((to) => ({ to: [to] }));
    const call = JSON.stringify({ to: ["a", "e"] });
    const targets = new Set(["/to/0", "/to/1"]);
    expect(learned(past).differences(names, call)).toEqual([]);
    expect(
      learned(past)
        .differences(names, call, targets)
        .map(({ path }) => path),
    ).toEqual(["/to/1"]);
  });

  test("says how much it is compared with", () => {
    const [found] = learned(PAST).differences(names, '{"to":"DE1","amount":5000,"memo":"x"}');
    expect(found?.sentence).toBe("amount is 5,000, higher than ever: at most 120 in 5 earlier calls");
  });

  test("is bounded, whatever the arguments", () => {
    const usual = learned(PAST);
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, at])));
    expect(usual.differences(names, wide)).toHaveLength(12);
    expect(usual.differences(names, "no json")).toEqual([]);
  });

  test("is known after a restart as before, and not after an erasure", () => {
    const call = '{"to":"XX9","amount":5000,"memo":"x"}';
    const before = learned(PAST);
    const kept = before.takeChanged().map((one) => KeptUsual.parse(JSON.parse(JSON.stringify(one))));
    expect(JSON.stringify(kept)).not.toContain("DE1");
    expect(before.takeChanged()).toEqual([]);
    const after = createUsualCalls(Buffer.alloc(32, 1));
    after.restore(kept);
    expect(after.differences(names, call)).toEqual(before.differences(names, call));
    after.forget(DEFAULT_TENANT, "clerk");
    expect(after.differences(names, call).map(({ kind }) => kind)).toEqual(["first-call"]);
  });
});
