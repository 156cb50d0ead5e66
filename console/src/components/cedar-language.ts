import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const KEYWORDS =
  /^(permit|forbid|when|unless|if|then|else|in|has|like|is|true|false|principal|action|resource|context)\b/;

/** Enough of Cedar's words for colours; the server says what is wrong. */
const cedar = StreamLanguage.define<null>({
  startState: () => null,
  token: (stream) => {
    if (stream.eatSpace()) return null;
    if (stream.match(/^\/\/.*/)) return "comment";
    if (stream.match(/^"(\\.|[^"\\])*"?/)) return "string";
    if (stream.match(/^@[A-Za-z_]\w*/)) return "meta";
    if (stream.match(KEYWORDS)) return "keyword";
    if (stream.match(/^\d+/)) return "number";
    if (stream.match(/^[A-Za-z_]\w*/)) return null;
    stream.next();
    return null;
  },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--p-operator)" },
  { tag: tags.string, color: "var(--p-accent)" },
  { tag: tags.number, color: "var(--p-arguments)" },
  { tag: tags.meta, color: "var(--p-untrusted)" },
  { tag: tags.comment, color: "var(--p-soft)", fontStyle: "italic" },
]);

export const cedarHighlighting = [cedar, syntaxHighlighting(colours)];
