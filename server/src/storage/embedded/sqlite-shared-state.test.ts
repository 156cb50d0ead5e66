import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeClock } from "#platform";
import { expect, test } from "vitest";
import { describeSharedState } from "../contract/shared-state.ts";
import { openSqliteSharedState } from "./sqlite-shared-state.ts";

const KEY = Buffer.alloc(32, 7);
const place = (): string => join(mkdtempSync(join(tmpdir(), "shared-state-")), "state.db");

describeSharedState("the shared state in a file", async () => {
  const clock = fakeClock();
  const path = place();
  return { open: async () => openSqliteSharedState(path, KEY, clock), pass: async (ms) => clock.advance(ms) };
});

test("totals and values outlive a restart, what is over does not, and no key stands in the file", async () => {
  const clock = fakeClock();
  const path = place();
  const first = openSqliteSharedState(path, KEY, clock);
  const day = 86_400_000;
  await first.increment("default/limit/payments/user:ada", 300, day, clock.now());
  await first.set("default/session/ada-42", "tainted", 60_000);
  await first.set("default/session/short", "gone", 1_000);
  await first.close();
  clock.advance(2_000);
  const second = openSqliteSharedState(path, KEY, clock);
  expect(await second.increment("default/limit/payments/user:ada", 200, day, clock.now())).toBe(500);
  expect(await second.get("default/session/ada-42")).toBe("tainted");
  expect(await second.get("default/session/short")).toBeUndefined();
  await second.close();
  const folder = join(path, "..");
  const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  expect(bytes.some((text) => text.includes("ada"))).toBe(false);
});

test("a flood of keys leaves no more behind than memory holds", async () => {
  const clock = fakeClock();
  const path = place();
  const first = openSqliteSharedState(path, KEY, clock, 100);
  for (let index = 0; index < 1_000; index += 1) await first.set(`default/${index}`, `v${index}`, 60_000 + index);
  await first.close();
  const second = openSqliteSharedState(path, KEY, clock, 1_000);
  const kept = [];
  for (let index = 0; index < 1_000; index += 1) {
    if ((await second.get(`default/${index}`)) !== undefined) kept.push(index);
  }
  await second.close();
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(100);
  expect(kept.at(-1)).toBe(999);
});
