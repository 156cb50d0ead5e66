import { RE2JS } from "re2js";

/** Part of a Sigma string: a literal, `*` (anything) or `?` (one character). */
export interface Part {
  readonly kind: "text" | "any" | "one";
  readonly text: string;
}

/** Backslash escapes `*`, `?` and itself; before anything else it stands for itself. */
export const parseWildcards = (value: string): readonly Part[] => {
  const parts: Part[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push({ kind: "text", text });
    text = "";
  };
  for (let index = 0; index < value.length; index += 1) {
    const character = value[index] ?? "";
    const next = value[index + 1];
    if (character === "\\" && (next === "*" || next === "?" || next === "\\")) {
      text += next;
      index += 1;
    } else if (character === "*" || character === "?") {
      flush();
      parts.push({ kind: character === "*" ? "any" : "one", text: "" });
    } else {
      text += character;
    }
  }
  flush();
  return parts;
};

/** The string without its escapes; undefined when it holds a wildcard. */
export const plainText = (value: string): string | undefined => {
  const parts = parseWildcards(value);
  return parts.every(({ kind }) => kind === "text") ? parts.map(({ text }) => text).join("") : undefined;
};

const EMPTY: Part = { kind: "text", text: "" };

/** The literals between stars. */
const runsOf = (parts: readonly Part[]): readonly string[] => {
  const runs = [""];
  for (const { kind, text } of parts) {
    if (kind === "any") runs.push("");
    else runs.push(`${runs.pop() ?? ""}${text}`);
  }
  return runs;
};

export interface Anchors {
  readonly start: boolean;
  readonly end: boolean;
}

/**
 * Compiles to a predicate without backtracking: each run between stars is taken at its leftmost
 * place, which is enough for globs. `anchors` says whether the ends of the text count.
 */
export const compileWildcards = (parts: readonly Part[], { start, end }: Anchors): ((text: string) => boolean) => {
  const [only = EMPTY] = parts;
  if (parts.length <= 1 && only.kind === "text") {
    const { text: wanted } = only;
    if (start && end) return (text) => text === wanted;
    if (start) return (text) => text.startsWith(wanted);
    if (end) return (text) => text.endsWith(wanted);
    return (text) => text.includes(wanted);
  }
  // `?` is one character, not half of one: only then are code points looked at.
  if (parts.some(({ kind }) => kind === "one")) {
    const inner = parts.map(({ kind, text }) => (kind === "any" ? ".*" : kind === "one" ? "." : RE2JS.quote(text)));
    const expression = RE2JS.compile(`${start ? "\\A" : ""}${inner.join("")}${end ? "\\z" : ""}`, RE2JS.DOTALL);
    return (text) => expression.test(text);
  }
  const open: Part = { kind: "any", text: "" };
  const runs = runsOf([...(start ? [] : [open]), ...parts, ...(end ? [] : [open])]);
  const [first = ""] = runs;
  if (runs.length === 1) return (text) => text === first;
  const last = runs.at(-1) ?? "";
  const middle = runs.slice(1, -1).filter((run) => run !== "");
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const run of middle) {
      const found = text.indexOf(run, at);
      if (found === -1) return false;
      at = found + run.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
};
