import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BehaviourConfiguration, DEFAULT_TENANT, ProbeConfiguration, ProbeRun } from "@parapet/model";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeClock, silentLogger, type FakeClock } from "#platform";
import { openSqliteControlStore, type ControlStore } from "#storage";
import { hourlyStore } from "./hourly-store.fixture.ts";
import { createProbes } from "./probes.ts";
import { HOUR_MS } from "./tools.ts";

let directory: string;
let control: ControlStore;
let clock: FakeClock;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parapet-probes-"));
  control = openSqliteControlStore(join(directory, "control.db"));
  clock = fakeClock(Date.UTC(2026, 0, 5));
});
afterEach(async () => {
  await control.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Model {
  readonly name: string;
  readonly say: (prompt: string) => string;
}
const calm: Model = {
  name: "small-2026",
  say: (prompt) => `Certainly. On ${prompt.slice(0, 40)} there is this to say, in short.`,
};
const other: Model = {
  name: "small-2026",
  say: (prompt) => `Well! ${prompt.toUpperCase()} — who knows, friend, what the sea brings tomorrow?`,
};
const prim: Model = {
  name: "small-2026",
  say: (prompt) => (prompt.length > 60 ? "I'm sorry, I can't help with that." : calm.say(prompt)),
};

const runWith = async (model: Model | undefined): Promise<readonly string[]> => {
  const bodies: string[] = [];
  const tools = {
    tenant: DEFAULT_TENANT,
    events: hourlyStore([]),
    control,
    clock,
    logger: silentLogger,
    settings: BehaviourConfiguration.parse({}),
    assets: [],
  };
  const probes = createProbes(tools, {
    probes: [ProbeConfiguration.parse({ id: "daily", route: "assistant", model: "small" })],
    key: Buffer.alloc(32, 1),
    signatureSeed: 1,
    send: async (_route, body) => {
      bodies.push(body);
      if (model === undefined) return { status: 502, text: "{}" };
      const asked: { messages: { content: string }[] } = JSON.parse(body);
      const content = model.say(asked.messages[0]?.content ?? "");
      return { status: 200, text: JSON.stringify({ model: model.name, choices: [{ message: { content } }] }) };
    },
  });
  await probes.runDue();
  clock.advance(24 * HOUR_MS);
  return bodies;
};
const newest = async () => ProbeRun.parse((await control.listNotes(DEFAULT_TENANT, "probe"))[0]?.data);
const findings = async () => (await control.listFindings(DEFAULT_TENANT, { limit: 10 })).items;

test("a probe says that it learns, then that the model is as it was, and keeps no text", async () => {
  await runWith(calm);
  expect((await newest()).sentence).toBe("learning: 0 of 3 earlier runs");
  for (let run = 0; run < 4; run += 1) await runWith(calm);
  expect(await newest()).toMatchObject({ changed: false, answeredBy: "small-2026", failed: 0 });
  expect((await newest()).sentence).toContain("12 of 12 answers are the same as before");
  expect(await findings()).toEqual([]);
  expect(JSON.stringify(await control.listNotes(DEFAULT_TENANT, "probe"))).not.toMatch(/Certainly|Jupiter/);
});

test.each([
  ["answers in other words", other],
  ["declines what it answered", prim],
])("a model that silently %s is a finding and a change", async (_, changed) => {
  for (let run = 0; run < 4; run += 1) await runWith(calm);
  await runWith(changed);
  const [found] = await findings();
  expect(found).toMatchObject({ rule: "drift.probe", entities: { route: "assistant", model: "small" } });
  expect(found?.description).toContain("the answers name no other model than before");
  expect((await control.listNotes(DEFAULT_TENANT, "change")).map(({ subject }) => subject)).toEqual(["model small"]);
});

test("after a change the new model is learned, and the next change is told too", async () => {
  for (let run = 0; run < 4; run += 1) await runWith(calm);
  for (let run = 0; run < 5; run += 1) await runWith(other);
  expect((await newest()).changed).toBe(false);
  await runWith(calm);
  expect((await newest()).changed).toBe(true);
  expect((await findings()).map(({ count }) => count)).toEqual([2]);
});

test("answers that name another model are a change, and a finding only when they differ", async () => {
  for (let run = 0; run < 4; run += 1) await runWith(calm);
  await runWith({ ...calm, name: "small-2027" });
  expect(await findings()).toEqual([]);
  expect(JSON.stringify(await control.listNotes(DEFAULT_TENANT, "change"))).toContain(
    "answered by small-2027, before by small-2026",
  );
});

test("an upstream that does not answer is said, and compared with nothing", async () => {
  for (let run = 0; run < 4; run += 1) await runWith(calm);
  await runWith(undefined);
  expect((await newest()).sentence).toContain("12 of 12 prompts were not answered");
  await runWith(calm);
  expect((await newest()).changed).toBe(false);
  expect(await findings()).toEqual([]);
});

test("a probe that ran is not due again, nor after a restart, until its hours are over", async () => {
  await runWith(calm);
  clock.advance(-2 * HOUR_MS);
  expect(await runWith(calm)).toEqual([]);
});
