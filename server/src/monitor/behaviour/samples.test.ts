import { type Anomaly, COUNTS, DEFAULT_TENANT, type DriftState, type Event, EventId, HourlyRow } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { silentLogger } from "#platform";
import { sealWords } from "../sealed-words.ts";
import { hourlyStore } from "./hourly-store.fixture.ts";
import { samplesOfAnomaly, samplesOfDrift, samplesOfTheft } from "./samples.ts";
import { DAY_MS, HOUR_MS } from "./tools.ts";

const START_MS = Date.UTC(2026, 0, 5);
const KEY = Buffer.alloc(32, 4);
const toolsOf = (events: Event[]) => ({
  tenant: DEFAULT_TENANT,
  events: hourlyStore([], events),
  logger: silentLogger,
  subjects: { existing: async () => KEY },
  signatureSeed: 1,
});

const makeEvent = (index: number, atMs: number, change: Partial<Event> = {}): Event => ({
  tenant: DEFAULT_TENANT,
  id: EventId.parse(`01990000-0000-7000-8000-${String(index).padStart(12, "0")}`),
  time: new Date(atMs).toISOString(),
  receivedAt: new Date(atMs).toISOString(),
  source: "litellm",
  kind: "gen_ai.chat",
  schemaVersion: 1,
  severity: "informational",
  principal: "service:a",
  model: "small",
  body: {},
  ...change,
});
const saying = (index: number, atMs: number, answer: string): Event => {
  const event = makeEvent(index, atMs, { exchange: `e${index}` });
  const place = { provenance: "model" as const, length: answer.length, digest: "d" };
  const segment = {
    ...place,
    index: 0,
    direction: "response" as const,
    pointer: "/texts/0/text",
    role: "model",
    text: answer,
  };
  const text = sealWords({ id: event.id, segments: [segment], matches: [] }, KEY);
  return { ...event, ...(text !== undefined && { text }), body: { texts: [place] } };
};

describe("a drift", () => {
  const ONSET_MS = START_MS + 5 * DAY_MS;
  const REFUSED = "I'm sorry, but I can't help with that.";
  const helped = (index: number, atMs: number) => saying(index, atMs, "Your parcel is in the depot in Bern.");
  const cells = (yes: number) => ({ "output.refusal@3=yes": yes, "output.refusal@1=no": 60 - yes });
  const row = (hourMs: number, yes: number): HourlyRow =>
    HourlyRow.parse({
      tenant: DEFAULT_TENANT,
      dimension: "model",
      id: "small",
      hourMs,
      counts: Object.fromEntries(COUNTS.map((name) => [name, 0])),
      values: {},
      cells: cells(yes),
      samples: [],
    });
  const state: DriftState = {
    dimension: "model",
    subject: "small",
    feature: "output.refusal",
    side: "output",
    statistics: [],
    drifting: true,
    samples: 1_000,
    referenceSamples: 1_000,
    before: "no 98%",
    now: "yes 67%",
    onsetMs: ONSET_MS,
    strength: 3,
    seenMs: ONSET_MS + 7 * HOUR_MS,
    cause: {
      id: "01990000-0000-7000-8000-000000000999",
      time: new Date(ONSET_MS - HOUR_MS).toISOString(),
      kind: "fine-tune",
      subject: "small",
      touches: [],
      sentence: "training of small",
      event: "01990000-0000-7000-8000-000000000999",
    },
  };

  test("shows what it is laid to, answers that have become more, and answers that have become fewer", async () => {
    const events = [
      ...Array.from({ length: 30 }, (_, at) => helped(at, START_MS + at * HOUR_MS)),
      ...Array.from({ length: 15 }, (_, at) => saying(100 + at, ONSET_MS + at * 60_000, REFUSED)),
      helped(200, ONSET_MS + HOUR_MS),
      // Before it began, though in the same day: neither side.
      saying(201, ONSET_MS - 60_000, REFUSED),
    ];
    const rows = [row(START_MS, 1), row(ONSET_MS - HOUR_MS, 1), row(ONSET_MS, 40)];
    const samples = await samplesOfDrift(toolsOf(events), state, rows, [
      [START_MS, ONSET_MS - 10 * HOUR_MS],
      [ONSET_MS - 10 * HOUR_MS, ONSET_MS + 10 * HOUR_MS],
    ]);
    expect(samples[0]).toEqual({
      event: state.cause?.event,
      time: state.cause?.time,
      part: "change",
      shows: "training of small",
    });
    const shown = (part: string) =>
      samples.filter((one) => one.part === part).map(({ exchange, shows }) => [Number(exchange?.slice(1)), shows]);
    expect(shown("now").length).toBe(10);
    expect(shown("now").every(([at, shows]) => Number(at) >= 100 && shows === "output.refusal yes")).toBe(true);
    expect(shown("before").length).toBe(10);
    expect(shown("before").every(([at, shows]) => Number(at) < 30 && shows === "output.refusal no")).toBe(true);
  });
});

