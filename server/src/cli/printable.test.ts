import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, printableLines, shorten } from "./printable.ts";

describe("printable", () => {
  test.each([
    { name: "an escape sequence", text: "\u001B[31mred", shown: "‹U+001B›[31mred" },
    { name: "a title that ends in a bell", text: "\u001B]0;x\u0007", shown: "‹U+001B›]0;x‹U+0007›" },
    { name: "an 8-bit control", text: "\u009B2J", shown: "‹U+009B›2J" },
    { name: "a bidirectional override", text: "a\u202Eb", shown: "a‹U+202E›b" },
    { name: "a tag character", text: "\u{E0041}", shown: "‹U+E0041›" },
    { name: "a zero-width space", text: "a\u200Bb", shown: "a‹U+200B›b" },
    { name: "a variation selector", text: "a\uFE0F", shown: "a‹U+FE0F›" },
    { name: "half of a surrogate pair", text: "\uD800x", shown: "‹U+D800›x" },
    { name: "a line break", text: "a\r\nb", shown: "a‹U+000D›‹U+000A›b" },
    { name: "ordinary text of many scripts", text: "naïve 日本 👍 é", shown: "naïve 日本 👍 é" },
  ])("$name is shown as it is safe to show", ({ text, shown }) => {
    expect(printable(text)).toBe(shown);
  });

  test("no text brings a control or format character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(printableLines(text).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });

  test("cutting never leaves half of a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 20 }), (text, units) => {
        const cut = shorten(text, units);
        expect(cut.length).toBeLessThanOrEqual(units);
        expect(cut.isWellFormed()).toBe(true);
      }),
    );
  });
});
