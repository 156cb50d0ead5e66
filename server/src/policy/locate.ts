/** Line and column, both from 1; the column counts UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export const placeAt = (text: string, offset: number): Place => {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
};

/** Cedar counts UTF-8 bytes; editors and we count UTF-16 units. */
export const unitsAt = (text: string, bytes: number): number =>
  Buffer.from(text, "utf8").subarray(0, bytes).toString("utf8").length;

/** The text with every comment blanked, offsets unchanged: a statement is never found inside a comment. */
const blankComments = (text: string): string => {
  let out = "";
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (quoted && character === "\\") {
      out += text.slice(index, index + 2);
      index += 1;
      continue;
    }
    if (character === '"') quoted = !quoted;
    if (!quoted && character === "/" && text[index + 1] === "/") {
      const end = text.indexOf("\n", index);
      const length = (end === -1 ? text.length : end) - index;
      out += " ".repeat(length);
      index += length - 1;
      continue;
    }
    out += character;
  }
  return out;
};

/**
 * Where each statement begins in its file, in the order of the file. Cedar answers with statements
 * sorted by a made-up id, so they are found again by their text; the longest first and each place
 * once, since one statement can be the tail of another that only adds annotations.
 */
export const locateStatements = (
  text: string,
  statements: readonly string[],
): readonly { readonly text: string; readonly offset: number }[] => {
  let remaining = blankComments(text);
  return statements
    .toSorted((left, right) => right.length - left.length)
    .map((statement) => {
      const offset = Math.max(0, remaining.indexOf(blankComments(statement)));
      remaining =
        remaining.slice(0, offset) + "\0".repeat(statement.length) + remaining.slice(offset + statement.length);
      return { text: statement, offset };
    })
    .toSorted((left, right) => left.offset - right.offset);
};
