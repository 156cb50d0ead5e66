import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bounded } from "./bounded.ts";
import { SOURCES } from "./catalogue.ts";

const sizeOf = (value: unknown): number => JSON.stringify(value).length;

it("leaves small JSON as it is, and says so", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      fc.pre(!JSON.stringify(value).includes("__proto__"));
      expect(bounded(value)).toEqual({ value, clipped: false });
    }),
  );
});

describe("what is too much is cut, and said to be", () => {
  const deep: unknown = JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`);
  it.each([
    ["depth", deep],
    ["width", Array.from({ length: 100_000 }, () => 1)],
    ["keys", Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, index]))],
    ["text", "x".repeat(1_000_000)],
    ["many texts", Array.from({ length: 200 }, () => "x".repeat(8_000))],
  ])("%s", (_, value) => {
    const { value: kept, clipped } = bounded(value);
    expect(clipped).toBe(true);
    expect(sizeOf(kept)).toBeLessThan(200_000);
  });
});

describe("a payload is not multiplied", () => {
  const [otlp] = SOURCES.filter(({ id }) => id === "otlp");
  const [predictions] = SOURCES.filter(({ id }) => id === "predictions");

  it("by a long resource that many spans share", () => {
    const attributes = Array.from({ length: 900 }, (_, index) => ({
      key: `k${index}`,
      value: { stringValue: "x".repeat(2_000) },
    }));
    const spans = Array.from({ length: 200 }, () => ({ name: "a" }));
    const request = { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] };
    const bytes = Buffer.from(JSON.stringify(request));
    expect.assert(otlp !== undefined);
    const [first] = Array.from(otlp.split({ bytes, contentType: "application/json" }));
    expect.assert(first?.ok === true);
    expect(sizeOf(otlp.decode(first.record, { receivedAt: "2026-11-21T09:00:00.000Z" }))).toBeLessThan(10_000);
  });

  it("by a batch of predictions with long fields of its own", () => {
    const note = "x".repeat(100_000);
    const record = { model: "m", note, more: { note }, instances: Array.from({ length: 1_000 }, () => [1]) };
    expect.assert(predictions !== undefined);
    const pieces = Array.from(predictions.split({ bytes: Buffer.from(JSON.stringify(record)), contentType: "" }));
    expect(pieces).toHaveLength(1_000);
    for (const piece of pieces) expect(sizeOf(piece)).toBeLessThan(1_000);
  });
});
