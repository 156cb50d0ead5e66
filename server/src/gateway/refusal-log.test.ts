import { expect, test } from "vitest";
import { createRefusalLog } from "./refusal-log.ts";

test("a flood of one kind is recorded sixty times a minute, and the rest is counted in the next record", () => {
  const log = createRefusalLog();
  const first = Array.from({ length: 90 }, () => log.admit("10.0.0.1 demo unauthorized", 1_000));
  expect(first.filter((one) => one !== undefined)).toHaveLength(60);
  expect(log.admit("10.0.0.1 demo unauthorized", 61_001)).toBe(30);
  expect(log.admit("10.0.0.1 demo unauthorized", 61_002)).toBe(0);
});

test("kinds do not silence each other, and a million of them share one allowance", () => {
  const log = createRefusalLog();
  for (let index = 0; index < 90; index++) log.admit("a", 1_000);
  expect(log.admit("b", 1_000)).toBe(0);
  const recorded = Array.from({ length: 5_000 }, (_, index) => log.admit(`address ${index}`, 1_000));
  expect(recorded.filter((one) => one !== undefined).length).toBeLessThanOrEqual(1_060);
});
