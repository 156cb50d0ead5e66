import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BehaviourConfiguration,
  DEFAULT_TENANT,
  DriftState,
  EventId,
  HourlyRow,
  type Event,
  type Finding,
} from "@parapet/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakeClock, silentLogger, type FakeClock } from "#platform";
import { openSqliteControlStore, type ControlStore } from "#storage";
import { createBehaviour } from "./behaviour.ts";
import { readBaselines } from "./baselines.ts";
import { hourlyStore } from "./hourly-store.fixture.ts";
import { DAY_MS, HOUR_MS } from "./tools.ts";

/** A Monday, three weeks before the day that is looked at. */
const START_MS = Date.UTC(2026, 0, 5);
const TODAY_MS = START_MS + 21 * DAY_MS;

let directory: string;
let control: ControlStore;
let clock: FakeClock;
let rows: HourlyRow[];
let events: Event[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parapet-behaviour-"));
  control = openSqliteControlStore(join(directory, "control.db"));
  clock = fakeClock(TODAY_MS);
  rows = [];
  events = [];
});
afterEach(async () => {
  await control.close();
  rmSync(directory, { recursive: true, force: true });
});

const tools = () => ({
  tenant: DEFAULT_TENANT,
  events: hourlyStore(rows, events),
  control,
  clock,
  logger: silentLogger,
  settings: BehaviourConfiguration.parse({}),
  assets: [],
  subjects: { existing: async () => undefined },
  signatureSeed: 1,
});
/** As after a restart: nothing is remembered but what is stored. */
const look = () => createBehaviour(tools()).look();

const ZERO = {
  events: 0,
  exchanges: 0,
  inputTokens: 0,
  outputTokens: 0,
  errors: 0,
  refusals: 0,
  blocks: 0,
  nearMisses: 0,
  prompts: 0,
  latencies: 0,
  latencyLog: 0,
  addedLog: 0,
};
const row = (id: string, hourMs: number, count: number, change: Partial<HourlyRow> = {}): HourlyRow =>
  HourlyRow.parse({
    tenant: DEFAULT_TENANT,
    dimension: "principal",
    id,
    hourMs,
    counts: { ...ZERO, events: count, exchanges: count, inputTokens: 100 * count },
    values: { "tool=search": count, "route=assistant": count },
    cells: {},
    samples: [],
    ...change,
  });
const live = (fromMs: number, untilMs: number, make: (hourMs: number) => HourlyRow): void => {
  for (let hourMs = fromMs; hourMs < untilMs; hourMs += HOUR_MS) rows.push(make(hourMs));
};
const steady = (id: string, change?: Partial<HourlyRow>) => (hourMs: number) =>
  row(id, hourMs, 50 + (Math.floor(hourMs / HOUR_MS) % 7), change);
const findings = async (): Promise<readonly Finding[]> =>
  (await control.listFindings(DEFAULT_TENANT, { limit: 50 })).items;
const at = (ms: number): void => clock.advance(ms - clock.now());

