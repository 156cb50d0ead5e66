import { SourceEvent } from "@parapet/model";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SOURCES } from "./catalogue.ts";
import type { Decoded, Source } from "./source.ts";

const RECEIVED_AT = "2026-11-21T09:00:00.000Z";
const folderOf = ({ id }: Source): string => join(import.meta.dirname, id);

const decodeFile = (source: Source, file: string): Decoded[] => {
  const bytes = readFileSync(join(folderOf(source), file));
  return Array.from(source.split({ bytes, contentType: "" }), (piece) =>
    piece.ok
      ? source.decode(piece.record, { receivedAt: RECEIVED_AT })
      : { kind: "malformed" as const, reason: piece.reason },
  );
};

const payloadsOf = (source: Source): string[] =>
  readdirSync(folderOf(source)).filter((name) => name.startsWith("payload."));

describe.each(SOURCES.map((source) => [source.id, source] as const))("the recorded payload of %s", (_, source) => {
  it("becomes exactly the events that are written beside it", () => {
    expect(payloadsOf(source)).not.toEqual([]);
    const [payload = ""] = payloadsOf(source).filter((name) => name !== "payload.pb");
    const expected: unknown = JSON.parse(readFileSync(join(folderOf(source), "events.json"), "utf8"));
    expect(decodeFile(source, payload)).toEqual(expected);
  });

  it("has only events that the store takes, with a log source for each", () => {
    for (const decoded of decodeFile(source, payloadsOf(source)[0] ?? "")) {
      if (decoded.kind !== "event") continue;
      expect(SourceEvent.safeParse(decoded.event).error).toBeUndefined();
      const bound = source.bindings.some(
        ({ kinds }) =>
          kinds === undefined ||
          kinds.some((kind) =>
            kind.endsWith("*") ? decoded.event.kind.startsWith(kind.slice(0, -1)) : kind === decoded.event.kind,
          ),
      );
      expect(bound, decoded.event.kind).toBe(true);
    }
  });
});

it("reads what the OpenTelemetry SDK sends in protobuf as it reads the same spans in JSON", () => {
  const [otlp] = SOURCES.filter(({ id }) => id === "otlp");
  expect.assert(otlp !== undefined);
  const protobuf = decodeFile(otlp, "payload.pb");
  expect(protobuf.length).toBeGreaterThan(10);
  expect(decodeFile(otlp, "payload.ndjson").slice(0, protobuf.length)).toEqual(protobuf);
});
