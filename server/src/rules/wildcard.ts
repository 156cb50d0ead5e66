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

/** A run of characters between two `*`; undefined stands for `?`. */
type Run = readonly (string | undefined)[];

const runsOf = (parts: readonly Part[]): readonly Run[] => {
  const runs: (string | undefined)[][] = [[]];
  for (const { kind, text } of parts) {
    const last = runs.at(-1) ?? [];
    if (kind === "any") runs.push([]);
    else if (kind === "one") last.push(undefined);
    else last.push(...text.split(""));
  }
  return runs;
};

const fits = (text: string, at: number, run: Run): boolean => {
  if (at < 0 || at + run.length > text.length) return false;
  for (let index = 0; index < run.length; index += 1) {
    const wanted = run[index];
    if (wanted !== undefined && text[at + index] !== wanted) return false;
  }
  return true;
};

const seeker = (run: Run): ((text: string, from: number) => number) => {
  if (run.every((character) => character !== undefined)) {
    const literal = run.join("");
    return (text, from) => text.indexOf(literal, from);
  }
  return (text, from) => {
    for (let at = from; at + run.length <= text.length; at += 1) if (fits(text, at, run)) return at;
    return -1;
  };
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
  const open: Part = { kind: "any", text: "" };
  const runs = runsOf([...(start ? [] : [open]), ...parts, ...(end ? [] : [open])]);
  const [first = []] = runs;
  if (runs.length === 1) return (text) => text.length === first.length && fits(text, 0, first);
  const last = runs.at(-1) ?? [];
  const middle = runs
    .slice(1, -1)
    .filter((run) => run.length > 0)
    .map((run) => ({ seek: seeker(run), length: run.length }));
  return (text) => {
    if (!fits(text, 0, first)) return false;
    let at = first.length;
    for (const { seek, length } of middle) {
      const found = seek(text, at);
      if (found === -1) return false;
      at = found + length;
    }
    return text.length - last.length >= at && fits(text, text.length - last.length, last);
  };
};
