import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAddressWatch } from "./address-watch.ts";
import { findTokens, tokenBegun, tokenOf } from "./mask-tokens.ts";

const DIGEST = "3f2a9c04d1be77aa";
const TOKEN = "[EMAIL_ADDRESS_3f2a9c04d1be]";

test.each([
  ["EMAIL_ADDRESS", TOKEN],
  ["openai-api-key", "[OPENAI_API_KEY_3f2a9c04d1be]"],
  ["1password-secret-key", "[1PASSWORD_SECRET_KEY_3f2a9c04d1be]"],
  ["", "[VALUE_3f2a9c04d1be]"],
  ["a".repeat(100), `[${"A".repeat(40)}_3f2a9c04d1be]`],
])("a value of type %j is written %s, and read back as that", (type, token) => {
  expect(tokenOf(type, DIGEST)).toBe(token);
  expect(findTokens(`x ${token} y`)).toEqual([{ start: 2, end: 2 + token.length, token }]);
});

test.each([String.raw`\[EMAIL\_ADDRESS\_3f2a9c04d1be\]`, String.raw`[EMAIL\_ADDRESS_3f2a9c04d1be]`])(
  "as Markdown escapes it, %s is the same token",
  (text) => {
    expect(findTokens(text)).toEqual([{ start: 0, end: text.length, token: TOKEN }]);
  },
);

test.each([
  "[EMAIL_ADDRESS_3f2a9c04d1b]",
  "[EMAIL_ADDRESS_3F2A9C04D1BE]",
  "[email_address_3f2a9c04d1be]",
  "EMAIL_ADDRESS_3f2a9c04d1be",
  "[REDACTED:email-address]",
  "[1, 2]",
  // Half of an escaped backslash would be left behind, and end what it stands in.
  String.raw`{"to":"\\[EMAIL_ADDRESS_3f2a9c04d1be]"}`,
  "",
])("%j is no token", (text) => {
  expect(findTokens(text)).toEqual([]);
});

test("every beginning of a token is held from its bracket on, and a whole one is let go", () => {
  for (let cut = 1; cut < TOKEN.length; cut += 1) expect(tokenBegun(`to ${TOKEN.slice(0, cut)}`, 0, 3 + cut)).toBe(3);
  expect(tokenBegun(`to ${TOKEN}`, 0, 3 + TOKEN.length)).toBe(3 + TOKEN.length);
});

test.each(["a list [1, 2", "[link text", "[REDACTED:secret", "plain words", "[EMAIL ADDRESS"])(
  "%j is not held",
  (text) => {
    expect(tokenBegun(text, 0, text.length)).toBe(text.length);
  },
);

test("nothing is held for longer than a token is", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("[", "A", "_", "3", "f", "\\", "]", " "), maxLength: 400 }),
      (text) => {
        expect(text.length - tokenBegun(text, 0, text.length)).toBeLessThanOrEqual(112);
      },
    ),
  );
});

describe("a token in an address is left alone", () => {
  test.each([
    "https://collect.example/?q=",
    "![status](https://collect.example/p.png?d=a&e=",
    "[here](/path?q=",
    "[here](<https://collect.example/?q= ",
    '<img src="https://collect.example/?q= ',
    "<img src=//collect.example/",
    "background: url(https://collect.example/?q= ",
    "see www.collect.example/?q=",
    "[1]: https://collect.example/?q=",
    "ftp://collect.example/",
    "see //collect.example/?q=",
    `https://collect.example/?${"a".repeat(5_000)}`,
    `<img src='https://collect.example/?${" a".repeat(5_000)}`,
    "<a href=/path?q=",
    // Quotes and angle brackets are units like any other where an address is not put between them.
    '![x](https://collect.example/?q="',
    "![x](https://collect.example/?q='",
    "![x](https://collect.example/?q=<",
    "![x](https://collect.example/?q=>",
    'say "![x](https://collect.example/?q="',
    "don't ![x](https://collect.example/?q='",
    '<img src=https://collect.example/?q="',
    "<img src=https://collect.example/?q=<",
    'https://collect.example/?q="',
    "https://collect.example/?q=>",
    // Written with more spaces than anybody needs.
    '<img src          =         "https://collect.example/?q= ',
    "<img src   =   &#104;ttps&colon;//collect.example/?q=",
    "![x](     <https://collect.example/?q= ",
    "![x](\n<https://collect.example/?q= ",
    String.raw`![x](<https://collect.example/?\> q=`,
    "[1]: <https://collect.example/?q= ",
    "[1]:\n<https://collect.example/?q= ",
    '<style>a{background:url("https://collect.example/?) q=',
    '<button formaction="https://collect.example/?q= ',
    "<https:collect.example/?q=",
    String.raw`see https:\\collect.example/`,
    // Who talks to a person does so from the beginning.
    "![x](https://collect.example/?q=mailto:",
    "![x](https://collect.example/?q=](mailto:",
    "https://collect.example/?q=tel:",
    '<img src="https://collect.example/?q= mailto:',
    "<img src=\"https://collect.example/?q= 'mailto:",
    "<img src=\"https://collect.example/?q= src='mailto:",
    "![x](<https://collect.example/?q= mailto:",
  ])("%s", (before) => {
    expect(createAddressWatch()(`${before}${TOKEN}`, before.length)).toBe(true);
  });
});

describe("a token elsewhere may be put back", () => {
  test.each([
    "Write to ",
    "[write](mailto:",
    "[write](<mailto:",
    "<mailto:",
    '<a href="mailto:',
    "<a href='tel:",
    "write to mailto:",
    '{"url":"https://shop.example/a","mail":"',
    '<a href="https://shop.example">',
    "<https://shop.example> ",
    "<https://shop.example>",
    "background: url(https://shop.example/a.png); ",
    'url("https://shop.example/a.png") ',
    "See https://shop.example/help and write to ",
    "![alt text] and ",
    "(",
    '{"email":"',
    "- ",
    "Ratio 3:",
    "a // comment: ",
    '<img src="https://shop.example/logo.png"> ',
    '<p title="a">',
    "const source = 'x'; const to = '",
    "",
  ])("%j", (before) => {
    expect(createAddressWatch()(`${before}${TOKEN}`, before.length)).toBe(false);
  });
});

test("a text that grows is read on from where it was read before, and a place asked for twice has one answer", () => {
  const text = `a ${TOKEN} https://b.example/${TOKEN} c ${TOKEN}`;
  const places = findTokens(text).map(({ start }) => start);
  const watch = createAddressWatch();
  const answers = [...places, ...places].map((start) => watch(text.slice(0, start + TOKEN.length), start));
  expect(answers).toEqual([false, true, false, false, true, false]);
});

test.each([
  "[A",
  "[A_",
  "\\[",
  "[A_3f2a9c04d1be",
  "](",
  "](<",
  "www.",
  "src=",
  "[1]: ",
  "url(",
  'src="',
  'https:"',
  "https:>",
])("%j between ten thousand tokens is read in time linear in it", (piece) => {
  const text = `${piece}${TOKEN}`.repeat(10_000);
  const watch = createAddressWatch();
  const answers = findTokens(text).map(({ start }) => watch(text, start));
  expect(answers.length).toBeGreaterThan(9_000);
  expect(tokenBegun(text, 0, text.length)).toBeGreaterThanOrEqual(text.length - 112);
});
