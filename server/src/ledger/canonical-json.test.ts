import canonicalize from "canonicalize";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonical, canonicalText } from "./canonical-json.ts";

test.each([
  ["keys in order of their UTF-16 units", { b: 1, a: { d: 1, c: 2 }, "\u20ac": 1, "\ud83d\ude00": 2, "\ufb33": 3 }],
  ["keys that look like an array's", { 10: 1, 9: 2, a: { 2: [1, { b: 1, a: 2 }], 11: 0 } }],
  ["numbers", [0, -0, 1e21, 1e-7, 0.1 + 0.2, 5e-324, 123456789012345680000]],
  ["control characters and quotes", { text: '\u0000\u001f"\\/\u2028\u007f' }],
  ["absent fields", { b: undefined, a: [undefined, null] }],
  ["text that speaks of surrogates", { text: "\\ud800 is no character" }],
])("%s are written as RFC 8785 asks", (_, value) => {
  expect(canonical(value)).toBe(canonicalize(value));
});

test("a key that names the prototype is a key like others", () => {
  const value: unknown = JSON.parse('{"b":1,"__proto__":{"b":1,"a":2},"a":1}');
  expect(canonical(value)).toBe('{"__proto__":{"a":2,"b":1},"a":1,"b":1}');
});

test("lone surrogates become U+FFFD, in keys and in texts", () => {
  expect(canonical({ b: "x\ud800y", "\udfff": "\\ud83d" })).toBe('{"b":"x\ufffdy","\ufffd":"\\\\ud83d"}');
});

test("a value nested deeper than the engine can walk is written all the same", () => {
  let value: unknown = 1;
  for (let depth = 0; depth < 50_000; depth += 1) value = [value];
  expect(canonical(value)).toHaveLength(100_001);
});

test("each part is put in order once, however deep it stands", () => {
  let value: unknown = { b: 1, a: 2 };
  for (let depth = 0; depth < 200; depth += 1) value = { a: value, b: depth };
  expect(canonical(value)).toBe(canonicalize(value));
});

test("any JSON value is written as by the reference, and left as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const before = JSON.stringify(value);
      expect(canonical(value)).toBe(canonicalize(JSON.parse(before)));
      expect(JSON.stringify(value)).toBe(before);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["an order", '{"b":1,"a":"x"}', '{ "a": "x", "b": 1.0 }', true],
  ["a spelling of a number", '{"a":100}', '{"a":1e2}', true],
  ["a number that the engine rounds", '{"account":12345678901234567890}', '{"account":12345678901234567999}', false],
  ["a fraction that the engine rounds", '{"a":0.12345678901234567}', '{"a":0.12345678901234568}', false],
  ["digits in a text", '{"a":"12345678901234567890","b":1}', '{"b":1,"a":"12345678901234567890"}', true],
  ["another value of a key that stands twice", '{"to":"eve","to":"ann"}', '{"to":"ann"}', false],
  ["the same key, once escaped", '{"t\\u006f":"eve","to":"ann"}', '{"to":"ann"}', false],
])("two texts that differ by %s are the same or not", (_, one, other, same) => {
  expect(canonicalText(one) === canonicalText(other)).toBe(same);
});
