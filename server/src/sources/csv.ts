/** One record of CSV with the line that it began on; without an end when a quote stays open. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
  readonly isWhole: boolean;
}

/** Records of CSV as RFC 4180 has them: quoted cells may hold line breaks, a quote in them is doubled. Linear. */
export function* csvRows(text: string): Generator<CsvRow> {
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const began = line;
    const cells: string[] = [];
    for (;;) {
      if (text[at] === '"') {
        const quoted = quotedEnd(text, at + 1);
        if (quoted === -1) {
          yield { line: began, cells: [...cells, text.slice(at + 1)], isWhole: false };
          return;
        }
        const cell = text.slice(at + 1, quoted);
        line += countLines(cell);
        cells.push(cell.replaceAll('""', '"'));
        at = quoted + 1;
      } else {
        const end = bareEnd(text, at);
        cells.push(text.slice(at, end));
        at = end;
      }
      if (text[at] !== ",") break;
      at += 1;
    }
    // Behind a closing quote nothing but a comma or the end of the line belongs.
    const end = text.indexOf("\n", at);
    at = end === -1 ? text.length : end + 1;
    line += 1;
    if (cells.length > 1 || cells[0] !== "") yield { line: began, cells, isWhole: true };
  }
}

const quotedEnd = (text: string, from: number): number => {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    if (text[at + 1] !== '"') return at;
    at += 1;
  }
  return -1;
};

const bareEnd = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && text[at] !== "," && text[at] !== "\n" && text[at] !== "\r") at += 1;
  return at;
};

const countLines = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
};
