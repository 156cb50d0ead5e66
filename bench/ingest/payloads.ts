import { randomBytes } from "node:crypto";

/** Spans of an agent's model call as the OpenTelemetry GenAI conventions write them, some 700 bytes each. */
const ATTRIBUTES: readonly (readonly [string, string | number])[] = [
  ["gen_ai.operation.name", "chat"],
  ["gen_ai.provider.name", "openai"],
  ["gen_ai.request.model", "gpt-4.1-mini"],
  ["gen_ai.response.model", "gpt-4.1-mini-2025-04-14"],
  ["gen_ai.response.id", "chatcmpl-9J3uIL87gldCFtiIbyaOvTeYBRA3l"],
  ["gen_ai.usage.input_tokens", 812],
  ["gen_ai.usage.output_tokens", 96],
  ["gen_ai.request.temperature", 1],
  ["server.address", "api.openai.com"],
  ["server.port", 443],
  ["enduser.id", "ada@example.com"],
  ["gen_ai.conversation.id", "conv_5j66UpCpwteGg4YSxUnt7lPY"],
];

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
};
const block = (field: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
const text = (field: number, value: string): Buffer => block(field, Buffer.from(value));
const fixed64 = (field: number, value: bigint): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes[0] = (field << 3) | 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
};
const attribute = ([key, value]: readonly [string, string | number], field = 9): Buffer =>
  block(
    field,
    Buffer.concat([
      text(1, key),
      block(2, typeof value === "string" ? text(1, value) : Buffer.concat([varint(3 << 3), varint(value)])),
    ]),
  );
const shared = Buffer.concat(ATTRIBUTES.map((one) => attribute(one)));

const span = (startMs: number): Buffer =>
  block(
    2,
    Buffer.concat([
      block(1, randomBytes(16)),
      block(2, randomBytes(8)),
      block(4, randomBytes(8)),
      text(5, "chat gpt-4.1-mini"),
      Buffer.of(6 << 3, 3),
      fixed64(7, BigInt(startMs) * 1_000_000n),
      fixed64(8, BigInt(startMs + 740) * 1_000_000n),
      shared,
    ]),
  );

/** An OTLP trace request in protobuf. Ids are new in each. */
export const otlpRequest = (spans: number, nowMs: number): Buffer => {
  // Field 1 of a resource is what field 9 of a span is.
  const resource = block(1, attribute(["service.name", "billing-assistant"], 1));
  const scope = block(1, text(1, "opentelemetry.instrumentation.openai_v2"));
  const records = Buffer.concat([scope, ...Array.from({ length: spans }, (_, at) => span(nowMs - spans + at))]);
  return block(1, Buffer.concat([resource, block(2, records)]));
};

/** JSON events, one a line, some 500 bytes each. Keys are new in each. */
export const jsonLines = (events: number, nowMs: number): Buffer =>
  Buffer.from(
    Array.from({ length: events }, (_, at) =>
      JSON.stringify({
        time: new Date(nowMs - events + at).toISOString(),
        kind: "db.query",
        principal: "service:agents/billing",
        asset: "table:crm.customers",
        key: randomBytes(12).toString("base64"),
        trace: randomBytes(16).toString("hex"),
        outcome: "success",
        rows: at % 50,
        latencyMs: 3.25,
        statement: "SELECT id, name, plan FROM customers WHERE region = $1 AND plan = $2 ORDER BY created_at LIMIT 50",
        database: "crm",
        client: { address: "10.1.4.19", application: "billing-assistant", user: "billing" },
        session: "65f1a2b3.4c21",
      }),
    ).join("\n"),
  );
