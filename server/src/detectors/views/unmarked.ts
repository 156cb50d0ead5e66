import type { TextForm } from "../detector.ts";
import { FormBuilder } from "./form-builder.ts";

// Text around removed markup that is kept: more than detectors look at around a word, in both directions.
const CONTEXT_UNITS = 768;
const MARKS = "*`~";
/** Punctuation that writers of Markdown escape inside keys, names and addresses. */
const ESCAPED = "_*.:/~-";
const ROW_MAX = 16;
const COMMENT_UNITS_MAX = 2000;
/** Elements that stand inside a line: what is on both sides of them reads as one word. */
const INLINE_ELEMENT =
  /<\/?(?:abbr|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|rt|ruby|s|samp|small|span|strong|sub|sup|tt|u|var|wbr)(?:\s[^<>]{0,200})?\/?>/iy;

const WORD_UNITS = Uint8Array.from({ length: 0x10000 }, (_, unit) =>
  /[\p{L}\p{N}_]/u.test(String.fromCharCode(unit)) ? 1 : 0,
);
const isWordUnit = (text: string, at: number): boolean => WORD_UNITS[text.charCodeAt(at)] === 1;
const isDigit = (text: string, at: number): boolean => /^\d$/.test(text.charAt(at));

/** Finds the ends of markup in one text; comments are looked for once. */
const createReader = (text: string) => {
  let commentEnd = 0;
  const closeAfter = (at: number): number => {
    if (commentEnd >= 0 && commentEnd < at) commentEnd = text.indexOf("-->", at);
    return commentEnd;
  };
  const oneEnd = (at: number): number => {
    const unit = text.charAt(at);
    if (MARKS.includes(unit) && unit !== "") {
      let end = at + 1;
      while (end < at + 3 && text.charAt(end) === unit) end++;
      return end;
    }
    if (unit !== "<") return at;
    if (text.startsWith("<!--", at)) {
      const close = closeAfter(at + 4);
      return close < 0 || close - at > COMMENT_UNITS_MAX ? at : close + 3;
    }
    INLINE_ELEMENT.lastIndex = at;
    return at + (INLINE_ELEMENT.exec(text)?.[0].length ?? 0);
  };
  /** End of all markup that stands in a row from `at` on; `at` where there is none. */
  return (at: number): number => {
    let end = at;
    for (let count = 0; count < ROW_MAX; count++) {
      const next = oneEnd(end);
      if (next === end) break;
      end = next;
    }
    return end;
  };
};

/**
 * Words and numbers as a page shows them, where Markdown or HTML stands inside them: `sk\_live`, `gh**p**_x`,
 * `ig<b>no</b>re`, `**4111** **1111**`. It holds those and {@link CONTEXT_UNITS} around them. Undefined when there are
 * none.
 */
export const unmarkedForm = (source: TextForm, path: string): TextForm | undefined => {
  const { text } = source;
  const builder = new FormBuilder(text);
  const rowEnd = createReader(text);
  let written = 0;
  const remove = (start: number, end: number): void => {
    const from = Math.max(written, start - CONTEXT_UNITS);
    const tail = builder.length > 0 ? Math.min(from, written + CONTEXT_UNITS) : written;
    builder.copy(written, tail);
    // What is left out parts the pieces, as the end of a line does.
    if (builder.length > 0 && tail < from) builder.putUnit(0x0a, tail, from);
    builder.copy(from, start);
    written = end;
  };
  for (let at = nextMark(text, 0); at < text.length; at = nextMark(text, at + 1)) {
    if (text.charCodeAt(at) === 0x5c) {
      if (isEscape(text, at)) remove(at, at + 1);
      else at++;
      continue;
    }
    const end = rowEnd(at);
    if (end === at || !isWordUnit(text, at - 1)) continue;
    if (isWordUnit(text, end)) {
      remove(at, end);
      at = end - 1;
    } else if (isDigit(text, at - 1) && text.charCodeAt(end) === 0x20) {
      const other = rowEnd(end + 1);
      if (other === end + 1 || !isDigit(text, other)) continue;
      remove(at, end);
      remove(end + 1, other);
      at = other - 1;
    }
  }
  if (written === 0) return undefined;
  builder.copy(written, Math.min(text.length, written + CONTEXT_UNITS));
  return builder.build("joined", path, source);
};

const isEscape = (text: string, at: number): boolean => {
  const next = text.charAt(at + 1);
  return next !== "" && ESCAPED.includes(next);
};

const nextMark = (text: string, from: number): number => {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x5c || unit === 0x2a || unit === 0x60 || unit === 0x7e || unit === 0x3c) return at;
  }
  return text.length;
};

const TAIL_UNITS = 256;
const MARKED_TAIL = /[\p{L}\p{N}_](?:\\(?:[_*.:/~-]|$)|[*`~]{1,3}(?:[\p{L}\p{N}_]|$)|<(?:[a-z!/]|$))[^\s]*$/iu;

/** Where the last word of a text begins if markup stands inside it, so that it may be another one; else the text's end. */
export const markedTail = (text: string): number => {
  const from = Math.max(0, text.length - TAIL_UNITS, ...[" ", "\n", "\t"].map((space) => text.lastIndexOf(space) + 1));
  return from < text.length && MARKED_TAIL.test(text.slice(from)) ? from : text.length;
};
