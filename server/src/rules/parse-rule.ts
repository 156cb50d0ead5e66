import { createHash } from "node:crypto";
import { type LogSourceBinding, SEVERITIES } from "@parapet/model";
import { z } from "zod";
import { parseCondition } from "./condition.ts";
import { bindingsOf, DEFAULT_BINDINGS, knownFields } from "./log-source.ts";
import { nearest } from "#platform";
import { parseSelection } from "./parse-selection.ts";
import { Problems } from "./problems.ts";
import { readRuleDocuments, type RuleDocument } from "./rule-document.ts";
import type { Condition, ParsedRule, Rule, RuleTest, Selection } from "./rule.ts";

const Text = z.string().trim().min(1);

/** Sigma 2.1's attributes, and ours under `parapet` and `tests`. Others are allowed by the standard. */
const Header = z.looseObject({
  title: Text.max(256),
  id: z.uuid().optional(),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, "lower-case letters, digits, dot, dash, underscore; at most 80")
    .optional(),
  status: z.enum(["stable", "test", "experimental", "deprecated", "unsupported"]).default("test"),
  description: z.string().default(""),
  level: z.enum(SEVERITIES).default("medium"),
  logsource: z.looseObject({
    category: z.string().optional(),
    product: z.string().optional(),
    service: z.string().optional(),
  }),
  detection: z.record(z.string(), z.unknown()),
  tags: z
    .array(
      z.string().regex(/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/, "namespace.name in lower case, as in atlas.aml.t0051.000"),
    )
    .default([]),
  references: z.array(z.string()).default([]),
  falsepositives: z.array(z.string()).default([]),
  author: z.string().optional(),
  date: z.string().optional(),
  modified: z.string().optional(),
  license: z.string().optional(),
  related: z.unknown().optional(),
  taxonomy: z.string().optional(),
  fields: z.array(z.string()).optional(),
  scope: z.array(z.string()).optional(),
  parapet: z
    .strictObject({
      "group-by": z.array(Text).max(8).default([]),
      triage: z.string().max(4_000).default(""),
      title: z.string().max(256).optional(),
    })
    .prefault({}),
  tests: z
    .array(z.strictObject({ name: Text, match: z.boolean(), event: z.record(z.string(), z.unknown()) }))
    .max(200)
    .default([]),
});
type Header = z.infer<typeof Header>;

const ATTRIBUTES = Object.keys(Header.shape);

export const slugOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80) || "rule";

const HEADER_FIXES: Readonly<Record<string, string>> = {
  title: "Add the line `title: What it detects`",
  logsource: "Add `logsource:` with `product: ai` and `service: llm_gateway` or `audit` below it",
  detection: "Add `detection:` with a selection and a condition below it",
  level: `Write one of ${SEVERITIES.join(", ")}`,
  id: "Write a UUID, or leave it out and give a name",
};

const headerProblems = (error: z.ZodError, problems: Problems): void => {
  for (const { path, message } of error.issues) {
    const keys = path.filter((key) => typeof key !== "symbol");
    const fix = HEADER_FIXES[String(keys[0])] ?? "See docs/rules.md for the attributes of a rule";
    problems.add("error", keys, `${keys.join(".")}: ${message}`, fix);
  }
};

const misspelt = (value: object, problems: Problems): void => {
  for (const key of Object.keys(value)) {
    if (ATTRIBUTES.includes(key)) continue;
    const meant = nearest(key, ATTRIBUTES);
    if (meant !== undefined && !(meant in value))
      problems.add("warning", [key], `"${key}" is not an attribute of rules`, `Did you mean ${meant}?`);
  }
};

export const readConditions = (
  given: unknown,
  names: readonly string[],
  problems: Problems,
  section = "detection",
): Condition | undefined => {
  const texts = Array.isArray(given) ? given : [given];
  const used = new Set<string>();
  let whole: Condition | undefined;
  for (const text of texts) {
    if (typeof text !== "string") {
      problems.add(
        "error",
        [section, "condition"],
        "detection has no condition",
        "Add the line `condition: selection`",
      );
      return undefined;
    }
    const parsed = parseCondition(text, names);
    if (!parsed.ok) {
      problems.add("error", [section, "condition"], parsed.message, parsed.fix);
      return undefined;
    }
    for (const name of parsed.used) used.add(name);
    whole = whole === undefined ? parsed.condition : { kind: "or", left: whole, right: parsed.condition };
  }
  for (const name of names) {
    if (!used.has(name))
      problems.add("warning", [section, name], `The condition does not use "${name}"`, "Use it, or remove it");
  }
  return whole;
};

const fieldNames = (selection: Selection): readonly string[] =>
  selection.kind === "any"
    ? selection.of.flatMap(fieldNames)
    : selection.tests.map(({ field }) => field).filter((field) => field !== "");

