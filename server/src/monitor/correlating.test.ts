import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TENANT, type Finding } from "@parapet/model";
import { afterAll, expect, test } from "vitest";
import { fakeClock, silentLogger } from "#platform";
import { loadRules } from "#rules";
import { openSqliteControlStore, type Hit } from "#storage";
import { createCorrelating } from "./correlating.ts";
import { memoryEventStore } from "./monitor.fixture.ts";

const RULES = `
title: Failed
name: failed
logsource: {product: ai, service: audit}
detection: {s: {outcome: failure}, condition: s}
---
title: Many failures
name: many
level: high
correlation: {type: event_count, rules: [failed], group-by: [actor], timespan: 10m, condition: {gte: 3}}
parapet: {title: "{actor} failed often"}
---
title: Pair of failures
name: pair
correlation: {type: event_count, rules: [failed], group-by: [actor], timespan: 10m, condition: {gte: 6}}
---
title: Pairs
name: pairs
correlation: {type: event_count, rules: [pair], group-by: [actor], timespan: 1h, condition: {gte: 1}}
---
title: Few failures
name: few
correlation: {type: event_count, rules: [failed], group-by: [actor], timespan: 10m, condition: {eq: 1}}
`;
const { set } = loadRules([{ path: "r.yml", text: RULES }]);

const directory = mkdtempSync(join(tmpdir(), "parapet-correlating-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let places = 0;

const setUp = () => {
  places += 1;
  const clock = fakeClock(Date.UTC(2026, 10, 21, 10));
  const control = openSqliteControlStore(join(directory, `control-${places}.db`));
  const events = memoryEventStore();
  let batch = 0;
  const add = async (...minutes: readonly number[]): Promise<void> => {
    batch += 1;
    const hits = minutes.map((minute): Hit => ({
      tenant: DEFAULT_TENANT,
      rule: "failed",
      version: "v",
      event: `event-${minute}`,
      time: new Date(Date.UTC(2026, 10, 21, 10, minute)).toISOString(),
      exchange: `exchange-${minute}`,
      fields: { actor: "user:a" },
    }));
    await events.insertHits(hits, clock.now(), String(batch));
  };
  const looking = () =>
    createCorrelating({ rules: () => set, events, control, assets: [], clock, logger: silentLogger });
  const findings = async (rule: string): Promise<readonly Finding[]> =>
    (await control.listFindings(DEFAULT_TENANT, { limit: 50, rule })).items;
  return { clock, control, add, looking, findings };
};

test("says how many looks there were, what they found and how far behind it is", async () => {
  const { add, looking, clock } = setUp();
  const correlating = looking();
  clock.advance(40_000);
  expect(correlating.figures()).toMatchObject({ looks: 0, findings: 0, behindMs: 40_000 });
  await add(0, 1, 2);
  await correlating.tick();
  clock.advance(5_000);
  expect(correlating.figures()).toMatchObject({ looks: 1, failures: 0, findings: 1, clipped: 0, behindMs: 5_000 });
});

test("a correlation that holds is one finding with its group and its events, however often it is looked at", async () => {
  const { add, looking, findings, clock } = setUp();
  await add(0, 1, 2);
  clock.advance(180_000);
  const correlating = looking();
  expect(await correlating.tick()).toBe(1);
  expect(await correlating.tick()).toBe(0);
  // A restart begins with all that may still matter.
  expect(await looking().tick()).toBe(0);
  expect(await findings("many")).toMatchObject([
    {
      title: "user:a failed often",
      severity: "high",
      count: 1,
      entities: { actor: "user:a" },
      events: ["event-2", "event-1", "event-0"],
      exchanges: ["exchange-2", "exchange-1", "exchange-0"],
      firstSeen: "2026-11-21T10:00:00.000Z",
      lastSeen: "2026-11-21T10:02:00.000Z",
    },
  ]);
});

test("what goes on widens the finding, what comes back counts, and what is late is not lost", async () => {
  const { add, looking, findings, clock } = setUp();
  const correlating = looking();
  await add(0, 2);
  clock.advance(180_000);
  expect(await correlating.tick()).toBe(0);
  await add(1);
  expect(await correlating.tick()).toBe(1);
  await add(3);
  expect(await correlating.tick()).toBe(1);
  expect((await findings("many")).map(({ count, lastSeen }) => [count, lastSeen])).toEqual([
    [1, "2026-11-21T10:03:00.000Z"],
  ]);
  await add(30, 31, 32);
  clock.advance(30 * 60_000);
  expect(await correlating.tick()).toBe(1);
  expect((await findings("many")).map(({ count }) => count)).toEqual([2]);
});

test("a resolved finding that comes back is a new one, and what it knew does not bring it back", async () => {
  const { add, looking, findings, clock, control } = setUp();
  const correlating = looking();
  await add(0, 1, 2);
  clock.advance(180_000);
  await correlating.tick();
  const [first] = await findings("many");
  if (first === undefined) throw new Error("no finding");
  await control.putFinding(DEFAULT_TENANT, { ...first, status: "resolved" });
  expect(await correlating.tick()).toBe(0);
  await add(3);
  expect(await correlating.tick()).toBe(1);
  expect((await findings("many")).map(({ status }) => status).toSorted()).toEqual(["new", "resolved"]);
});

test("what somebody decides while a correlation that found it again is being stored stands", async () => {
  const { add, looking, findings, clock, control } = setUp();
  const correlating = looking();
  await add(0, 1, 2);
  clock.advance(180_000);
  await correlating.tick();
  await add(3);
  // Between reading the finding and storing it again the look asks for exceptions.
  const { listExceptions } = control;
  control.listExceptions = async (tenant, nowMs) => {
    const [first] = await findings("many");
    if (first?.status === "new")
      await control.changeFinding(tenant, first.id, (stored) => ({
        ...stored,
        status: "false_positive",
        owner: "ada",
        history: [...stored.history, { time: "2026-11-21T10:03:00.000Z", actor: "ada", change: "no" }],
      }));
    return listExceptions(tenant, nowMs);
  };
  expect(await correlating.tick()).toBe(1);
  expect(await findings("many")).toMatchObject([
    { status: "false_positive", owner: "ada", lastSeen: "2026-11-21T10:03:00.000Z", history: [{}, { actor: "ada" }] },
  ]);
});

test("a condition with an upper bound is judged when its time is over, without another hit", async () => {
  const { add, looking, findings, clock } = setUp();
  const correlating = looking();
  await add(0);
  clock.advance(60_000);
  await correlating.tick();
  expect(await findings("few")).toEqual([]);
  clock.advance(11 * 60_000);
  await correlating.tick();
  expect((await findings("few")).length).toBe(1);
});

test("a correlation that serves another one is no finding of its own", async () => {
  const { add, looking, findings, clock } = setUp();
  await add(0, 1, 2, 3, 4, 5);
  clock.advance(180_000);
  await looking().tick();
  expect(await findings("pair")).toEqual([]);
  expect(await findings("pairs")).toHaveLength(1);
});
