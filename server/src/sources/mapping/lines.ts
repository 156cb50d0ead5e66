import { RE2JS } from "re2js";
import { accessWords } from "../access-words.ts";
import { numberOf, type Fields } from "../read.ts";
import type { Format } from "./schema.ts";
import { isLike } from "./wildcard.ts";

export type ReadLine =
  | { readonly ok: true; readonly record: Fields }
  | { readonly ok: false; readonly kind: "skipped" | "malformed"; readonly reason: string };

type LineFormat = Exclude<Format, { readonly kind: "json" }>;

/** Takes lines of text apart as a mapping's format says. */
export const lineReader = (format: LineFormat): ((line: string) => ReadLine) => {
  switch (format.kind) {
    case "words":
      return (line) => byColumns(accessWords(line), format.columns, format.least);
    case "delimited":
      return (line) => byColumns(line.split(format.delimiter, 200), format.columns, format.least);
    case "pattern":
      return byPattern(format.pattern);
    case "prometheus":
      return (line) => sampleOf(line, format.keep);
  }
};

const byColumns = (cells: readonly string[], columns: readonly string[], least: number): ReadLine => {
  if (cells.length < least)
    return {
      ok: false,
      kind: "malformed",
      reason: `The line has ${cells.length} columns, at least ${least} are needed`,
    };
  const record: Record<string, unknown> = {};
  for (const [index, name] of columns.entries()) {
    const cell = cells[index];
    if (cell !== undefined && cell !== "" && cell !== "-") record[name] = cell;
  }
  return { ok: true, record };
};

const byPattern = (pattern: string): ((line: string) => ReadLine) => {
  const compiled = RE2JS.compile(pattern);
  const names = Object.entries(compiled.namedGroups());
  return (line) => {
    const matcher = compiled.matcher(line);
    if (!matcher.find()) return { ok: false, kind: "malformed", reason: "The line does not fit the mapping's pattern" };
    const record: Record<string, unknown> = {};
    for (const [name, index] of names) {
      const value = matcher.group(index);
      if (value !== null && value !== "" && value !== "-") record[name] = value;
    }
    return { ok: true, record };
  };
};

const SAMPLE = /^([A-Za-z_:][\w:]{0,199})(?:\{([^}]*)\})?\s+([-+.\w]{1,40})(?:\s+(-?\d{1,16}))?\s*$/;
const LABEL = /([A-Za-z_]\w{0,127})="((?:[^"\\]|\\.)*)"/g;

/** `name{label="value"} 42 1795250744000`; comments and metrics that are not kept are skipped. */
const sampleOf = (line: string, keep: readonly string[]): ReadLine => {
  if (line.startsWith("#")) return { ok: false, kind: "skipped", reason: "A comment" };
  const [, metric = "", labels = "", value, time] = SAMPLE.exec(line) ?? [];
  if (metric === "")
    return { ok: false, kind: "malformed", reason: "Not a sample of Prometheus: name{labels} value [time]" };
  if (!keep.some((pattern) => isLike(metric, pattern)))
    return { ok: false, kind: "skipped", reason: "A metric that the mapping does not keep" };
  const number = numberOf(value) ?? Number(value);
  if (!Number.isFinite(number)) return { ok: false, kind: "skipped", reason: "A sample without a finite value" };
  return {
    ok: true,
    record: {
      metric,
      labels: Object.fromEntries(Array.from(labels.matchAll(LABEL), ([, name = "", text = ""]) => [name, text])),
      value: number,
      ...(time !== undefined && { time: Number(time) }),
    },
  };
};