/** Says where a rule reads a log source that nothing here is, or a field that its events do not have. */
const checkFields = (
  header: Header,
  selections: Readonly<Record<string, Selection>>,
  bindings: readonly LogSourceBinding[],
  problems: Problems,
): void => {
  const bound = bindingsOf(header.logsource, bindings);
  const { product, service } = header.logsource;
  if (bound.length === 0) {
    // Rules of other products may lie here for a source that is not there yet.
    if (product !== "ai") return;
    const known = bindings.flatMap(({ logsource }) => (logsource.product === "ai" ? (logsource.service ?? []) : []));
    problems.add(
      "warning",
      ["logsource"],
      `No events of service "${service ?? ""}" arrive here, so the rule never holds`,
      `Write service: ${[...new Set(known)].join(" or ")}`,
    );
    return;
  }
  const known = knownFields(bound);
  if (known === undefined) return;
  const report = (field: string, path: readonly (string | number)[]): void => {
    const [first = "", second = ""] = field.split(".");
    const head = first === "body" && second !== "" ? second : first;
    if (known.includes(head) || known.includes(field)) return;
    const meant = nearest(head, known);
    problems.add(
      "warning",
      path,
      `Events of ${service ?? product ?? "this log source"} have no field "${field}"`,
      meant === undefined ? "See docs/rules.md for the fields" : `Did you mean ${meant}?`,
    );
  };
  for (const [name, selection] of Object.entries(selections)) {
    for (const field of fieldNames(selection)) report(field, ["detection", name]);
  }
  for (const field of header.parapet["group-by"]) report(field, ["parapet", "group-by"]);
};

export const readSelections = (
  detection: Readonly<Record<string, unknown>>,
  problems: Problems,
  section = "detection",
): Readonly<Record<string, Selection>> => {
  const selections: Record<string, Selection> = Object.create(null);
  for (const [name, value] of Object.entries(detection)) {
    if (name === "condition" || name === "timeframe" || name === "rules") continue;
    selections[name] = parseSelection(value, [section, name], ({ path, message, fix }) =>
      problems.add("error", path, message, fix),
    );
  }
  if (Object.keys(selections).length === 0)
    problems.add(
      "error",
      ["detection"],
      "detection has no selection",
      "Add one, as in `selection:` with `field: value` below it",
    );
  if ("timeframe" in detection)
    problems.add("warning", ["detection", "timeframe"], "timeframe has no effect in a rule", "Remove it");
  return selections;
};

/** Reads one document as a Sigma rule over single events (specification 2.1). */
export const readRule = (document: RuleDocument, file: string, bindings: readonly LogSourceBinding[]): ParsedRule => {
  const { value, lineOf, text } = document;
  const problems = new Problems(file, document);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.add("error", [], "The file is not a rule", "Begin with `title:`");
    return { ok: false, diagnostics: problems.diagnostics };
  }
  const header = Header.safeParse(value);
  if (!header.success) {
    headerProblems(header.error, problems);
    return { ok: false, diagnostics: problems.diagnostics };
  }
  const { data } = header;
  misspelt(value, problems);
  const selections = readSelections(data.detection, problems);
  const condition = readConditions(data.detection["condition"], Object.keys(selections), problems);
  if (problems.failed || condition === undefined) return { ok: false, diagnostics: problems.diagnostics };
  checkFields(data, selections, bindings, problems);
  const { category, product, service } = data.logsource;
  const rule: Rule = {
    key: data.name ?? data.id ?? slugOf(data.title),
    id: data.id,
    version: createHash("sha256").update(text).digest("hex").slice(0, 12),
    title: data.title,
    description: data.description.trim(),
    status: data.status,
    severity: data.level,
    tags: data.tags,
    references: data.references,
    falsePositives: data.falsepositives,
    logsource: {
      ...(category === undefined ? {} : { category }),
      ...(product === undefined ? {} : { product }),
      ...(service === undefined ? {} : { service }),
    },
    selections,
    condition,
    groupBy: data.parapet["group-by"],
    triage: data.parapet.triage.trim(),
    findingTitle: data.parapet.title ?? data.title,
    tests: data.tests.map((test, index): RuleTest => ({ ...test, line: lineOf(["tests", index]) })),
    file,
    text,
  };
  return { ok: true, rule, diagnostics: problems.diagnostics };
};

/** Reads a file that holds exactly one rule over single events; a rule with an error is not returned. */
export const parseRule = (
  text: string,
  file: string,
  bindings: readonly LogSourceBinding[] = DEFAULT_BINDINGS,
): ParsedRule => {
  const read = readRuleDocuments(text, file);
  if (!read.ok) return read;
  const [document, second] = read.documents;
  const other = read.documents.find(({ value }) => isOther(value));
  if (document !== undefined && second === undefined && other === undefined) return readRule(document, file, bindings);
  const diagnostic = {
    level: "error" as const,
    file,
    line: (second ?? other)?.lineOf([]) ?? 1,
    message: second === undefined ? "This is no rule over single events" : "The file holds more than one document",
    fix: "Name a file with one rule",
  };
  return { ok: false, diagnostics: [diagnostic] };
};

const isOther = (value: unknown): boolean => typeof value === "object" && value !== null && "correlation" in value;