describe("a look at behaviour", () => {
  test("learns, tells a spike once as a finding with its sentence, however often it looks and restarts", async () => {
    live(START_MS, TODAY_MS, steady("service:a"));
    at(TODAY_MS + 10 * 60_000);
    await look();
    expect((await readBaselines(tools(), ["principal service:a"])).get("principal service:a")).toMatchObject({
      ready: true,
      hours: 21 * 24,
    });
    expect(await findings()).toEqual([]);
    rows.push(row("service:a", TODAY_MS, 900));
    await look();
    await look();
    at(TODAY_MS + HOUR_MS + 60_000);
    await look();
    const [found, ...others] = await findings();
    expect(others.filter(({ rule }) => rule === found?.rule)).toEqual([]);
    expect(found).toMatchObject({
      rule: expect.stringMatching(/^behaviour\.(volume|tokens)$/),
      status: "new",
      count: 1,
    });
    expect((await findings()).find(({ rule }) => rule === "behaviour.volume")).toMatchObject({
      title: "service:a does far more than it ordinarily does",
      description: expect.stringContaining("900 events"),
      entities: { principal: "service:a" },
    });
  });

  test("counts another hour of the same on the same finding, and opens a new one once that is resolved", async () => {
    live(START_MS, TODAY_MS, steady("service:a"));
    rows.push(row("service:a", TODAY_MS, 900));
    at(TODAY_MS + HOUR_MS);
    await look();
    rows.push(row("service:a", TODAY_MS + HOUR_MS, 5_000));
    at(TODAY_MS + 2 * HOUR_MS);
    await look();
    const volume = async () => (await findings()).filter(({ rule }) => rule === "behaviour.volume");
    expect((await volume()).map(({ count }) => count)).toEqual([2]);
    for (const finding of await findings())
      await control.putFinding(DEFAULT_TENANT, { ...finding, status: "resolved" });
    rows.push(row("service:a", TODAY_MS + 2 * HOUR_MS, 9_000));
    at(TODAY_MS + 3 * HOUR_MS);
    await look();
    expect((await volume()).map(({ status }) => status).toSorted()).toEqual(["new", "resolved"]);
  });

  test("does not learn from a day that was anomalous", async () => {
    live(START_MS, TODAY_MS, steady("service:a"));
    rows.push(row("service:a", TODAY_MS, 9_000));
    at(TODAY_MS + HOUR_MS);
    await look();
    at(TODAY_MS + DAY_MS + HOUR_MS);
    await look();
    expect((await readBaselines(tools(), ["principal service:a"])).get("principal service:a")).toMatchObject({
      days: 21,
      excludedDays: 1,
    });
  });

  test("catches up with the hours of an outage of the monitor", async () => {
    live(START_MS, TODAY_MS, steady("service:a"));
    at(TODAY_MS);
    await look();
    rows.push(row("service:a", TODAY_MS + 2 * HOUR_MS, 9_000));
    at(TODAY_MS + 9 * HOUR_MS);
    await look();
    expect((await findings()).map(({ rule }) => rule)).toContain("behaviour.volume");
  });

  test("of an empty store finds nothing and says nothing", async () => {
    await look();
    expect(await findings()).toEqual([]);
  });
});

describe("drift of a model", () => {
  const TUNED_MS = TODAY_MS + 2 * HOUR_MS;
  const answers = (hourMs: number) => {
    const isTuned = hourMs >= TUNED_MS;
    const refused = isTuned ? 40 : 1;
    const cells = { "output.refusal=yes": refused, "output.refusal=no": 60 - refused };
    return row("small", hourMs, 60, { dimension: "model", cells, values: {} });
  };
  const tuning: Event = {
    tenant: DEFAULT_TENANT,
    id: EventId.parse("01990000-0000-7000-8000-000000000001"),
    time: new Date(TUNED_MS - 20 * 60_000).toISOString(),
    receivedAt: new Date(TUNED_MS).toISOString(),
    source: "predictions",
    kind: "training",
    schemaVersion: 1,
    severity: "informational",
    model: "small",
    body: {},
  };
  const lookEachHour = async (fromMs: number, hours: number): Promise<void> => {
    for (let hour = 1; hour <= hours; hour += 1) {
      at(fromMs + hour * HOUR_MS);
      await look();
    }
  };

  test("that lasts is one finding, laid to the fine-tune before it; resolving it makes a new reference", async () => {
    events.push(tuning);
    live(START_MS, TODAY_MS + 60 * HOUR_MS, answers);
    at(TODAY_MS);
    await look();
    await lookEachHour(TODAY_MS, 30);
    const [found, ...others] = await findings();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ rule: "drift.output", count: 1, entities: { model: "small", side: "output" } });
    expect(found?.description).toContain("nearest change before it: training of small");
    const states = async () =>
      (await control.listNotes(DEFAULT_TENANT, "drift")).map(({ data }) => DriftState.parse(data));
    expect((await states()).map(({ drifting, cause }) => [drifting, cause?.kind])).toEqual([[true, "fine-tune"]]);
    if (found !== undefined) await control.putFinding(DEFAULT_TENANT, { ...found, status: "resolved" });
    await lookEachHour(TODAY_MS + 30 * HOUR_MS, 24);
    expect((await states()).some(({ drifting }) => drifting)).toBe(false);
    expect((await findings()).length).toBe(1);
  });

  test("that is over within hours is no finding", async () => {
    live(START_MS, TODAY_MS + 40 * HOUR_MS, (hourMs) =>
      hourMs >= TUNED_MS + HOUR_MS ? { ...answers(START_MS), hourMs } : answers(hourMs),
    );
    await lookEachHour(TODAY_MS, 30);
    expect(await findings()).toEqual([]);
  });
});
