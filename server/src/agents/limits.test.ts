import { BusinessLimit, type ArgumentRole } from "@parapet/model";
import { assert, boolean, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { exceedsAlone, limitsOf, measureArguments, measureCall, readAmount, type LimitedCall } from "./limits.ts";

const limit = (rest: object): BusinessLimit =>
  BusinessLimit.parse({ id: "pay", tools: ["pay*"], measure: "amount", each: 100, ...rest });
const call = (...values: [role: ArgumentRole | undefined, value: unknown][]): LimitedCall => ({
  agent: "clerk",
  server: "bank",
  tool: "pay_invoice",
  values: values.map(([role, value]) => ({ role, value })),
});

describe("an amount", () => {
  test.each([
    ["1200", 1200],
    ["1,200.50", 1200.5],
    ["1.200,50", 1200.5],
    ["1 200,50 €", 1200.5],
    ["EUR 12.5", 12.5],
    ["CHF 1'200.–", undefined],
    ["CHF 1’200.00", 1200],
    ["1.234", 1234],
    ["1,23", 1.23],
    ["1,234,567", 1_234_567],
    ["１２３", 123],
    ["-5", undefined],
    ["−5", undefined],
    ["5-", undefined],
    ["(5)", undefined],
    ["5 and 7", undefined],
    ["twelve", undefined],
    ["", undefined],
    ["1e9", undefined],
    ["0x10", undefined],
  ])("%s is %s", (text, amount) => {
    expect(readAmount(text)).toBe(amount);
  });

  test("is what was written, whatever groups and decimals look like", () => {
    assert(
      property(integer({ min: 0, max: 1e9 }), integer({ min: 0, max: 99 }), boolean(), (whole, part, comma) => {
        const grouped = whole.toLocaleString(comma ? "de-DE" : "en-US");
        const text = `${grouped}${comma ? "," : "."}${part.toString().padStart(2, "0")}`;
        expect(readAmount(text)).toBe(Number(`${whole}.${part.toString().padStart(2, "0")}`));
      }),
    );
  });
});

describe("a call adds", () => {
  test.each<[string, BusinessLimit["measure"], LimitedCall, number | undefined]>([
    ["itself", "calls", call(), 1],
    ["all of its amounts", "amount", call(["amount", 20], ["amount", "30,5"], ["content", 900]), 50.5],
    ["nothing readable without an amount", "amount", call(["content", 20]), undefined],
    ["nothing readable with a negative one", "amount", call(["amount", 20], ["amount", -5]), undefined],
    ["nothing readable with a list for one", "amount", call(["amount", true]), undefined],
    [
      "each recipient once",
      "recipients",
      call(["recipient", "a@x.example, B@x.example"], ["recipient", "b@x.example"]),
      2,
    ],
    ["nothing readable when the arguments are none", "amount", { ...call(), values: undefined }, undefined],
  ])("%s", (_, measure, made, amount) => {
    expect(measureCall(measure, made)).toBe(amount);
  });
});

test("the arguments amount to numbers, people and hosts that policies read", () => {
  const { values } = call(
    ["amount", "12,345"],
    ["count", 3],
    ["recipient", "Bo@Fern.example"],
    ["url", "https://Files.example/a?b=c"],
    ["host", "10.0.0.1:8080"],
    ["content", "https://not-looked-at.example"],
  );
  expect(measureArguments(values)).toEqual({
    amount: 1_234_500,
    count: 3,
    recipients: ["bo@fern.example"],
    hosts: ["files.example", "10.0.0.1", "fern.example"],
  });
  expect(measureArguments(undefined)).toMatchObject({ amount: -1, count: -1 });
  expect(measureArguments(call(["amount", 0.001]).values)).toMatchObject({ amount: 1 });
  expect(measureArguments(call(["amount", 1e300]).values)).toMatchObject({ amount: Number.MAX_SAFE_INTEGER });
});

describe("a limit", () => {
  test.each([
    [{}, true],
    [{ tools: ["bank/*"] }, true],
    [{ tools: ["shop/*"] }, false],
    [{ tools: ["pay"] }, false],
    [{ agents: ["clerk"] }, true],
    [{ agents: ["cl*", "x"] }, true],
    [{ agents: ["pilot"] }, false],
  ])("of %j counts the call: %s", (rest, counts) => {
    expect(limitsOf([limit(rest)], call()).length).toBe(counts ? 1 : 0);
  });

  test.each([
    [{}, 100, false],
    [{}, 100.01, true],
    [{}, undefined, true],
    [{ each: undefined, total: { most: 50 } }, 51, true],
  ])("of %j is exceeded by %s alone: %s", (rest, amount, exceeded) => {
    expect(exceedsAlone(limit(rest), amount, 0)).toBe(exceeded);
  });

  const office = { from: "08:00", to: "18:00", days: ["mon", "tue", "wed", "thu", "fri"], zone: "Europe/Vienna" };
  const night = { from: "22:00", to: "06:00", days: ["fri"] };
  test.each([
    [office, "2026-11-20T07:00:00Z", false],
    [office, "2026-11-20T06:59:00Z", true],
    [office, "2026-11-20T16:59:00Z", false],
    [office, "2026-11-20T17:00:00Z", true],
    [office, "2026-11-21T10:00:00Z", true],
    [night, "2026-11-20T23:00:00Z", false],
    [night, "2026-11-21T05:59:00Z", false],
    [night, "2026-11-21T23:00:00Z", true],
    [night, "2026-11-20T05:00:00Z", true],
  ])("between %j is exceeded at %s: %s", (between, time, exceeded) => {
    expect(exceedsAlone(limit({ between }), 1, Date.parse(time))).toBe(exceeded);
  });

  test.each([
    [{ each: undefined }, "bounds nothing"],
    [{ between: { ...office, zone: "Europe/Nowhere" } }, "is no time zone"],
    [{ between: { ...office, from: "8" } }, "is a time such as 08:30"],
  ])("%j is refused: %s", (rest, message) => {
    const read = BusinessLimit.safeParse({ id: "pay", tools: ["pay"], each: 1, ...rest });
    expect(read.success ? "" : read.error.message).toContain(message);
  });
});
