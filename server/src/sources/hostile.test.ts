import { SourceEvent } from "@parapet/model";
import * as fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SOURCES } from "./catalogue.ts";
import type { Source } from "./source.ts";

const RECEIVED_AT = "2026-11-21T09:00:00.000Z";

/** Decodes everything; fails when a record is lost or an event is not one. */
const readAll = (source: Source, bytes: Uint8Array, contentType = ""): number => {
  let pieces = 0;
  for (const piece of source.split({ bytes, contentType })) {
    pieces += 1;
    if (!piece.ok) {
      expect(piece.reason).not.toBe("");
      continue;
    }
    const decoded = source.decode(piece.record, { receivedAt: RECEIVED_AT });
    if (decoded.kind === "event") expect(SourceEvent.safeParse(decoded.event).error).toBeUndefined();
    else expect(decoded.reason).not.toBe("");
  }
  return pieces;
};

const recordedOf = ({ id }: Source): string => {
  const folder = join(import.meta.dirname, id);
  const [name = ""] = readdirSync(folder).filter((file) => file.startsWith("payload.") && !file.endsWith(".pb"));
  return readFileSync(join(folder, name), "utf8");
};

/** Puts another value in one place of a record. */
const spoil = (value: unknown, place: number, other: unknown): unknown => {
  let left = place;
  const visit = (item: unknown): unknown => {
    left -= 1;
    if (left === 0) return other;
    if (Array.isArray(item)) return item.map(visit);
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, member]) => [key, visit(member)]));
  };
  return visit(value);
};

const hostile = fc.oneof(
  fc.constantFrom(null, "", 0, -1, 1e308, true, [], {}, "x".repeat(20_000), "2026-13-45T99:00:00Z"),
  fc.jsonValue({ maxDepth: 4 }),
);

describe.each(SOURCES.map((source) => [source.id, source] as const))("%s", (_, source) => {
  it("answers any JSON with an event or a sentence", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const bytes = Buffer.from(JSON.stringify(value));
        readAll(source, bytes, "application/json");
        expect(["event", "skipped", "malformed"]).toContain(source.decode(value, { receivedAt: RECEIVED_AT }).kind);
      }),
      { numRuns: 100 },
    );
  });

  it("answers any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        readAll(source, bytes);
      }),
      { numRuns: 100 },
    );
  });

  it("answers a recorded payload with any one value replaced, and with its end cut off", () => {
    const text = recordedOf(source);
    const whole = readAll(source, Buffer.from(text));
    const [first = ""] = text.trimStart().startsWith("{") ? text.split("\n") : [text];
    let record: unknown = text;
    try {
      record = JSON.parse(first === "{" ? text : first);
    } catch {
      // Lines of text are cut below.
    }
    fc.assert(
      fc.property(fc.nat({ max: 400 }), hostile, fc.nat({ max: text.length }), (place, other, end) => {
        if (typeof record === "object") readAll(source, Buffer.from(JSON.stringify(spoil(record, place + 1, other))));
        expect(readAll(source, Buffer.from(text.slice(0, end)))).toBeLessThanOrEqual(whole + 1);
      }),
      { numRuns: 60 },
    );
  });
});
