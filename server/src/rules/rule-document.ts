import type { Diagnostic } from "@parapet/model";
import { isCollection, LineCounter, parseAllDocuments, type Document } from "yaml";

const TEXT_UNITS_MAX = 200_000;

/** One YAML document that remembers where everything stood. */
export interface RuleDocument {
  readonly value: unknown;
  /** Line of the value at this path, or of the nearest thing above it that exists. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
}

export type ReadDocument =
  | { readonly ok: true; readonly document: RuleDocument }
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

/** Reads a file that must hold exactly one rule. */
export const readRuleDocument = (text: string, file: string): ReadDocument => {
  const failed = (message: string, fix: string, line = 1, column?: number): ReadDocument => ({
    ok: false,
    diagnostics: [{ level: "error", file, line, ...(column === undefined ? {} : { column }), message, fix }],
  });
  if (text.length > TEXT_UNITS_MAX) return failed(`The rule is longer than ${TEXT_UNITS_MAX} characters`, "Split it");
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: counter, logLevel: "error" });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (document === undefined) return failed("The file is empty", "Write a rule, or remove the file");
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
  if (second !== undefined) {
    return failed(
      "The file holds more than one document",
      "Put each rule in a file of its own",
      counter.linePos(second.range[0]).line,
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 });
  } catch {
    return failed("The file repeats its aliases too often", "Write the values out");
  }
  return {
    ok: true,
    document: { value, lineOf: (path) => Math.max(1, counter.linePos(offsetOf(document, path)).line) },
  };
};
