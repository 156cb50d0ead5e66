import { expect, test } from "vitest";
import { fakeClock } from "#platform";
import { openMemorySharedState } from "#storage";
import { createSessionSteps, DIGEST_UNITS, repeatsOf, withRepeat } from "./session-steps.ts";

test("what an earlier version kept of a session is known, its repeated calls too", async () => {
  const clock = fakeClock();
  const shared = openMemorySharedState(clock);
  const [once, often, other] = ["a", "b", "c"].map((digit) => digit.repeat(DIGEST_UNITS));
  const steps = { last: "pay", taken: ["pay"], edges: ["read pay"], calls: 4, startedMs: 7 };
  const repeats = { [String(once)]: 1, [String(often)]: 300 };
  await shared.set("s", JSON.stringify({ ...steps, repeats }), 1_000);
  const sessions = createSessionSteps(shared, clock);
  const known = await sessions.read("s");
  expect(known).toMatchObject(steps);
  const after = withRepeat(known.repeats, String(often));
  expect([once, often, other].map((digest) => repeatsOf(after, String(digest)))).toEqual([1, 301, 0]);
});
