import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LinesParser } from "./json-lines.ts";
import type { SseItem } from "./sse.ts";

const parse = (chunks: readonly Uint8Array[], eventBytesMax = 1_000): SseItem[] => {
  const parser = new LinesParser({ eventBytesMax });
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
};
const valuesOf = (items: readonly SseItem[]) => items.flatMap((item) => (item.ok ? [item.value] : []));

test("lines cut anywhere are the same lines, and their bytes are the stream's", () => {
  const line = fc.oneof(fc.constant('{"a":"é"}'), fc.constant('{"b":"\u{1f600}"}'), fc.constant("[1]"));
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 5 }),
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      fc.array(fc.nat(80)),
      (lines, end, isEnded, cuts) => {
        const bytes = Buffer.from(lines.join(end) + (isEnded && lines.length > 0 ? end : ""));
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const found = valuesOf(parse(at.slice(1).map((to, index) => bytes.subarray(at[index], to))));
        expect(found.map(({ data }) => data)).toEqual(lines);
        expect(Buffer.concat(found.map(({ raw }) => raw)).equals(bytes)).toBe(true);
      },
    ),
  );
});

test.each([
  ["no UTF-8", [Buffer.from([0x22, 0xff, 0x22, 0x0a])], "invalid_utf8"],
  ["a line above the limit", [Buffer.alloc(600, "x"), Buffer.alloc(600, "x")], "event_too_large"],
])("%s is a fault, and nothing is read behind it", (_, chunks, code) => {
  const items = parse([...chunks, Buffer.from("{}\n")]);
  expect(items).toMatchObject([{ ok: false, fault: { code } }]);
});

test("blank lines are passed over", () => {
  expect(valuesOf(parse([Buffer.from("\n{}\n\n \n[]")])).map(({ data }) => data)).toEqual(["{}", "[]"]);
});
