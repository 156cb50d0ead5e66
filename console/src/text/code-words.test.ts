import * as fc from "fast-check";
import { expect, test } from "vitest";
import { codeWords } from "./code-words.ts";

/** Code in angle brackets. */
const shape = (sentence: string): string =>
  codeWords(sentence)
    .map(({ text, isCode }) => (isCode ? `<${text}>` : text))
    .join("");

test.each([
  ["words only", "Nobody named the recipient.", "Nobody named the recipient."],
  ["code at the end", "Nobody named the recipient in `send_mail`.", "Nobody named the recipient in <send_mail>."],
  ["code at the beginning, and twice", "`a` and `b`", "<a> and <b>"],
  ["a tick without its fellow", "a ` b", "a ` b"],
  ["a third tick", "`a` b ` c", "<a> b ` c"],
  ["ticks around nothing", "a `` b", "a `` b"],
  ["code ends with its line", "a `b\nc` d", "a `b\nc` d"],
  ["nothing", "", ""],
])("%s", (_, sentence, expected) => {
  expect(shape(sentence)).toBe(expected);
});

test("no letter is lost or moved, whatever a sentence quotes", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("`", "a", " ", "<", "\n", "\u{202e}") }), (sentence) => {
      const whole = codeWords(sentence).map(({ text, isCode }) => (isCode ? `\`${text}\`` : text));
      expect(whole.join("")).toBe(sentence);
    }),
  );
});
