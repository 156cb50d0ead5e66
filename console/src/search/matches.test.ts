import { ExchangeSummary } from "@parapet/model";
import { expect, test } from "vitest";
import { matchesFilters } from "./matches.ts";

const exchange = ExchangeSummary.parse({
  id: "01a1fd73-9b51-706c-b60d-11f2e1930e11",
  time: "2026-11-21T08:00:00.000Z",
  route: "assistant",
  session: "s-1",
  principal: "user:Maria",
  model: "gpt-4o-mini",
  verdict: "block",
  policy: "block-injection",
  state: "blocked",
  severity: "high",
  categories: ["prompt_injection"],
  matches: 1,
  unscannable: 0,
  latencyMs: 10,
  addedMs: 1,
  streamed: false,
  status: 400,
});

test.each([
  ["no filter", {}, true],
  ["its route", { route: "assistant" }, true],
  ["another route", { route: "support" }, false],
  ["its verdict and category", { verdict: "block", category: "prompt_injection" }, true],
  ["another category", { category: "secret" }, false],
  ["words of its principal in any case", { q: "maria" }, true],
  ["words that it does not hold", { q: "osei" }, false],
  ["stopped", { only: "stopped" }, true],
  ["not fully inspected", { only: "unscannable" }, false],
  ["failed on the way", { only: "failed" }, false],
  ["enforcing would have acted", { only: "would" }, false],
] as const)("an exchange that arrives is held against the filters: %s", (_name, filters, expected) => {
  expect(matchesFilters(exchange, filters)).toBe(expected);
});
