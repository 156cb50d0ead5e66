import { EventStreamCodec } from "@smithy/eventstream-codec";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EventStreamParser, formatEventFrame } from "./event-stream.ts";
import type { SseItem } from "./sse.ts";

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);
const parse = (chunks: readonly Uint8Array[], eventBytesMax = 4_096): SseItem[] => {
  const parser = new EventStreamParser({ eventBytesMax });
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
};
const read = (items: readonly SseItem[]) => items.map((item) => (item.ok ? item.value.data : item.fault.code));
const text = (value: string) => ({ type: "string", value }) as const;
const encoded = (headers: Parameters<typeof codec.encode>[0]["headers"], body: string): Buffer =>
  Buffer.from(codec.encode({ headers, body: Buffer.from(body) }));
const EVENTS = ['{"messageStart":{"role":"é"}}', '{"a":{}}', '{"validationException":{"message":"no"}}'];

test("frames cut at every byte are the same events, and their bytes are the stream's", () => {
  const bytes = Buffer.concat(EVENTS.map(formatEventFrame));
  for (let at = 0; at <= bytes.length; at += 1) {
    const items = parse([bytes.subarray(0, at), bytes.subarray(at)]);
    expect(read(items)).toEqual(EVENTS);
    expect(Buffer.concat(items.flatMap((item) => (item.ok ? [item.value.raw] : [])))).toEqual(bytes);
  }
  expect(read(parse(Array.from(bytes, (byte) => Buffer.from([byte]))))).toEqual(EVENTS);
});

test("the other codec reads what is written here, and the other way round", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (value) => {
      const payload = JSON.stringify({ value });
      const { headers, body } = codec.decode(formatEventFrame(`{"chunk":${payload}}`));
      expect([headers[":event-type"]?.value, Buffer.from(body).toString()]).toEqual(["chunk", payload]);
      const own = {
        ":message-type": text("event"),
        ":event-type": text("chunk"),
        ":content-type": text("application/json"),
      };
      expect(parse([encoded(own, payload)])).toMatchObject([
        { ok: true, value: { data: `{"chunk":${payload}}`, isPlain: true } },
      ]);
    }),
  );
});

test("a frame with further headers is not passed on as it came", () => {
  const headers = {
    ":message-type": text("event"),
    ":event-type": text("chunk"),
    ":content-type": text("application/json"),
    note: text("words that nobody inspects"),
    count: { type: "integer", value: 3 } as const,
  };
  expect(parse([encoded(headers, "{}")])).toMatchObject([
    { ok: true, value: { data: '{"chunk":{}}', isPlain: false } },
  ]);
});

test.each([
  ["a byte of the payload changed", (frame: Buffer) => frame.fill(1, frame.length - 6, frame.length - 5)],
  ["a byte of the prelude changed", (frame: Buffer) => frame.fill(9, 7, 8)],
  ["a length below the least", (frame: Buffer) => frame.fill(0, 0, 4)],
])("%s is a fault", (_, change) => {
  expect(read(parse([change(formatEventFrame('{"chunk":{"bytes":"YWJj"}}'))]))).toEqual(["invalid_frame"]);
});

test("a frame cut short, too large, or without a name is a fault", () => {
  const frame = formatEventFrame('{"chunk":{"bytes":"YWJj"}}');
  expect(read(parse([frame.subarray(0, 30)]))).toEqual(["invalid_frame"]);
  expect(read(parse([frame], 40))).toEqual(["event_too_large"]);
  expect(read(parse([encoded({ ":message-type": text("event"), ":event-type": text("a b") }, "{}")]))).toEqual([
    "invalid_frame",
  ]);
  const poses = { ":message-type": text("event"), ":event-type": text("validationException") };
  expect(read(parse([encoded(poses, "{}")]))).toEqual(["invalid_frame"]);
});
