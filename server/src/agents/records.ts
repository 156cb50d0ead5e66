/**
 * Texts that tools answer with, taken apart: JSON, the indented `key: value` lines that YAML and reports have, tables
 * of comma-separated values, and everything else as prose. What stands alone in a field is told from what somebody
 * wrote into a longer text, because outsiders write texts and systems write fields.
 */
export interface Leaf {
  readonly text: string;
  /** Keys that lead to it, without positions in lists: `messages.from`. */
  readonly column: string;
  /** The record it stands in, an index into `parents`. */
  readonly record: number;
}

export interface Records {
  readonly leaves: readonly Leaf[];
  /** The record around each record; -1 for the outermost. */
  readonly parents: readonly number[];
}

const DEPTH_MAX = 24;
const LEAVES_MAX = 5000;
const TEXT_MAX = 400_000;

interface Builder {
  readonly leaves: Leaf[];
  readonly parents: number[];
}

const walk = (value: unknown, column: string, record: number, depth: number, into: Builder): void => {
  if (into.leaves.length >= LEAVES_MAX) return;
  if (typeof value === "string") {
    const inner = depth < DEPTH_MAX ? parsedJson(value) : undefined;
    if (inner === undefined) into.leaves.push({ text: value, column, record });
    else walk(inner, column, record, depth + 1, into);
    return;
  }
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
    into.leaves.push({ text: String(value), column, record });
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (depth >= DEPTH_MAX) {
    into.leaves.push({ text: JSON.stringify(value), column, record });
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) walk(item, column, record, depth + 1, into);
    return;
  }
  const own = into.parents.push(record) - 1;
  for (const [key, inner] of Object.entries(value))
    walk(inner, column === "" ? key : `${column}.${key}`, own, depth + 1, into);
};

/** A JSON list or object; undefined for every other text. */
const parsedJson = (text: string): unknown => {
  const trimmed = text.trim();
  if (!/^[[{]/u.test(trimmed) || !/[\]}]$/u.test(trimmed)) return undefined;
  try {
    const value: unknown = JSON.parse(trimmed);
    return value;
  } catch {
    return undefined;
  }
};

const LINE = /^(\s*)((?:- +)*)(?:["']?([\p{L}][\p{L}\p{N} _.()/-]{0,60}?)["']?\s?[:：](?:\s+(.*))?|(.*))$/u;

interface Level {
  /** Where its key, or the dash of its item, begins. */
  readonly indent: number;
  readonly column: string;
  readonly record: number;
  /** Lines of a value that began on its own line, so that deeper lines go on with it. */
  readonly open?: string[];
}

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/su, "$2");

/**
 * Reads lines as far as they have the form of records; after a blank line that no indentation follows, or a line
 * that fits nowhere, the rest is prose. A text that somebody wrote into a field is indented deeper than its key, so
 * that it cannot end the field.
 */
const readLines = (text: string, into: Builder): void => {
  const lines = text.split("\n");
  const levels: Level[] = [{ indent: -1, column: "", record: into.parents.push(-1) - 1 }];
  const finished: { readonly parts: string[]; readonly column: string; readonly record: number }[] = [];
  const close = (): void => {
    for (const { parts, column, record } of finished)
      into.leaves.push({ text: unquoted(parts.join("\n")), column, record });
  };
  for (const [index, line] of lines.entries()) {
    if (into.leaves.length + finished.length >= LEAVES_MAX) break;
    if (line.trim() === "") {
      const next = lines.slice(index + 1, index + 20).find((each) => each.trim() !== "");
      if (next === undefined) break;
      if (/^(?:\s|- )/u.test(next)) {
        levels.at(-1)?.open?.push("");
        continue;
      }
      close();
      into.leaves.push({ text: lines.slice(index + 1).join("\n"), column: "", record: levels[0]?.record ?? 0 });
      return;
    }
    const match = LINE.exec(line);
    const dashes = match?.[2] ?? "";
    const innermost = levels.at(-1);
    if (innermost?.open !== undefined && (match?.[1]?.length ?? 0) > innermost.indent) {
      innermost.open.push(line.trim());
      continue;
    }
    const key = match?.[3];
    if (key === undefined && dashes === "") {
      close();
      into.leaves.push({ text: lines.slice(index).join("\n"), column: "", record: levels[0]?.record ?? 0 });
      return;
    }
    const begins = match?.[1]?.length ?? 0;
    // A list may stand at the indentation of its own key.
    while (levels.length > 1 && (levels.at(-1)?.indent ?? -1) >= begins) {
      const last = levels.at(-1);
      if (last?.indent === begins && dashes !== "" && last.open === undefined && !last.column.endsWith("[]")) break;
      levels.pop();
    }
    const around = levels.at(-1) ?? { indent: -1, column: "", record: 0 };
    const base = around.column.replace(/\[\]$/u, "");
    const record = dashes === "" ? around.record : into.parents.push(around.record) - 1;
    if (dashes !== "") levels.push({ indent: begins, column: `${base}[]`, record });
    const column = key === undefined ? base : base === "" ? key : `${base}.${key}`;
    const inline = (key === undefined ? (match?.[5] ?? "") : (match?.[4] ?? "")).trim();
    if (inline === "" && key !== undefined) {
      levels.push({ indent: begins + dashes.length, column, record: into.parents.push(record) - 1 });
      continue;
    }
    const parts = /^[|>][+-]?$/u.test(inline) ? [] : [inline];
    finished.push({ parts, column, record });
    levels.push({ indent: key === undefined ? begins : begins + dashes.length, column, record, open: parts });
  }
  close();
};

const looksLikeLines = (text: string): boolean => {
  const lines = text
    .slice(0, 4000)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const [first = ""] = lines;
  return lines.length > 1 && /^(?:- .*|[\p{L}][\p{L}\p{N} _.()-]{0,40}:(?:\s.*)?)$/u.test(first);
};

const cells = (line: string): readonly string[] => line.split(/[,;\t|]/u).map((cell) => unquoted(cell));

const readTable = (lines: readonly string[], into: Builder): boolean => {
  const [head, ...rows] = lines;
  const columns = cells(head ?? "");
  if (columns.length < 3 || rows.length < 2 || columns.some((column) => column.length > 40)) return false;
  if (!rows.every((row) => cells(row).length === columns.length)) return false;
  for (const row of rows.slice(0, 1000)) {
    const record = into.parents.push(-1) - 1;
    for (const [index, cell] of cells(row).entries())
      into.leaves.push({ text: cell, column: columns[index] ?? "", record });
  }
  return true;
};

/** Takes a text apart. A text that is too long to take apart is one piece of prose. */
export const readRecords = (text: string): Records => {
  const into: Builder = { leaves: [], parents: [] };
  const json = text.length > TEXT_MAX ? undefined : parsedJson(text);
  if (json !== undefined) walk(json, "", -1, 0, into);
  else if (text.length > TEXT_MAX) into.leaves.push({ text, column: "", record: into.parents.push(-1) - 1 });
  else {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    if (lines.length >= 3 && readTable(lines, into)) return into;
    if (looksLikeLines(text)) readLines(text, into);
    else into.leaves.push({ text, column: "", record: into.parents.push(-1) - 1 });
  }
  if (into.parents.length === 0) into.parents.push(-1);
  return { leaves: into.leaves.map((leaf) => ({ ...leaf, record: Math.max(0, leaf.record) })), parents: into.parents };
};
