import { createHash } from "node:crypto";
import { type Diagnostic, SEVERITIES } from "@parapet/model";
import { z } from "zod";
import { parseCondition } from "./condition.ts";
import { fieldsOf, KNOWN_SERVICES } from "./log-source.ts";
import { nearest } from "#platform";
import { parseSelection } from "./parse-selection.ts";
import { readRuleDocument, type RuleDocument } from "./rule-document.ts";
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

const slugOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80) || "rule";

class Findings {
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

const HEADER_FIXES: Readonly<Record<string, string>> = {
  title: "Add the line `title: What it detects`",
  logsource: "Add `logsource:` with `product: ai` and `service: llm_gateway` or `audit` below it",
  detection: "Add `detection:` with a selection and a condition below it",
  level: `Write one of ${SEVERITIES.join(", ")}`,
  id: "Write a UUID, or leave it out and give a name",
};

const headerProblems = (error: z.ZodError, findings: Findings): void => {
  for (const { path, message } of error.issues) {
    const keys = path.filter((key) => typeof key !== "symbol");
    const fix = HEADER_FIXES[String(keys[0])] ?? "See docs/rules.md for the attributes of a rule";
    findings.add("error", keys, `${keys.join(".")}: ${message}`, fix);
  }
};

const misspelt = (value: object, findings: Findings): void => {
  for (const key of Object.keys(value)) {
    if (ATTRIBUTES.includes(key)) continue;
    const meant = nearest(key, ATTRIBUTES);
    if (meant !== undefined && !(meant in value))
      findings.add("warning", [key], `"${key}" is not an attribute of rules`, `Did you mean ${meant}?`);
  }
};

const readConditions = (given: unknown, names: readonly string[], findings: Findings): Condition | undefined => {
  const texts = Array.isArray(given) ? given : [given];
  const used = new Set<string>();
  let whole: Condition | undefined;
  for (const text of texts) {
    if (typeof text !== "string") {
      findings.add(
        "error",
        ["detection", "condition"],
        "detection has no condition",
        "Add the line `condition: selection`",
      );
      return undefined;
    }
    const parsed = parseCondition(text, names);
    if (!parsed.ok) {
      findings.add("error", ["detection", "condition"], parsed.message, parsed.fix);
      return undefined;
    }
    for (const name of parsed.used) used.add(name);
    whole = whole === undefined ? parsed.condition : { kind: "or", left: whole, right: parsed.condition };
  }
  for (const name of names) {
    if (!used.has(name))
      findings.add("warning", ["detection", name], `The condition does not use "${name}"`, "Use it, or remove it");
  }
  return whole;
};

const fieldNames = (selection: Selection): readonly string[] =>
  selection.kind === "any"
    ? selection.of.flatMap(fieldNames)
    : selection.tests.map(({ field }) => field).filter((field) => field !== "");

/** Says where a rule for our own events reads a field that they do not have. */
const checkFields = (header: Header, selections: Readonly<Record<string, Selection>>, findings: Findings): void => {
  const { product, service } = header.logsource;
  if (product !== "ai") return;
  if (service === undefined || !KNOWN_SERVICES.includes(service)) {
    findings.add(
      "warning",
      ["logsource"],
      `No events of service "${service ?? ""}" arrive here, so the rule never holds`,
      `Write service: ${KNOWN_SERVICES.join(" or ")}`,
    );
    return;
  }
  const known = fieldsOf(service) ?? [];
  const report = (field: string, path: readonly (string | number)[]): void => {
    const [head = ""] = field.split(".");
    if (known.includes(head)) return;
    const meant = nearest(head, known);
    findings.add(
      "warning",
      path,
      `Events of ${service} have no field "${field}"`,
      meant === undefined ? "See docs/rules.md for the fields" : `Did you mean ${meant}?`,
    );
  };
  for (const [name, selection] of Object.entries(selections)) {
    for (const field of fieldNames(selection)) report(field, ["detection", name]);
  }
  for (const field of header.parapet["group-by"]) report(field, ["parapet", "group-by"]);
};

const readSelections = (header: Header, findings: Findings): Readonly<Record<string, Selection>> => {
  const selections: Record<string, Selection> = Object.create(null);
  for (const [name, value] of Object.entries(header.detection)) {
    if (name === "condition" || name === "timeframe") continue;
    selections[name] = parseSelection(value, ["detection", name], ({ path, message, fix }) =>
      findings.add("error", path, message, fix),
    );
  }
  if (Object.keys(selections).length === 0)
    findings.add(
      "error",
      ["detection"],
      "detection has no selection",
      "Add one, as in `selection:` with `field: value` below it",
    );
  if ("timeframe" in header.detection)
    findings.add("warning", ["detection", "timeframe"], "timeframe has no effect in a rule", "Remove it");
  return selections;
};

/**
 * Reads one Sigma rule (specification 2.1, single-event). Diagnostics carry line and fix; a rule with an
 * error is not returned.
 */
export const parseRule = (text: string, file: string): ParsedRule => {
  const read = readRuleDocument(text, file);
  if (!read.ok) return read;
  const { value, lineOf } = read.document;
  const findings = new Findings(file, read.document);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    findings.add("error", [], "The file is not a rule", "Begin with `title:`");
    return { ok: false, diagnostics: findings.diagnostics };
  }
  if ("correlation" in value) {
    findings.add("error", ["correlation"], "Correlations are not read yet", "Write a rule over single events");
    return { ok: false, diagnostics: findings.diagnostics };
  }
  const header = Header.safeParse(value);
  if (!header.success) {
    headerProblems(header.error, findings);
    return { ok: false, diagnostics: findings.diagnostics };
  }
  const { data } = header;
  misspelt(value, findings);
  const selections = readSelections(data, findings);
  const condition = readConditions(data.detection["condition"], Object.keys(selections), findings);
  if (findings.failed || condition === undefined) return { ok: false, diagnostics: findings.diagnostics };
  checkFields(data, selections, findings);
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
  return { ok: true, rule, diagnostics: findings.diagnostics };
};
