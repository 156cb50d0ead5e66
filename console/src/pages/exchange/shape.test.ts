import type { ReceiptEntry } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { missingOf, outcomesOf, sidesOf } from "./shape.ts";

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
    expect(outcomesOf(receipt).map(({ outcome, why }) => `${outcome} ${why}`)).toEqual(expected);
  });
});

test.each([
  ["openai", "request"],
  ["mcp", "response"],
  ["a2a", "response"],
])("over %s, what was asked are the texts of the direction %s", (protocol, direction) => {
  expect(sidesOf(protocol)[0]).toEqual({ title: "Request", direction });
});

const outline = (cut: boolean) => ({ direction: "response" as const, members: [], cut });
const side = { title: "Response", direction: "response" } as const;

test.each<[string, Parameters<typeof missingOf>[0], RegExp | undefined]>([
  ["nothing, of a whole body", { outlines: [outline(false)], capture: "full", streamed: false }, undefined],
  ["a part of it", { outlines: [outline(true)], capture: "redacted", streamed: false }, /only a part is kept/],
  ["all, where no text is kept", { outlines: [], capture: "hash", streamed: false }, /keeps no text/],
  ["all, with what was erased", { outlines: [], capture: "erased", streamed: true }, /went with them/],
  ["the events of a stream", { outlines: [], capture: "full", streamed: true }, /the events themselves are not kept/],
  ["all, of an older record", { outlines: [], capture: "full", streamed: false }, /was not kept/],
])("what is missing of an answer is said: %s", (_, exchange, expected) => {
  const sentence = missingOf(exchange, side, true);
  if (expected === undefined) expect(sentence).toBeUndefined();
  else expect(sentence).toMatch(expected);
});
