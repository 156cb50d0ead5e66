import type { ReceiptEntry } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { outcomesOf, sidesOf } from "./shape.ts";

const entry = (detector: string, outcome: ReceiptEntry["outcome"], reason?: string): ReceiptEntry => ({
  segment: 0,
  detector,
  version: "1",
  outcome,
  ...(reason !== undefined && { reason }),
});

describe("what became of a text", () => {
  test.each<[string, readonly ReceiptEntry[], readonly string[]]>([
    [
      "how many read it, where all is well",
      [entry("a", "inspected"), entry("b", "skipped", "of another kind")],
      ["inspected by 1 of 2 detectors"],
    ],
    [
      "each reason once, where somebody could not",
      [entry("a", "inspected"), entry("b", "unscannable", "nested too deep"), entry("c", "failed", "it threw")],
      ["inspected by 1 of 3 detectors", "unscannable nested too deep (b)", "failed it threw (c)"],
    ],
    [
      "why, on a route that does not inspect",
      [entry("all", "bypassed", "the route does not inspect")],
      ["bypassed the route does not inspect"],
    ],
    ["that nobody reads such texts", [entry("a", "skipped", "x")], ["skipped no detector reads texts of this kind"]],
    ["nothing, where nothing is known", [], []],
  ])("%s", (_, receipt, expected) => {
    expect(outcomesOf(receipt, 0).map(({ outcome, why }) => `${outcome} ${why}`)).toEqual(expected);
  });
});

test.each([
  ["openai", "request"],
  ["mcp", "response"],
  ["a2a", "response"],
])("over %s, what was asked are the texts of the direction %s", (protocol, direction) => {
  expect(sidesOf(protocol)[0]).toEqual({ title: "Request", direction });
});
