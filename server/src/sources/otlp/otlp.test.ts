import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { otlp } from "./otlp.ts";
import { readWire } from "./wire.ts";

const RECORDED = readFileSync(join(import.meta.dirname, "payload.pb"));
const CONTEXT = { receivedAt: "2026-11-21T09:00:00.000Z" };

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
/** A field of bytes: tag, length, content. */
const field = (id: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([id * 8 + 2, ...varint(content.length)]), content]);

const inner = (message: object, name: string): Uint8Array => {
  const list: unknown = Reflect.get(message, name);
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  expect.assert(first instanceof Uint8Array);
  return first;
};

/** The first span that the SDK sent, as its bytes. */
const span = (): Uint8Array =>
  inner(
    readWire("ScopeGroup", inner(readWire("Group", inner(readWire("Request", RECORDED), "groups")), "scopes")),
    "records",
  );

const request = (...records: readonly Uint8Array[]): Buffer =>
  field(1, field(2, Buffer.concat(records.map((record) => field(2, record)))));

const kinds = (bytes: Uint8Array, contentType = "application/x-protobuf"): string[] =>
  Array.from(otlp.split({ bytes, contentType }), (piece) => {
    if (!piece.ok) return `! ${piece.reason}`;
    const decoded = otlp.decode(piece.record, CONTEXT);
    return decoded.kind === "event" ? decoded.event.kind : decoded.reason;
  });

describe("protobuf", () => {
  it("names a span that is broken, and reads those beside it", () => {
    const broken = Buffer.from([0x0a, 0xff, 0x01, 0x00]);
    expect(kinds(request(span(), broken, span()))).toEqual([
      "gen_ai.chat",
      expect.stringMatching(/^! OTLP: group 0, scope 0, record 1 cannot be read/),
      "gen_ai.chat",
    ]);
  });

  it("refuses values nested without end, and says of which record", () => {
    let value: Uint8Array = field(1, Buffer.from("x"));
    for (let depth = 0; depth < 300; depth += 1) value = field(5, field(1, value));
    const attribute = Buffer.concat([field(1, Buffer.from("deep")), field(2, value)]);
    expect(kinds(request(Buffer.concat([span(), field(9, attribute)])))).toEqual([
      expect.stringMatching(/^! OTLP: group 0, scope 0, record 0 cannot be read \(max depth exceeded\)/),
    ]);
  });

  it("refuses a record that is too large", () => {
    const attribute = Buffer.concat([
      field(1, Buffer.from("a")),
      field(2, field(1, Buffer.alloc(5 * 1024 * 1024, 97))),
    ]);
    expect(kinds(request(Buffer.concat([span(), field(9, attribute)])))).toEqual([
      expect.stringMatching(/record 0 is larger than 4194304 bytes/),
    ]);
  });

  it("skips fields that it does not know", () => {
    expect(kinds(request(Buffer.concat([span(), field(99, Buffer.from("new"))])))).toEqual(["gen_ai.chat"]);
  });

  it("tells spans, logs and metrics apart where no address says it", () => {
    const log = Buffer.concat([Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0, 1]), field(5, field(1, Buffer.from("hello")))]);
    const point = Buffer.from([0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    const metric = Buffer.concat([field(1, Buffer.from("m")), field(5, field(1, point))]);
    expect(kinds(request(span()), "")).toEqual(["gen_ai.chat"]);
    expect(kinds(request(log), "")).toEqual(["log"]);
    expect(kinds(request(metric), "")).toEqual(["metric"]);
  });
});

it("names JSON that is no request, and keeps what comes after it", () => {
  const lines =
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}\n{"spans":[]}\n{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}';
  expect(kinds(Buffer.from(lines), "application/json")).toEqual([
    "span",
    expect.stringMatching(/^! Not an OTLP request/),
    "log",
  ]);
});

it("reads a coding agent's event the same where it comes as a span", () => {
  const spans = [{ name: "claude_code.tool_decision" }, { name: "claude_code.tool_result" }, { name: "claude_code" }];
  const bytes = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  expect(kinds(bytes, "application/json")).toEqual(["gen_ai.tool_decision", "gen_ai.execute_tool", "span"]);
});

describe("names of other libraries", () => {
  const bodyOf = (attributes: Readonly<Record<string, string>>) => {
    const list = Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
    const bytes = Buffer.from(
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: "s", attributes: list }] }] }] }),
    );
    const [piece] = Array.from(otlp.split({ bytes, contentType: "application/json" }));
    expect.assert(piece?.ok === true);
    const decoded = otlp.decode(piece.record, CONTEXT);
    expect.assert(decoded.kind === "event");
    return decoded.event;
  };

  it.each([
    ["gen_ai.system", "gen_ai.provider.name"],
    ["llm.model_name", "gen_ai.request.model"],
    ["session.id", "gen_ai.conversation.id"],
    ["gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"],
    ["llm.token_count.completion", "gen_ai.usage.output_tokens"],
    ["db.system", "db.system.name"],
    ["gen_ai.guardian.verdict.type", "gen_ai.guardrail.verdict.type"],
    ["gen_ai.security.risk.category", "gen_ai.guardrail.security.risk.category"],
  ])("%s stands for %s and stays beside it", (other, current) => {
    expect(bodyOf({ [other]: "7" }).body).toMatchObject({ [other]: "7", [current]: "7" });
  });

  it("give way to the current name where both were sent", () => {
    expect(bodyOf({ "gen_ai.system": "old", "gen_ai.provider.name": "new" }).body["gen_ai.provider.name"]).toBe("new");
  });

  it("never bring a prototype in", () => {
    const named: Readonly<Record<string, string>> = JSON.parse('{"__proto__":"a","constructor":"b"}');
    const { body } = bodyOf(named);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect(Object.hasOwn(body, "__proto__")).toBe(false);
    expect(body["constructor"]).toBe("b");
  });
});
