import type { Diagnostic } from "@parapet/model";
import { printable } from "./printable.ts";

/** `file:line:column: error: message` with the fix below, as editors and people read it. */
export const formatDiagnostics = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics
    .map(({ level, file, line, column, message, fix }) => {
      const place = [file, line, column].filter((part) => part !== undefined).join(":");
      const lines = message.split("\n").map(printable).join("\n    ");
      return `${printable(place)}: ${level}: ${lines}${fix === undefined ? "" : `\n    fix: ${printable(fix)}`}`;
    })
    .join("\n");
