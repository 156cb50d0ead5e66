import { fakeClock } from "#platform";
import { expect, test } from "vitest";
import { describeSharedState } from "../contract/shared-state.ts";
import { openMemorySharedState } from "./memory-shared-state.ts";

describeSharedState("the memory shared state", async () => {
  const clock = fakeClock();
  return { open: async () => openMemorySharedState(clock), pass: async (ms) => clock.advance(ms) };
});

test("a flood of keys stays within the bound and keeps the newest", async () => {
  const state = openMemorySharedState(fakeClock(), 100);
  for (let index = 0; index < 1_000; index += 1) await state.set(`default/${String(index)}`, "x", 60_000);
  const kept = [];
  for (let index = 0; index < 1_000; index += 1) {
    if ((await state.get(`default/${String(index)}`)) !== undefined) kept.push(index);
  }
  expect(kept.length).toBeLessThanOrEqual(100);
  expect(kept.at(-1)).toBe(999);
});
