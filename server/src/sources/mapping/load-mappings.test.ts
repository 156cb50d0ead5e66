import * as fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SourceEvent } from "@parapet/model";
import { loadMappings } from "./load-mappings.ts";

const FOLDER = join(import.meta.dirname, "../../../../sources");
const DOCUMENTED = join(import.meta.dirname, "../../../../docs/adding-a-source.md");
const shipped = readdirSync(FOLDER).map((name) => ({
  path: `sources/${name}`,
  text: readFileSync(join(FOLDER, name), "utf8"),
}));

const MAPPING = `id: door
title: Door
description: Who went through the door.
reference: https://example.com/door
setup: Send it.
time: "{at}"
kind: { from: "{what}", table: { "open*": door.opened }, otherwise: "door.{what}" }
principal: ["user:{who}", anonymous]
fields: { latencyMs: { from: "{seconds}", times: 1000 } }
texts: [{ provenance: user, from: said }]
logsources: [{ product: door }]
payload: |
  {"at":1795250744,"what":"opened","who":"ana","seconds":"1.5","said":"hello"}
events:
  - { kind: door.opened, principal: "user:ana", body: { latencyMs: 1500 } }
`;

const load = (text: string) => loadMappings([{ path: "door.yml", text }]);

it("ships mappings whose recorded payloads become the events that stand beside them", () => {
  const { sources, diagnostics } = loadMappings(shipped);
  expect(diagnostics).toEqual([]);
  expect(sources.map(({ id }) => `sources/${id}.yml`)).toEqual(shipped.map(({ path }) => path).toSorted());
});

it("makes a source of the example in the documentation", () => {
  const [, text = ""] = /```yaml\n(id: [\s\S]*?)```/.exec(readFileSync(DOCUMENTED, "utf8")) ?? [];
  const { sources, diagnostics } = load(text);
  expect(diagnostics).toEqual([]);
  expect(sources).toHaveLength(1);
});

it("keeps what was said out of the fields", () => {
  const [source] = load(MAPPING).sources;
  const record = { at: 1795250744, what: "shut", said: "secret" };
  expect(source?.decode(record, { receivedAt: "2026-11-21T09:00:00.000Z" })).toEqual({
    kind: "event",
    event: {
      time: "2026-11-21T08:45:44.000Z",
      kind: "door.shut",
      severity: "informational",
      principal: "anonymous",
      texts: [{ provenance: "user", text: "secret" }],
      body: { at: 1795250744, what: "shut" },
    },
  });
});

describe("a bad mapping is refused with file, line and fix", () => {
  it.each([
    ["an unknown key", MAPPING.replace("principal:", "principle:"), 8, /unknown key "principle"/],
    ["a brace that stands alone", MAPPING.replace("user:{who}", "user:{who"), 8, /./],
    ["an empty path", MAPPING.replace('time: "{at}"', 'time: "{}"'), 6, /./],
    [
      "another event than expected",
      MAPPING.replace("latencyMs: 1500", "latencyMs: 2"),
      14,
      /event 1.body.latencyMs is 1500, and 2 is expected/,
    ],
    [
      "fewer events than expected",
      MAPPING.replace("payload: |", "payload: |\n  {}"),
      15,
      /becomes 2 records, and 1 are expected/,
    ],
    ["an id that is taken", MAPPING.replace("id: door", "id: otlp"), 1, /taken by a source that is built in/],
    [
      "a pattern that RE2 cannot run",
      MAPPING.replace("time:", 'format: { kind: pattern, pattern: "(?=a)" }\ntime:'),
      6,
      /./,
    ],
  ])("%s", (_, text, line, message) => {
    const { sources, diagnostics } = load(text);
    expect(sources).toEqual([]);
    expect(diagnostics[0]).toMatchObject({
      level: "error",
      file: "door.yml",
      line,
      message: expect.stringMatching(message),
    });
    expect(diagnostics[0]?.message).not.toBe("");
  });
});

it("answers any JSON and any line with an event or a sentence, whatever the mapping", () => {
  const { sources } = loadMappings(shipped);
  const context = { receivedAt: "2026-11-21T09:00:00.000Z" };
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.string({ maxLength: 200 })), (value) => {
      for (const source of sources) {
        const decoded = source.decode(value, context);
        if (decoded.kind === "event") expect(SourceEvent.safeParse(decoded.event).error).toBeUndefined();
        else expect(decoded.reason).not.toBe("");
      }
    }),
    { numRuns: 60 },
  );
});
