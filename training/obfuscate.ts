import { createRandom } from "./random.ts";

const LEET: Readonly<Record<string, string>> = { a: "4", e: "3", i: "1", o: "0", s: "5", t: "7" };
const LOOKALIKE: Readonly<Record<string, string>> = {
  a: "а",
  c: "с",
  e: "е",
  i: "і",
  o: "о",
  p: "р",
  x: "х",
  y: "у",
};
const TAGS_FROM = 0xe0000;

const mapLetters =
  (table: Readonly<Record<string, string>>) =>
  (text: string): string =>
    text.replaceAll(/[a-z]/g, (letter) => table[letter] ?? letter);

const rot13 = (text: string): string =>
  text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });

const random = createRandom(7);

/** Transforms that a reader, or a model, can turn back. All but the first few need a text in Latin letters. */
export const OBFUSCATIONS: Readonly<Record<string, (text: string) => string>> = {
  base64: (text) => Buffer.from(text).toString("base64"),
  hex: (text) => Buffer.from(text).toString("hex"),
  "percent-encoded": (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  "HTML entities": (text) => Array.from(text, (letter) => `&#${letter.codePointAt(0)};`).join(""),
  "Unicode escapes": (text) =>
    text.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "Unicode tags": (text) =>
    Array.from(text, (letter) => String.fromCodePoint(TAGS_FROM + ((letter.codePointAt(0) ?? 0x20) & 0x7f))).join(""),
  "zero-width spaces": (text) => Array.from(text, (letter) => (random() < 0.5 ? `${letter}\u200b` : letter)).join(""),
  "full width": (text) =>
    text.replaceAll(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x21 + 0xff01)),
  "look-alike letters": mapLetters(LOOKALIKE),
  leet: mapLetters(LEET),
  "spaced letters": (text) =>
    text
      .split(" ")
      .map((word) => [...word].join(" "))
      .join("   "),
  rot13,
  reversed: (text) => [...text].toReversed().join(""),
};
