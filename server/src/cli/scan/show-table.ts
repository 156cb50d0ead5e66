import { relative } from "node:path";
import type { Terminal } from "../command.ts";
import { printable, shorten } from "../printable.ts";
import { paint, paintSeverity, renderTable } from "../table.ts";
import { countOf, summarySentence, uninspectedSentence } from "./summarise.ts";
import type { ScanReport, ScanResult } from "./tally.ts";

const ROWS_PER_FILE = 25;
const FILES_SHOWN = 40;
const NOTICES_SHOWN = 20;
const REASON_UNITS = 140;

const nameOf = (file: string, base: string): string => {
  const inside = relative(base, file);
  return printable(inside === "" || inside.startsWith("..") ? file : inside);
};

const rowOf = (result: ScanResult, terminal: Terminal) => [
  { shown: paintSeverity(terminal, result.severity) },
  result.span === undefined ? `${result.line}` : `${result.span.startLine}:${result.span.startColumn}`,
  `${result.detector}/${result.type}`,
  result.provenance,
  result.count === 1 ? "" : `×${result.count}`,
  shorten(result.reason, REASON_UNITS),
];

/** The answer first, then what was found by file, worst first, then what was not read. */
export const showReport = ({ summary, results, uninspected, skipped }: ScanReport, terminal: Terminal): void => {
  const { workingDirectory: base } = terminal;
  terminal.out(paint(terminal, "bold", summarySentence(summary)));
  if (summary.topPrincipals.length > 0) {
    terminal.out(
      `Most by: ${summary.topPrincipals.map(({ principal, exchanges }) => `${shorten(principal, 60)} (${exchanges})`).join(", ")}`,
    );
  }
  const rest = uninspectedSentence(summary);
  if (rest !== "") terminal.out(paint(terminal, "yellow", rest));

  const byFile = Map.groupBy(results, ({ file }) => file);
  const ordered = [...byFile].sort((a, b) => b[1].length - a[1].length);
  for (const [file, rows] of ordered.slice(0, FILES_SHOWN)) {
    terminal.out(`\n${paint(terminal, "bold", nameOf(file, base))}`);
    terminal.out(
      renderTable(
        ["severity", "line", "what", "from", "", "why"],
        rows.slice(0, ROWS_PER_FILE).map((row) => rowOf(row, terminal)),
      ),
    );
    if (rows.length > ROWS_PER_FILE)
      terminal.out(
        `… and ${countOf(rows.length - ROWS_PER_FILE, "more result")} in this file; --output json lists all.`,
      );
  }
  if (ordered.length > FILES_SHOWN)
    terminal.out(`\n… and ${countOf(ordered.length - FILES_SHOWN, "more file")}; --output json lists all.`);
  if (summary.notListed > 0)
    terminal.say(`${countOf(summary.notListed, "result")} beyond the first 20,000 were counted but not kept.`);

  for (const { file, line, reason } of uninspected.slice(0, NOTICES_SHOWN))
    terminal.say(`${nameOf(file, base)}:${line}: ${printable(reason)}`);
  if (uninspected.length > NOTICES_SHOWN)
    terminal.say(`… and more of the kind; --output json lists ${uninspected.length}.`);
  for (const { path, reason } of skipped.slice(0, NOTICES_SHOWN))
    terminal.say(`skipped ${nameOf(path, base)}: ${printable(reason)}`);
  if (skipped.length > NOTICES_SHOWN)
    terminal.say(
      `… and ${countOf(summary.skippedFiles - NOTICES_SHOWN, "more skipped file or folder", "more skipped files or folders")}.`,
    );
};
