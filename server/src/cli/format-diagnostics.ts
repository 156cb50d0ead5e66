import type { Diagnostic } from "@parapet/model";

/** `file:line:column: error: message` with the fix below, as editors and people read it. */
export const formatDiagnostics = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics
    .map(({ level, file, line, column, message, fix }) => {
      const place = [file, line, column].filter((part) => part !== undefined).join(":");
      return `${place}: ${level}: ${message}${fix === undefined ? "" : `\n    fix: ${fix}`}`;
    })
    .join("\n");
