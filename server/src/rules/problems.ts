import type { Diagnostic } from "@parapet/model";
import type { RuleDocument } from "./rule-document.ts";

/** Collects what is wrong with a document: file, line and fix. */
export class Problems {
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: string;
  readonly #document: RuleDocument;

  constructor(file: string, document: RuleDocument) {
    this.#file = file;
    this.#document = document;
  }

  add(level: Diagnostic["level"], path: readonly (string | number)[], message: string, fix: string): void {
    this.diagnostics.push({ level, file: this.#file, line: this.#document.lineOf(path), message, fix });
  }

  get failed(): boolean {
    return this.diagnostics.some(({ level }) => level === "error");
  }
}
