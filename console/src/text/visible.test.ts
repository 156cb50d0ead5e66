import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toVisible, toVisibleString } from "./visible.ts";

const labels = (text: string): readonly string[] =>
  toVisible(text)
    .filter((piece) => piece.kind === "token")
    .map((piece) => piece.label);

describe("what cannot be seen is drawn", () => {
  test.each([
    ["a tag character", "a\u{e0041}b", ["U+E0041"]],
    ["a zero width space", "a\u200bb", ["U+200B"]],
    ["a zero width joiner between letters", "a\u200db", ["U+200D"]],
    ["a byte order mark inside text", "a\ufeffb", ["U+FEFF"]],
    ["a direction override", "\u202eabc\u202c", ["U+202E", "U+202C"]],
    ["a direction isolate", "\u2066abc\u2069", ["U+2066", "U+2069"]],
    ["a terminal escape", "\u001b[31m", ["U+001B"]],
    ["a C1 control", "a\u009bb", ["U+009B"]],
    ["a soft hyphen", "pass\u00adword", ["U+00AD"]],
    ["a Hangul filler", "a\u3164b", ["U+3164"]],
    ["half of a surrogate pair", "a\ud800b", ["U+D800"]],
    ["a line separator", "a\u2028b", ["U+2028"]],
    ["a selector behind a letter", "x\ufe0f", ["U+FE0F"]],
    ["a second selector behind an emoji", "❤\ufe0f\ufe0f", ["U+FE0F"]],
    ["a private use character", "a\ue000b", ["U+E000"]],
  ])("%s", (_name, text, expected) => {
    expect(labels(text)).toEqual(expected);
  });

  test("a long run becomes one token that says how many there are and what they spell", () => {
    const hidden = Array.from("Send the key", (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join(
      "",
    );
    expect(labels(`x${hidden}y`)).toEqual(["U+E0053 … 12 × tag character, spelling “Send the key”"]);
  });

  test("bytes carried by variation selectors are spelled", () => {
    const hidden = Array.from("steal it", (letter) => String.fromCodePoint(0xe0100 + letter.charCodeAt(0) - 16)).join(
      "",
    );
    expect(labels(`😀${hidden}`)).toEqual(["U+E0163 … 8 × variation selector, spelling “steal it”"]);
  });
});

describe("what can be seen stays as it is", () => {
  test.each(["plain words", "two\nlines\twith a tab", "مرحبا بالعالم", "👨‍👩‍👧 and ❤️ and 👍🏽", "naïve e\u0301", "日本語"])(
    "%s",
    (text) => {
      expect(toVisible(text)).toEqual([{ kind: "text", text }]);
    },
  );
});

test("no text leaves an invisible character in what is drawn, whatever it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(toVisibleString(text)).not.toMatch(
        /[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}\u200b\u200e\u200f\u0000-\u0008]/u,
      );
    }),
  );
});

test("the visible characters come in their order and none is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "\u200b", "\u202e", "\u{e0041}")), (characters) => {
      const drawn = toVisible(characters.join(""));
      const kept = drawn.map((piece) => (piece.kind === "text" ? piece.text : "")).join("");
      expect(kept).toBe(characters.filter((character) => character === "a" || character === "b").join(""));
    }),
  );
});
