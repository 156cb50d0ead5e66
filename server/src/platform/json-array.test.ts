import * as fc from "fast-check";
import { expect, test } from "vitest";
import { JsonArrayParser } from "./json-array.ts";
import type { SseItem } from "./sse.ts";

const parse = (chunks: readonly Uint8Array[], eventBytesMax = 1_000): SseItem[] => {
  const parser = new JsonArrayParser({ eventBytesMax });
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
};
const read = (items: readonly SseItem[]) => items.map((item) => (item.ok ? item.value.data : item.fault.code));

test("items cut anywhere are the same items, whatever stands between them", () => {
  const item = fc.constantFrom('{"a":"é]},{"}', '{"b":[{"c":"\\"}"}]}', "{}", '{"d":"\u{1f600}\\\\"}');
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 5 }),
      fc.constantFrom(",", "\n,\r\n", " , "),
      fc.array(fc.nat(120)),
      (items, comma, cuts) => {
        const bytes = Buffer.from(` [${items.join(comma)}]\n`);
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(read(parse(chunks))).toEqual(items);
      },
    ),
  );
});

test.each([
  ['{"a":1}', ["invalid_json"]],
  ["[1]", ["invalid_json"]],
  ['[{"a":1}{"b":2}]', ['{"a":1}', "invalid_json"]],
  ['[{"a":1},]', ['{"a":1}', "invalid_json"]],
  ["[]x", ["invalid_json"]],
  ['[{"a":1},{"b', ['{"a":1}', "invalid_json"]],
  ['[{"a":1}', ['{"a":1}']],
  ["", []],
])("%s is read as %j", (text, expected) => {
  expect(read(parse([Buffer.from(text)]))).toEqual(expected);
});

test("an item that is too large, or no UTF-8, ends the stream", () => {
  expect(read(parse([Buffer.from(`[{"a":"${"x".repeat(50)}"`), Buffer.from('},{"b":1}]')], 20))).toEqual([
    "event_too_large",
  ]);
  expect(read(parse([Buffer.from([0x5b, 0x7b, 0x22, 0xff, 0x22, 0x7d, 0x5d])]))).toEqual(["invalid_utf8"]);
});
