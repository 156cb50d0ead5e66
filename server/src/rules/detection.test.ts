import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { compileRule, parseRule, type RuleEvent } from "./index.ts";

const holds = (detection: string, event: RuleEvent): boolean => {
  const parsed = parseRule(
    `title: T\nlogsource: {product: other}\ndetection:\n${detection.replaceAll(/^/gm, "  ")}\n`,
    "t.yml",
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return compileRule(parsed.rule)(event);
};
const one = (field: string, value: string, event: RuleEvent): boolean =>
  holds(`s:\n  ${field}: ${value}\ncondition: s`, event);

describe("a field test", () => {
  test.each<[string, string, RuleEvent, boolean]>([
    // Equality, case, numbers
    ["f", "Whoami", { f: "WHOAMI" }, true],
    ["f|cased", "Whoami", { f: "WHOAMI" }, false],
    ["f", "whoami", { f: "whoami.exe" }, false],
    ["f", "[a, b]", { f: "B" }, true],
    ["f", "4624", { f: 4624 }, true],
    ["f", "4624", { f: "4624" }, true],
    ["f", "4624", { f: "04624x" }, false],
    ["f", "'4624'", { f: 4624 }, true],
    ["f", "true", { f: true }, true],
    ["f", "false", { f: true }, false],
    ["f", "''", { f: "" }, true],
    ["f", "''", { f: "x" }, false],
    // Wildcards and escapes
    ["f", "'*.exe'", { f: "a.EXE" }, true],
    ["f", "'a?c'", { f: "abc" }, true],
    ["f", "'a?c'", { f: "ac" }, false],
    ["f", "'a*b*c'", { f: "a--c--b--c" }, true],
    ["f", "'a*b*c'", { f: "acb" }, false],
    ["f", "'ab*ab'", { f: "ab" }, false],
    ["f", "'\\*'", { f: "*" }, true],
    ["f", "'\\*'", { f: "x" }, false],
    ["f", "'C:\\temp\\*'", { f: "c:\\temp*" }, true],
    ["f", "'C:\\temp\\\\*'", { f: "c:\\temp\\x" }, true],
    ["f", "'a\\b'", { f: "a\\b" }, true],
    ["f|contains", "'x*z'", { f: "__xyz__" }, true],
    // Places
    ["f|contains", "ell", { f: "Hello" }, true],
    ["f|contains|cased", "ELL", { f: "Hello" }, false],
    ["f|startswith", "he", { f: "Hello" }, true],
    ["f|startswith", "lo", { f: "Hello" }, false],
    ["f|endswith", "lo", { f: "Hello" }, true],
    ["f|contains|all", "[a, b]", { f: "xbxa" }, true],
    ["f|contains|all", "[a, b]", { f: "xb" }, false],
    // Missing, null, exists
    ["f", "null", {}, true],
    ["f", "null", { f: null }, true],
    ["f", "null", { f: "x" }, false],
    ["f", "[null, a]", { f: "a" }, true],
    ["f|exists", "true", { f: 0 }, true],
    ["f|exists", "true", {}, false],
    ["f|exists", "false", {}, true],
    ["f", "''", {}, false],
    // Negation stays two-valued
    ["f|neq", "a", { f: "b" }, true],
    ["f|neq", "a", { f: "A" }, false],
    ["f|neq", "a", {}, false],
    ["f|neq", "[a, b]", { f: "b" }, false],
    // Regular expressions: unanchored, with case, flags
    ["f|re", "'b+$'", { f: "aabb" }, true],
    ["f|re", "'B+$'", { f: "aabb" }, false],
    ["f|re|i", "'B+$'", { f: "aabb" }, true],
    ["f|re|m", "'^b'", { f: "a\nb" }, true],
    ["f|re|s", "'a.b'", { f: "a\nb" }, true],
    ["f|re", "'a.b'", { f: "a\nb" }, false],
    // Networks
    ["f|cidr", "10.0.0.0/8", { f: "10.255.0.1" }, true],
    ["f|cidr", "10.0.0.0/8", { f: "11.0.0.1" }, false],
    ["f|cidr", "[192.0.2.0/24, '2001:db8::/32']", { f: "2001:db8::7" }, true],
    ["f|cidr", "10.0.0.0/8", { f: "not an address" }, false],
    // Order
    ["f|gt", "5", { f: 5 }, false],
    ["f|gte", "5", { f: 5 }, true],
    ["f|lt", "5", { f: "4.5" }, true],
    ["f|lte", "5", { f: "many" }, false],
    ["f|lt", "5", {}, false],
    // Other fields
    ["f|fieldref", "g", { f: "A", g: "a" }, true],
    ["f|fieldref", "g", { f: "a" }, false],
    ["f|fieldref|startswith", "g", { f: "abc", g: "AB" }, true],
    // Encodings
    ["f|base64", "foo", { f: "Zm9v" }, true],
    ["f|base64offset|contains", "secret", { f: Buffer.from("x my secret y").toString("base64") }, true],
    ["f|base64offset|contains", "secret", { f: Buffer.from("my secret").toString("base64") }, true],
    ["f|base64offset|contains", "secret", { f: Buffer.from("a secret!").toString("base64") }, true],
    ["f|wide|base64offset|contains", "ping", { f: Buffer.from("x ping 1", "utf16le").toString("base64") }, true],
    ["f|windash|contains", "' -enc '", { f: "cmd /enc x" }, true],
    ["f|windash|contains", "' -enc '", { f: "cmd –enc x" }, true],
    ["f|windash|contains", "' -enc '", { f: "cmd enc x" }, false],
    // Times, UTC
    ["f|hour", "22", { f: "2026-11-21T22:15:00.000Z" }, true],
    ["f|hour|gte", "22", { f: "2026-11-21T21:59:00.000Z" }, false],
    ["f|week", "47", { f: "2026-11-21T22:15:00.000Z" }, true],
    // Lists and paths
    ["f", "b", { f: ["a", "b"] }, true],
    ["f|contains|all", "[a, b]", { f: ["xa", "xb"] }, true],
    ["f.g", "1", { f: [{ g: 1 }, { g: 2 }] }, true],
    ["gen_ai.request.model", "m", { "gen_ai.request.model": "m" }, true],
    ["a.b.c", "1", { a: { "b.c": 1 } }, true],
    ["f|exists", "true", { f: [] }, false],
    ["constructor", "x", {}, false],
  ])("%s: %s on %j is %s", (field, value, event, expected) => {
    expect(one(field, value, event)).toBe(expected);
  });

  test("a Parapet event answers by its envelope and its body; an empty envelope field is missing", () => {
    const event = {
      route: "assistant",
      model: "",
      body: { verdict: "block", model: "from the body", confidence: { secret: 0.9 } },
    };
    expect(one("route", "assistant", event)).toBe(true);
    expect(one("verdict", "block", event)).toBe(true);
    expect(one("model", "from the body", event)).toBe(false);
    expect(one("body.model", "from the body", event)).toBe(true);
    expect(one("confidence.secret|gte", "0.9", event)).toBe(true);
    expect(one("session|exists", "false", { session: "", body: {} })).toBe(true);
  });
});

describe("selections", () => {
  test.each<[string, string, RuleEvent, boolean]>([
    ["a map needs all", "s: {a: 1, b: 2}\ncondition: s", { a: 1 }, false],
    ["a list of maps needs one", "s: [{a: 1}, {b: 2}]\ncondition: s", { b: 2 }, true],
    ["words are looked for everywhere", "s: [needle]\ncondition: s", { x: { y: ["a NEEDLE b"] } }, true],
    ["words that are nowhere", "s: [needle]\ncondition: s", { x: "hay" }, false],
    ["all words", "s: {'|all': [one, two]}\ncondition: s", { x: "one", y: "two" }, true],
    ["all words, one missing", "s: {'|all': [one, two]}\ncondition: s", { x: "one" }, false],
  ])("%s", (_, detection, event, expected) => expect(holds(detection, event)).toBe(expected));
});

describe("conditions", () => {
  const condition = (text: string, event: RuleEvent): boolean =>
    holds(`sel_a: {a: 1}\nsel_b: {b: 1}\nfilter: {c: 1}\n_hidden: {d: 1}\ncondition: ${text}`, event);
  test.each<[string, RuleEvent, boolean]>([
    ["sel_a and not filter", { a: 1 }, true],
    ["sel_a and not filter", { a: 1, c: 1 }, false],
    ["sel_a or sel_b and filter", { a: 1 }, true],
    ["(sel_a or sel_b) and filter", { a: 1 }, false],
    ["not sel_a and sel_b", { b: 1 }, true],
    ["not (sel_a or sel_b)", { b: 1 }, false],
    ["not not sel_a", { a: 1 }, true],
    ["1 of sel_*", { b: 1 }, true],
    ["all of sel_*", { b: 1 }, false],
    ["any of them", { d: 1 }, false],
    ["1 of _*", { d: 1 }, true],
    ["2 of them", { a: 1, c: 1 }, true],
    ["all of sel_* AND NOT filter", { a: 1, b: 1 }, true],
    ["[sel_a, sel_b]", { b: 1 }, true],
  ])("%s on %j is %s", (text, event, expected) => expect(condition(text, event)).toBe(expected));
});

test("a missing field is false before not, whatever the modifier", () => {
  const tests = [
    "f: a",
    "f|contains: a",
    "f|re: a",
    "f|cidr: 10.0.0.0/8",
    "f|gt: 1",
    "f|neq: a",
    "f|fieldref: g",
    "f|hour: 3",
    "f|base64: a",
  ];
  for (const each of tests) {
    expect([each, holds(`s: {${each}}\ncondition: s`, {})]).toEqual([each, false]);
    expect([each, holds(`s: {${each}}\ncondition: not s`, {})]).toEqual([each, true]);
  }
});

test("wildcards agree with a regular expression of the same meaning", () => {
  const piece = fc.constantFrom("a", "b", "ab", "*", "?");
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 7 }),
      fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 }),
      (pieces, text) => {
        const pattern = pieces.join("");
        const expression = new RegExp(
          `^${pieces.map((each) => (each === "*" ? ".*" : each === "?" ? "." : each)).join("")}$`,
          "s",
        );
        expect(one("f", `'${pattern}'`, { f: text })).toBe(expression.test(text));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("hostile events end: deep, wide, and made for backtracking", () => {
  let deep: RuleEvent = { f: "needle" };
  for (let level = 0; level < 5_000; level += 1) deep = { x: deep };
  expect(holds("s: [needle]\ncondition: s", deep)).toBe(false);
  expect(one("f|re", "'(a+)+$'", { f: `${"a".repeat(50_000)}!` })).toBe(false);
  expect(one("f", "'*a*a*a*a*a*a*a*b'", { f: "a".repeat(50_000) })).toBe(false);
});
