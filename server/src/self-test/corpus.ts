import { Category, type Diagnostic } from "@parapet/model";
import { z } from "zod";
import { sha256Hex } from "#platform";

/** Where the text of a row stands: `answer` is what the scripted upstream says, the others are in the request. */
const CHANNELS = ["user", "document", "tool_output", "tool_description", "answer"] as const;

const TEXT_UNITS_MAX = 20_000;

/** One line of the corpus. Pieces of a text are joined: a token that looks real must not stand in a file whole. */
const Row = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{2,60}$/),
  label: z.enum(["attack", "benign"]),
  /** What an attack is to be found as, the most fitting first; what its look-alike must not be flagged as. */
  categories: z.array(Category).min(1),
  kind: z.string().min(1).max(60),
  channel: z.enum(CHANNELS),
  lang: z.string().min(2).max(20),
  text: z
    .union([z.string(), z.array(z.string())])
    .transform((text) => (typeof text === "string" ? text : text.join("")))
    .pipe(z.string().min(1).max(TEXT_UNITS_MAX)),
  /** Why it is what it is, where that is not plain. */
  note: z.string().max(400).optional(),
});
export type Row = Readonly<z.infer<typeof Row>>;

export interface Corpus {
  readonly rows: readonly Row[];
  /** Of the rows' content: figures of different corpora are not compared. */
  readonly digest: string;
  readonly diagnostics: readonly Diagnostic[];
}

type Parsed = { readonly ok: true; readonly row: Row } | { readonly ok: false; readonly message: string };

const parseRow = (line: string): Parsed => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, message: "is not JSON" };
  }
  const row = Row.safeParse(value);
  if (row.success) return { ok: true, row: row.data };
  const [issue] = row.error.issues;
  return { ok: false, message: `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim() };
};

/** Reads JSON lines. A line that is not in form, or whose id is taken, is left out and told. */
export const readCorpus = (files: readonly { readonly path: string; readonly text: string }[]): Corpus => {
  const rows = new Map<string, Row>();
  const diagnostics: Diagnostic[] = [];
  for (const { path, text } of files) {
    for (const [index, line] of text.split("\n").entries()) {
      if (line.trim() === "") continue;
      const parsed = parseRow(line);
      const message = !parsed.ok ? parsed.message : rows.has(parsed.row.id) ? `the id ${parsed.row.id} is taken` : "";
      if (message !== "") diagnostics.push({ level: "error", file: path, line: index + 1, message });
      else if (parsed.ok) rows.set(parsed.row.id, parsed.row);
    }
  }
  const all = [...rows.values()];
  return { rows: all, digest: sha256Hex(JSON.stringify(all)).slice(0, 16), diagnostics };
};
