import { createParser } from "eventsource-parser";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSse, SseParser, type SseItem } from "./index.ts";

const parse = (chunks: readonly Buffer[], eventBytesMax = 1_000_000): SseItem[] => {
  const parser = new SseParser({ eventBytesMax });
  return [...chunks.flatMap((chunk) => parser.push(Buffer.from(chunk))), ...parser.end()];
};

const split = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...cuts.filter((cut) => cut <= bytes.length).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
};

const plain = (items: readonly SseItem[]): unknown =>
  items.map((item) => (item.ok ? { ...item.value, raw: item.value.raw.toString("latin1") } : item));
const raws = (items: readonly SseItem[]): string =>
  Buffer.concat(items.map((item) => (item.ok ? item.value.raw : Buffer.alloc(0)))).toString();
const datas = (items: readonly SseItem[]): string[] =>
  items.flatMap((item) => (item.ok && item.value.data !== undefined ? [item.value.data] : []));

const LINES = [
  "data: a",
  "data:b",
  "data",
  "data:  two spaces",
  ": ping",
  ":",
  "event: x",
  "id: 7",
  "id: a\0b",
  "retry: 5",
  "unknown: q",
  "data: é漢😀",
  "",
  "",
];
const line = fc.constantFrom(...LINES);
const ending = fc.constantFrom("\n", "\r", "\r\n");
const stream = fc
  .array(fc.tuple(line, ending), { maxLength: 30 })
  .map((lines) => lines.map(([text, end]) => text + end).join(""));

test.each([
  ["one event", "data: hello\n\n", ["hello"]],
  ["lines joined", "data: a\ndata: b\n\n", ["a\nb"]],
  ["carriage returns", "data: a\r\rdata: b\r\r", ["a", "b"]],
  ["both", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
  ["no last blank line", "data: a\n\ndata: b", ["a", "b"]],
  ["empty data", "data:\n\n", [""]],
  ["byte order mark at the start", "\ufeffdata: a\n\n", ["a"]],
  ["comments only", ": ping\n\n: ping\n\n", []],
])("reads %s", (_, text, expected) => {
  expect(datas(parse([Buffer.from(text)]))).toEqual(expected);
});

test("keeps event name, id and comments with their event", () => {
  const [item] = parse([Buffer.from(": note\nevent: delta\nid: 4\ndata: x\n\n")]);
  expect(item).toMatchObject({ ok: true, value: { event: "delta", id: "4", data: "x", comments: ["note"] } });
});

test.each([
  ["data: x\n\n", true],
  ["data: x\ndata: y\n\n", true],
  ["event: words\ndata: x\n\n", true],
  ["event: words\nevent: word\ndata: x\n\n", false],
  ["id: words\ndata: x\n\n", false],
  [": words\ndata: x\n\n", false],
  ["words: words\ndata: x\n\n", false],
  ["words\ndata: x\n\n", false],
])("%j holds nothing but data and a name: %s", (text, isPlain) => {
  expect(parse([Buffer.from(`${text}data: z\n\n`)])).toMatchObject([
    { value: { isPlain } },
    { value: { isPlain: true } },
  ]);
});

test("an event is given out as soon as its blank line is there", () => {
  const parser = new SseParser({ eventBytesMax: 100 });
  expect(datas(parser.push(Buffer.from("data: a\n\ndata")))).toEqual(["a"]);
  expect(datas(parser.push(Buffer.from(": b\r\r")))).toEqual(["b"]);
  expect(datas(parser.push(Buffer.from("data: c\r\n\r\n")))).toEqual(["c"]);
});

describe("any stream", () => {
  test("cut at every byte gives the same events, and their raws are the stream", () => {
    fc.assert(
      fc.property(stream, (text) => {
        const bytes = Buffer.from(text);
        const whole = parse([bytes]);
        expect(raws(whole)).toBe(text);
        for (let cut = 0; cut <= bytes.length; cut += 1)
          expect(plain(parse(split(bytes, [cut])))).toEqual(plain(whole));
        expect(plain(parse([...bytes].map((byte) => Buffer.of(byte))))).toEqual(plain(whole));
      }),
      { numRuns: 60 },
    );
  });

  test("cut in several places gives the same events", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(300), { maxLength: 8 }), (text, cuts) => {
        const bytes = Buffer.from(text);
        expect(plain(parse(split(bytes, cuts)))).toEqual(plain(parse([bytes])));
      }),
    );
  });

  test("agrees with eventsource-parser, which the SDKs of others use", () => {
    fc.assert(
      fc.property(stream, (text) => {
        const complete = `${text}\n\n`;
        const theirs: { data: string; event: string | undefined }[] = [];
        const parser = createParser({
          onEvent: ({ data, event }) => theirs.push({ data, event: event === "" ? undefined : event }),
        });
        parser.feed(complete);
        const ours = parse([Buffer.from(complete)]).flatMap((item) =>
          item.ok && item.value.data !== undefined ? [{ data: item.value.data, event: item.value.event }] : [],
        );
        expect(ours).toEqual(theirs);
      }),
    );
  });
});

test("an event above the limit is a fault, however it is cut, and nothing follows", () => {
  const bytes = Buffer.from(`data: a\n\ndata: ${"x".repeat(200)}\n\ndata: b\n\n`);
  for (const chunks of [[bytes], [...bytes].map((byte) => Buffer.of(byte))]) {
    const items = parse(chunks, 100);
    expect(datas(items)).toEqual(["a"]);
    expect(items.at(-1)).toMatchObject({ ok: false, fault: { code: "event_too_large" } });
  }
});

test("bytes that are no UTF-8 are a fault", () => {
  expect(parse([Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a])])).toMatchObject([
    { ok: false, fault: { code: "invalid_utf8" } },
  ]);
});

test("what is formatted is read back", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.option(fc.stringMatching(/^[a-z.]{1,12}$/), { nil: undefined }),
      (data, event) => {
        const [item] = parse([Buffer.from(formatSse(data, event))]);
        expect(item).toMatchObject({
          ok: true,
          value: { data: data.replaceAll(/\r\n|\r/g, "\n"), ...(event === undefined ? {} : { event }) },
        });
      },
    ),
  );
});
