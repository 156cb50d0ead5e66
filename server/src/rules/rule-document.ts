import type { Diagnostic } from "@parapet/model";
import { isCollection, LineCounter, parseAllDocuments, type Document } from "yaml";

const TEXT_UNITS_MAX = 200_000;
const DOCUMENTS_MAX = 100;

/** One YAML document that remembers where everything stood. */
export interface RuleDocument {
  readonly value: unknown;
  /** Of this document alone. */
  readonly text: string;
  /** Line of the value at this path, or of the nearest thing above it that exists. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
}

export type ReadDocuments =
  | { readonly ok: true; readonly documents: readonly RuleDocument[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const rangeStart = (node: unknown): number | undefined => {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === "number" ? start : undefined;
};

const offsetOf = (document: Document.Parsed, path: readonly (string | number)[]): number => {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const start = rangeStart(node);
    if (start !== undefined) return start;
  }
  return isCollection(document.contents) ? (document.contents.range?.[0] ?? 0) : 0;
};

/** Reads a file of one or more documents, which may be rules, correlations over them, filters and pipelines. */
export const readRuleDocuments = (text: string, file: string): ReadDocuments => {
  const failed = (message: string, fix: string, line = 1, column?: number): ReadDocuments => ({
    ok: false,
    diagnostics: [{ level: "error", file, line, ...(column === undefined ? {} : { column }), message, fix }],
  });
  if (text.length > TEXT_UNITS_MAX) return failed(`The file is longer than ${TEXT_UNITS_MAX} characters`, "Split it");
  const counter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: counter, logLevel: "error" });
  const documents = (Array.isArray(parsed) ? parsed : []).filter(
    (document) => document.contents !== null || document.errors.length > 0,
  );
  if (documents.length === 0) return failed("The file is empty", "Write a rule, or remove the file");
  if (documents.length > DOCUMENTS_MAX)
    return failed(`The file holds more than ${DOCUMENTS_MAX} documents`, "Split the file");
  const read: RuleDocument[] = [];
  for (const document of documents) {
    const [broken] = document.errors;
    if (broken !== undefined) {
      const { line, col } = counter.linePos(broken.pos[0]);
      return failed(
        broken.message.split("\n")[0] ?? "not YAML",
        "Correct the YAML at this place",
        Math.max(1, line),
        Math.max(1, col),
      );
    }
    const lineOf: RuleDocument["lineOf"] = (path) => Math.max(1, counter.linePos(offsetOf(document, path)).line);
    try {
      const value: unknown = document.toJS({ maxAliasCount: 50 });
      const [start, , end] = document.range;
      read.push({ value, lineOf, text: text.slice(start, end).replace(/^---\n/, "") });
    } catch {
      return failed("The file repeats its aliases too often", "Write the values out", lineOf([]));
    }
  }
  return { ok: true, documents: read };
};