describe("an anomaly", () => {
  const anomaly = (kind: Anomaly["kind"], value?: string): Anomaly => ({
    dimension: "principal",
    subject: "service:a",
    kind,
    hourMs: START_MS,
    sentence: "",
    seen: 1,
    expected: 0,
    spread: 0,
    sigmas: 9,
    history: 1,
    ...(value !== undefined && { value }),
  });
  const events = [
    makeEvent(1, START_MS, { body: { inputTokens: 10, latencyMs: 9_000 } }),
    makeEvent(2, START_MS, { body: { inputTokens: 900, outputTokens: 100, tool: "shell" } }),
    makeEvent(3, START_MS, { body: { outcome: "failure" } }),
    makeEvent(4, START_MS, { body: { confidence: { jailbreak: 0.5 } } }),
    makeEvent(5, START_MS, { body: { verdict: "block", confidence: { jailbreak: 0.9 } } }),
    makeEvent(6, START_MS + HOUR_MS, { body: { inputTokens: 5_000 } }),
    makeEvent(7, START_MS, { principal: "service:b", body: { inputTokens: 5_000 } }),
  ];
  test.each([
    [
      "tokens",
      undefined,
      [
        [2, "1000 tokens"],
        [1, "10 tokens"],
      ],
    ],
    ["latency", undefined, [[1, "9000 ms"]]],
    ["errors", undefined, [[3, "failed"]]],
    ["near-misses", undefined, [[4, "close to being stopped"]]],
    ["blocks", undefined, [[5, "stopped by policy"]]],
    ["first-seen", "tool=shell", [[2, "tool=shell"]]],
    ["first-seen", "tool=*", [[2, "tool=shell"]]],
    ["first-seen", "tool=other", []],
    ["first-seen", "hour=00", [1, 2, 3, 4, 5].map((at) => [at, "gen_ai.chat"])],
    ["volume", undefined, [1, 2, 3, 4, 5].map((at) => [at, "gen_ai.chat"])],
  ] as const)("of %s %s shows the events that it is in", async (kind, value, expected) => {
    const samples = await samplesOfAnomaly(toolsOf(events), anomaly(kind, value));
    expect(samples.map(({ event, shows }) => [Number(event.slice(-12)), shows])).toEqual(expected);
  });
});

test("events that cannot be read keep no finding back", async () => {
  const events = [saying(1, START_MS, "Your parcel is in Bern.")];
  const failing = {
    ...toolsOf(events),
    subjects: {
      existing: async () => {
        throw new Error("the key cannot be unwrapped");
      },
    },
  };
  const sign = { subject: "service:a", kind: "extraction" as const, dayMs: START_MS, sentence: "" };
  expect(await samplesOfTheft(failing, sign)).toEqual([]);
});

test("a probed boundary shows the predictions that most resemble each other", async () => {
  const predicted = (index: number, features: Readonly<Record<string, number>>, prediction: string) =>
    makeEvent(index, START_MS, { kind: "prediction", body: { features, prediction, score: 0.5 } });
  const strangers = Array.from({ length: 20 }, (_, at) =>
    predicted(at, { income: 1_000 * 3 ** at, age: 5 * at, debt: 7 ** at }, "approve"),
  );
  const near = Array.from({ length: 15 }, (_, at) =>
    predicted(100 + at, { income: 40_000 + at, age: 40, debt: 900 }, at % 2 === 0 ? "approve" : "decline"),
  );
  const sign = { subject: "service:a", kind: "boundary" as const, dayMs: START_MS, sentence: "" };
  const samples = await samplesOfTheft(toolsOf([...strangers, ...near]), sign);
  expect(samples.length).toBe(10);
  expect(samples.every(({ event }) => Number(event.slice(-12)) >= 100)).toBe(true);
  expect(samples.map(({ shows }) => shows)).toContain("decline, score 0.5");
});
