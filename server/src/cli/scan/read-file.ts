import { readFile } from "node:fs/promises";
import { detectFormat, formatOfRecord, kindOfFormat, type Detected } from "./detect-format.ts";
import type { FoundFile } from "./find-files.ts";
import { parseJson } from "./loose-json.ts";
import { readChatRecord, readUnknownRecord } from "./read-chat.ts";
import { isOtlp, readOtlp } from "./read-otlp.ts";
import { readLines } from "./read-lines.ts";
import type { ScanFormat, ScanItem, ScanProblem } from "./scan-item.ts";

/** A document that must be held whole to be parsed. */
const WHOLE_BYTES_MAX = 64 * 1024 * 1024;
const STRETCH_UNITS = 16 * 1024;
const OVERLAP_UNITS = 1024;

export interface ReadingOptions {
  readonly format: ScanFormat | "auto";
  readonly onBytes: (count: number) => void;
}

export type FileReading =
  | { readonly kind: "read"; readonly format: ScanFormat; readonly items: AsyncIterable<ScanItem | ScanProblem> }
  | { readonly kind: "skip"; readonly reason: string };

/** Opens one file as records or stretches, read as they are asked for. */
export const readScanFile = async (file: FoundFile, { format, onBytes }: ReadingOptions): Promise<FileReading> => {
  const detected: Detected = format === "auto" ? await detectFormat(file.path) : kindOfFormat(format);
  switch (detected.kind) {
    case "skip":
      return detected;
    case "json":
      return readWhole(file, "auto", onBytes);
    case "document":
      return { kind: "read", format: detected.format, items: readDocument(file.path, onBytes) };
    case "lines": {
      // A format that was asked for may also stand in one document over several lines.
      const found = format === "auto" ? detected : await detectFormat(file.path);
      if (found.kind === "skip") return found;
      if (found.kind === "json" && file.bytes <= WHOLE_BYTES_MAX) return readWhole(file, detected.format, onBytes);
      return { kind: "read", format: detected.format, items: readRecords(file.path, detected.format, onBytes) };
    }
  }
};

const recordsOf = (value: unknown, format: "openai" | "otlp", line: number): readonly ScanItem[] | undefined => {
  if (format === "otlp") return isOtlp(value) ? readOtlp(value, line) : undefined;
  const record = readChatRecord(value, line) ?? readUnknownRecord(value, line);
  return record === undefined ? undefined : [record];
};

const readRecords = async function* (
  path: string,
  format: "openai" | "otlp",
  onBytes: (count: number) => void,
): AsyncGenerator<ScanItem | ScanProblem> {
  for await (const line of readLines(path, onBytes)) {
    if (!line.ok) {
      yield { kind: "problem", line: line.number, reason: line.reason };
      continue;
    }
    if (line.text.trim() === "") continue;
    const value = parseJson(line.text);
    const records = value === undefined ? undefined : recordsOf(value, format, line.number);
    if (records !== undefined) yield* records;
    else
      yield {
        kind: "problem",
        line: line.number,
        reason: value === undefined ? "not JSON" : `JSON, but no ${format === "otlp" ? "OTLP export" : "object"}`,
      };
  }
};

/** JSON over several lines: one record, a list of records, or a text like any other. */
const readWhole = async (
  file: FoundFile,
  format: "openai" | "otlp" | "auto",
  onBytes: (count: number) => void,
): Promise<FileReading> => {
  if (file.bytes > WHOLE_BYTES_MAX)
    return { kind: "skip", reason: "one JSON document of more than 64 MiB; write one record a line" };
  const text = (await readFile(file.path)).toString("utf8");
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const known = format === "auto" ? list.map(formatOfRecord).find((one) => one !== undefined) : format;
  if (known === undefined) return { kind: "read", format: "text", items: readDocument(file.path, onBytes) };
  onBytes(file.bytes);
  return { kind: "read", format: known, items: recordsOfWhole(value === undefined ? undefined : list, known) };
};

const recordsOfWhole = async function* (
  list: readonly unknown[] | undefined,
  format: "openai" | "otlp",
): AsyncGenerator<ScanItem | ScanProblem> {
  if (list === undefined) {
    yield { kind: "problem", line: 1, reason: "not JSON" };
    return;
  }
  for (const [index, value] of list.entries()) {
    const records = recordsOf(value, format, 1);
    if (records === undefined)
      yield {
        kind: "problem",
        line: 1,
        reason: `element ${index} is no ${format === "otlp" ? "OTLP export" : "object"}`,
      };
    else {
      const place = list.length === 1 ? "" : `/${index}`;
      for (const record of records)
        yield { ...record, texts: record.texts.map((text) => ({ ...text, pointer: place + text.pointer })) };
    }
  }
};

/** A document in stretches of whole lines that overlap a little, so that nothing is cut in two unseen. */
const readDocument = async function* (
  path: string,
  onBytes: (count: number) => void,
): AsyncGenerator<ScanItem | ScanProblem> {
  let lines: { readonly number: number; readonly text: string }[] = [];
  let units = 0;
  let overlap = 0;
  let isNew = false;

  const stretch = (): ScanItem => ({
    kind: "document",
    texts: [{ text: lines.map(({ text }) => text).join("\n"), provenance: "document", pointer: "" }],
    unreadable: [],
    principal: "",
    line: lines[0]?.number ?? 1,
    overlap,
  });
  const keepEnd = (): void => {
    let kept = 0;
    let from = lines.length;
    while (from > 0 && kept + (lines[from - 1]?.text.length ?? 0) + 1 <= OVERLAP_UNITS) {
      from -= 1;
      kept += (lines[from]?.text.length ?? 0) + 1;
    }
    lines = lines.slice(from);
    units = kept;
    overlap = kept;
    isNew = false;
  };

  for await (const line of readLines(path, onBytes)) {
    if (!line.ok) {
      yield { kind: "problem", line: line.number, reason: line.reason };
      if (isNew) yield stretch();
      lines = [];
      units = 0;
      overlap = 0;
      isNew = false;
      continue;
    }
    lines.push(line);
    units += line.text.length + 1;
    isNew = true;
    if (units < STRETCH_UNITS) continue;
    yield stretch();
    keepEnd();
  }
  if (isNew) yield stretch();
};
