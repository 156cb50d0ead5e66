import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRule } from "./compile-rule.ts";
import { parseWhere } from "./where.ts";

const EVENT = {
  source: "okta",
  kind: "sign_in",
  principal: "user:ada lovelace",
  body: {
    status: 500,
    address: "10.0.0.7",
    tool: "Shell",
    path: "a*b",
    "gen_ai.request.model": "m-1",
    tags: ["x", "y"],
  },
};
const holds = (text: string): boolean => {
  const parsed = parseWhere(text);
  if (!parsed.ok) throw new Error(`${parsed.message} at ${parsed.column}`);
  return compileRule(parsed.detection)(EVENT);
};

describe("an expression", () => {
  test.each<[string, boolean]>([
    ["source=okta", true],
    ["source=okta and body.tool=shell", true],
    ["source = okta AND tool != shell", false],
    ["missing != x", true],
    ["tool=sh*", true],
    ['tool="sh"*', true],
    ['tool="sh*"', false],
    ['path="a*b"', true],
    ['principal="user:ada lovelace"', true],
    ["principal='user:ada lovelace'", true],
    ["principal contains ada", true],
    ["principal startswith user:", true],
    ["tool endswith ELL", true],
    ["status = 500", true],
    ['status = "500"', true],
    ["status >= 500 and status < 600", true],
    ["status > 500", false],
    ["address cidr 10.0.0.0/8", true],
    ["tool re '^[Ss]h'", true],
    ["tool in (curl, shell)", true],
    ['tool in ("curl", "wget")', false],
    ["tags = y", true],
    ["gen_ai.request.model = m-1", true],
    ["tool exists and not nothing exists", true],
    ["source=x or kind=sign_in and tool=shell", true],
    ["(source=x or kind=sign_in) and tool=x", false],
    ["not source=x", true],
    ['"lovelace"', true],
    ['"love"', false],
    ['"love*" and not "hate"', true],
    ["tool = *", true],
  ])("%s is %s", (text, expected) => expect(holds(text)).toBe(expected));
});

test.each<[string, number, RegExp]>([
  ["", 1, /empty/],
  ["source", 7, /ends/],
  ["source=", 8, /value/],
  ["source=a tool=b", 10, /and, or/],
  ["source=a and", 13, /test/],
  ["(source=a", 10, /\)/],
  ["source like a", 8, /no comparison/],
  ["address cidr x", 9, /network/],
  ["tool re '('", 6, /regular/],
  ['tool="a', 6, /cannot be read/],
  ["= 3", 1, /name of a field/],
])("%s is refused at %i", (text, column, message) => {
  const parsed = parseWhere(text);
  expect(parsed).toMatchObject({ ok: false, column });
  expect(parsed.ok ? "" : parsed.message).toMatch(message);
});

test("any text is read or refused with a place inside it", () => {
  const piece = fc.constantFrom(
    "a",
    "=",
    "!=",
    "and",
    "or",
    "not",
    "(",
    ")",
    '"',
    "'",
    "x y",
    "*",
    ",",
    "in",
    "re",
    "\\",
    " ",
    "🙂",
    "1",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join(" ");
      const parsed = parseWhere(text);
      if (parsed.ok) compileRule(parsed.detection)(EVENT);
      else expect(parsed.column - 1).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 500 },
  );
});
