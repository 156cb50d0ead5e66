import Table from "cli-table3";
import { styleText } from "node:util";
import type { Severity } from "@parapet/model";
import type { Terminal } from "./command.ts";
import { printable } from "./printable.ts";

type Style = "red" | "yellow" | "green" | "blue" | "bold" | "dim";

/** Colour for what is shown on stdout; the words themselves when there are no colours. */
export const paint = (terminal: Pick<Terminal, "hasColours">, style: Style, text: string): string =>
  terminal.hasColours ? styleText(style, text, { validateStream: false }) : text;

const SEVERITY_STYLE: Readonly<Record<Severity, Style>> = {
  critical: "red",
  high: "red",
  medium: "yellow",
  low: "blue",
  informational: "dim",
};

/** A severity is always a word; the colour only helps. */
export const paintSeverity = (terminal: Pick<Terminal, "hasColours">, severity: Severity): string =>
  paint(terminal, SEVERITY_STYLE[severity], severity);

const BARE = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** A table without lines. Cells are plain data; they are made printable here. */
export const renderTable = (
  head: readonly string[],
  rows: readonly (readonly (string | { readonly shown: string })[])[],
): string => {
  const table = new Table({
    head: head.map((name) => name.toUpperCase()),
    chars: BARE,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  // `shown` is text that was made printable before it was coloured.
  for (const row of rows) table.push(row.map((cell) => (typeof cell === "string" ? printable(cell) : cell.shown)));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
};
