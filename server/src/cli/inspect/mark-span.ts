import { printableCharacter } from "../printable.ts";

const BEFORE_UNITS = 60;
const SPAN_UNITS_MAX = 120;
const AFTER_UNITS = 40;

const WIDE =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\uFF01-\uFF60]/u;

/** Columns that a terminal gives to text that was made printable. */
const widthOf = (text: string): number => {
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
};

const show = (text: string): string =>
  Array.from(text, (character) => (character === "\n" ? "⏎" : printableCharacter(character))).join("");

/** The nearest place that does not cut a character in two. */
const whole = (text: string, at: number): number => (/[\uDC00-\uDFFF]/.test(text.charAt(at)) && at > 0 ? at - 1 : at);

/**
 * Two lines: the text around a span as it may stand on a terminal, and carets below the span. Line breaks are
 * drawn as `⏎`, so that a span over several lines stays one line with its carets.
 */
export const markSpan = (text: string, start: number, end: number): readonly [string, string] => {
  const from = whole(text, Math.max(0, start - BEFORE_UNITS));
  const spanEnd = whole(text, Math.min(end, start + SPAN_UNITS_MAX));
  const to = whole(text, Math.min(text.length, spanEnd === end ? end + AFTER_UNITS : spanEnd));
  const before = `${from > 0 ? "…" : ""}${show(text.slice(from, start))}`;
  const span = show(text.slice(start, spanEnd));
  const after = show(text.slice(spanEnd, to));
  const rest = to < text.length ? "…" : "";
  return [`${before}${span}${after}${rest}`, " ".repeat(widthOf(before)) + "^".repeat(Math.max(1, widthOf(span)))];
};

/** 1-based line and column (UTF-16 units) of an offset. */
export const lineAndColumn = (text: string, offset: number): { readonly line: number; readonly column: number } => {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
};
