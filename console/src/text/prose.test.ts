import { expect, test } from "vitest";
import { unwrapped } from "./prose.ts";

test.each([
  ["one line", "One line.", "One line."],
  ["a paragraph of several lines", "What happens\nwhen it\nbreaks.", "What happens when it breaks."],
  ["points stay points", "Do this:\n1. First\nof all.\n2. Then that.", "Do this:\n1. First of all.\n2. Then that."],
  ["dashes, too", "- one\n- two", "- one\n- two"],
  ["paragraphs stay apart", "One\nof them.\n\nAnother.", "One of them.\n\nAnother."],
  ["what is indented stays on its line", "Run:\n  npx parapet", "Run:\n  npx parapet"],
  ["nothing", "", ""],
  ["an end of line", "One.\n", "One."],
])("%s", (_, written, shown) => {
  expect(unwrapped(written)).toBe(shown);
});
