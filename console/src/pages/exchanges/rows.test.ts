import { ExchangeSummary } from "@parapet/model";
import { expect, test } from "vitest";
import { mergeRows, withArrival } from "./rows.ts";

const row = (last: string, second: number, state = "completed") =>
  ExchangeSummary.parse({
    id: `01a1fd73-9b51-706c-b60d-11f2e1930e0${last}`,
    time: `2026-11-21T08:00:0${second}.000Z`,
    route: "a",
    session: "",
    principal: "",
    model: "",
    verdict: "allow",
    state,
    severity: "low",
    categories: [],
    matches: 0,
    unscannable: 0,
    latencyMs: 1,
    addedMs: 0,
    streamed: false,
    status: 200,
  });

test("what arrived later replaces the line of the same exchange and the newest stand first", () => {
  const merged = mergeRows([row("2", 5), row("1", 1, "completed")], [row("1", 1, "open"), row("0", 0)]);
  expect(merged.map(({ id, state }) => `${id.at(-1) ?? ""} ${state}`)).toEqual([
    "2 completed",
    "1 completed",
    "0 completed",
  ]);
});

test("arrivals are kept once each and no more than the limit", () => {
  const rows = withArrival(withArrival(withArrival([], row("1", 1, "open"), 2), row("2", 2), 2), row("1", 1), 2);
  expect(rows.map(({ id, state }) => `${id.at(-1) ?? ""} ${state}`)).toEqual(["1 completed", "2 completed"]);
  expect(withArrival(rows, row("3", 3), 2)).toHaveLength(2);
});
