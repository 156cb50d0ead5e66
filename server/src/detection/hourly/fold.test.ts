import { DEFAULT_TENANT, EventId, type Event, type HourlyRow } from "@parapet/model";
import { withoutGroup } from "../features/cells.ts";
import { describe, expect, test } from "vitest";
import { unpackSample } from "../features/signature.ts";
import { createHourlyFold } from "./fold.ts";
import { networkOf, type ObservedText } from "./observe.ts";

const TIME = "2026-03-02T10:20:00.000Z";
const eventOf = (change: Partial<Event>): Event => ({
  tenant: DEFAULT_TENANT,
  id: EventId.parse("01990000-0000-7000-8000-000000000001"),
  time: TIME,
  receivedAt: TIME,
  source: "gateway",
  kind: "exchange.closed",
  schemaVersion: 1,
  severity: "informational",
  principal: "user:ada",
  route: "assistant",
  body: {},
  ...change,
});
const rowsOf = (
  ...events: readonly (readonly [Partial<Event>, (readonly ObservedText[])?])[]
): readonly HourlyRow[] => {
  const fold = createHourlyFold(5);
  for (const [change, texts = []] of events) fold.add(eventOf(change), texts);
  return fold.rows();
};
const rowOf = (rows: readonly HourlyRow[], dimension: HourlyRow["dimension"]): HourlyRow => {
  const found = rows.find((row) => row.dimension === dimension);
  if (found === undefined) throw new Error(`no row of ${dimension}`);
  return found;
};
const user = (text: string): ObservedText => ({ provenance: "user", text, length: text.length });
const model = (text: string): ObservedText => ({ provenance: "model", text, length: text.length });

test("the records of one exchange are one event, counted for each that its envelope names", () => {
  const rows = rowsOf(
    [{ kind: "exchange.opened" }, [user("How do I renew the contract?")]],
    [
      {
        body: { inputTokens: 10, outputTokens: 4, latencyMs: 120, addedMs: 3, tools: ["search"], address: "10.1.2.3" },
      },
      [model("I'm sorry, I cannot do that.")],
    ],
  );
  expect(rows.map(({ dimension, id }) => [dimension, id])).toEqual([
    ["principal", "user:ada"],
    ["route", "assistant"],
    ["source", "gateway"],
  ]);
  expect(rowOf(rows, "principal")).toMatchObject({
    hourMs: Date.parse("2026-03-02T10:00:00.000Z"),
    counts: {
      events: 1,
      exchanges: 1,
      inputTokens: 10,
      outputTokens: 4,
      prompts: 1,
      refusals: 1,
      errors: 0,
      latencies: 1,
    },
    values: { "tool=search": 1, "network=10.1.2.0/24": 1, "route=assistant": 1 },
  });
  const route = rowOf(rows, "route");
  expect(route.values).toEqual({ "tool=search": 1 });
  expect(route.samples).toEqual([]);
  expect(Object.keys(route.cells).map((cell) => withoutGroup(cell)[1])).toEqual(
    expect.arrayContaining(["input.language=en", "output.language=en", "output.refusal=yes"]),
  );
});

test("no row holds what was said", () => {
  const rows = rowsOf([{ kind: "exchange.opened" }, [user("the quarterly zebra statement")]]);
  expect(JSON.stringify(rows)).not.toMatch(/zebra|quarterly|statement/);
});

test.each([
  ["Parapet's own traffic", { source: "self-test" }, 0],
  ["a failed call", { body: { state: "upstream_error" } }, 1],
  ["a failed deed elsewhere", { source: "cloudtrail", kind: "api.call", body: { outcome: "failure" } }, 1],
  ["one that went well", { body: { state: "completed", status: 200 } }, 0],
] as const)("%s has its errors counted", (_, change, errors) => {
  expect(rowsOf([change])[0]?.counts.errors ?? 0).toBe(errors);
});

test.each([
  [0.9, "allow", "allow", 1],
  [0.4, "allow", "allow", 1],
  [0.2, "allow", "allow", 0],
  [0.9, "block", "block", 0],
  [0.9, "observe", "block", 0],
])("an injection of confidence %s that got %s is a near-miss: %s", (confidence, verdict, would, nearMisses) => {
  const [row] = rowsOf([{ body: { verdict, would, confidence: { prompt_injection: confidence } } }]);
  expect(row?.counts.nearMisses).toBe(nearMisses);
});

describe("a prediction", () => {
  const prediction = (features: unknown, change: Record<string, unknown> = {}) =>
    rowsOf([
      {
        source: "predictions",
        kind: "prediction",
        model: "churn@3",
        body: { features, prediction: "stay", score: 0.81, ...change },
      },
    ]);

  test("gives its features, label and score to the model's distributions, and a sample to the caller", () => {
    const rows = prediction({ income: 52_000, city: "Utrecht", member: true, nested: { a: 1 } });
    expect(Object.keys(rowOf(rows, "model").cells).map((cell) => withoutGroup(cell)[1].replace(/#.*/, "#"))).toEqual([
      "feature.income#",
      "feature.city=Utrecht",
      "feature.member=true",
      "prediction.label=stay",
      "score#",
    ]);
    expect(unpackSample(rowOf(rows, "principal").samples[0] ?? 0)).toMatchObject({ confidence: 8 });
    expect(rowOf(rows, "principal").counts).toMatchObject({ exchanges: 1, prompts: 1 });
  });

  test.each([[null], ["text"], [[1, 2]], [{}], [{ deep: { deeper: {} } }]])(
    "with features %j is counted all the same",
    (features) => {
      expect(rowOf(prediction(features), "model").counts.events).toBe(1);
    },
  );
});

test.each([
  ["2026-03-02T09:59:59.999Z", "2026-03-02T09:00:00.000Z"],
  ["1999-01-01T00:00:00.000Z", "2026-03-02T10:00:00.000Z"],
  ["2031-01-01T00:00:00.000Z", "2026-03-02T10:00:00.000Z"],
])("an event that says %s counts in the hour %s", (time, hour) => {
  expect(rowsOf([{ time }])[0]?.hourMs).toBe(Date.parse(hour));
});

test("a flood of names fills one row only up to its bound", () => {
  const many = Array.from({ length: 300 }, (_, index) => [{ body: { host: `h${index}.example` } }] as const);
  const { values } = rowOf(rowsOf(...many), "principal");
  expect(Object.keys(values).length).toBeLessThanOrEqual(201);
  expect(values["host=other"]).toBeGreaterThan(90);
});

test.each([
  ["10.1.2.3", "10.1.2.0/24"],
  ["2001:db8:7:1::5", "2001:db8:7::/48"],
  ["2001:db8::5", "2001:db8:0::/48"],
  ["::1", "0:0:0::/48"],
  ["not an address", "not an address"],
])("the network of %s is %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
