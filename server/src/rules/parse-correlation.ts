import { createHash } from "node:crypto";
import { SEVERITIES } from "@parapet/model";
import { z } from "zod";
import { nearest } from "#platform";
import { BOUNDS, type Correlation, CORRELATION_TYPES, type CorrelationTest, type Past } from "./correlation.ts";
import { slugOf } from "./parse-rule.ts";
import { Problems } from "./problems.ts";
import type { RuleDocument } from "./rule-document.ts";

const Text = z.string().trim().min(1);
const List = z.union([Text.transform((one) => [one]), z.array(Text).max(20)]);
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const TIMESPAN_MS_MAX = 30 * 86_400_000;

const Timespan = z
  .string()
  .regex(/^[1-9]\d{0,6}[smhdw]$/, "a number and s, m, h, d or w, as in 10m")
  .transform((text) => Number(text.slice(0, -1)) * (UNIT_MS[text.slice(-1)] ?? 0))
  .refine((timespanMs) => timespanMs <= TIMESPAN_MS_MAX, "at most 30d");

const Body = z.strictObject({
  type: z.enum(CORRELATION_TYPES),
  rules: z.union([Text.transform((one) => [one]), z.array(Text).min(1).max(50)]),
  "group-by": List.default([]),
  timespan: Timespan,
  condition: z
    .strictObject({
      ...Object.fromEntries(BOUNDS.map((bound) => [bound, z.number().optional()])),
      field: List.optional(),
      percentile: z.number().gt(0).max(100).optional(),
    })
    .optional(),
  aliases: z.record(Text, z.record(Text, Text)).default({}),
  generate: z.boolean().optional(),
});

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
  tags: z.array(z.string()).default([]),
  references: z.array(z.string()).default([]),
  falsepositives: z.array(z.string()).default([]),
  generate: z.boolean().optional(),
  correlation: Body,
  parapet: z
    .strictObject({
      triage: z.string().max(4_000).default(""),
      title: z.string().max(256).optional(),
      new: z.strictObject({ "unseen-for": Timespan, "known-for": Timespan }).optional(),
      "without-before": Timespan.optional(),
    })
    .prefault({}),
  tests: z
    .array(
      z.strictObject({
        name: Text,
        events: z.array(z.record(z.string(), z.unknown())).max(1_000),
        groups: z.array(z.record(z.string(), z.coerce.string())).max(100),
      }),
    )
    .max(100)
    .default([]),
});

const pastOf = ({ new: given, "without-before": withoutMs }: z.infer<typeof Header>["parapet"]): Past | undefined =>
  given === undefined && withoutMs === undefined
    ? undefined
    : {
        novelty: given === undefined ? undefined : { unseenForMs: given["unseen-for"], knownForMs: given["known-for"] },
        withoutMs: withoutMs ?? 0,
      };

export type ParsedCorrelation =
  | { readonly ok: true; readonly correlation: Correlation; readonly diagnostics: Problems["diagnostics"] }
  | { readonly ok: false; readonly diagnostics: Problems["diagnostics"] };

const FIXES: Readonly<Record<string, string>> = {
  "correlation.type": `Write one of ${CORRELATION_TYPES.join(", ")}`,
  "correlation.rules": "Name the rules, by name or id, in a list",
  "correlation.timespan": "Write `timespan: 10m`",
  "correlation.condition": "Write `condition:` with `gte: 5` below it",
};

/** Reads one document as a correlation. Whether the rules that it names exist is asked when all files are read. */
export const readCorrelation = (document: RuleDocument, file: string): ParsedCorrelation => {
  const problems = new Problems(file, document);
  const failed = (): ParsedCorrelation => ({ ok: false, diagnostics: problems.diagnostics });
  const header = Header.safeParse(document.value);
  if (!header.success) {
    for (const { path, message } of header.error.issues) {
      const keys = path.filter((key) => typeof key !== "symbol");
      const fix = FIXES[keys.slice(0, 2).join(".")] ?? "See docs/rules.md, Correlations";
      problems.add("error", keys, `${keys.join(".")}: ${message}`, fix);
    }
    return failed();
  }
  const { data } = header;
  const { type, rules, condition, aliases, timespan } = data.correlation;
  const groupBy = data.correlation["group-by"];
  const given = Object.entries(condition ?? {}).flatMap(([name, value]) => {
    const bound = BOUNDS.find((each) => each === name);
    return bound === undefined || typeof value !== "number" ? [] : [{ bound, value }];
  });
  const isTemporal = type === "temporal" || type === "temporal_ordered";
  if (!isTemporal && given.length === 0)
    problems.add("error", ["correlation", "condition"], "The condition has no bound", "Write gte: 5 below condition");
  if (given.length > 2)
    problems.add("error", ["correlation", "condition"], "A condition has one bound, or two for a range", "Keep two");
  const fields = condition?.field ?? [];
  if (type.startsWith("value_") && fields.length === 0)
    problems.add("error", ["correlation", "condition"], `${type} counts a field`, "Write field: NAME below condition");
  if (fields.length > 1 && type !== "value_count")
    problems.add("error", ["correlation", "condition", "field"], `${type} takes one field`, "Keep one of them");
  if (type === "value_percentile" && condition?.percentile === undefined)
    problems.add(
      "error",
      ["correlation", "condition"],
      "value_percentile needs to know which one",
      "Write percentile: 95 below condition",
    );
  const past = pastOf(data.parapet);
  if (past !== undefined && type !== "event_count" && type !== "value_count")
    problems.add("error", ["parapet"], `${type} cannot ask what was before`, "Count with event_count or value_count");
  if (past !== undefined && past.withoutMs > 0 && rules.length < 2)
    problems.add("error", ["parapet"], "without-before has no other rule to miss", "Name it before the last rule");
  for (const alias of Object.keys(aliases)) {
    if (groupBy.includes(alias) || fields.includes(alias)) continue;
    const meant = nearest(alias, [...groupBy, ...fields]);
    problems.add(
      "warning",
      ["correlation", "aliases", alias],
      `The alias "${alias}" is not used`,
      meant === undefined ? "Name it in group-by, or remove it" : `Did you mean ${meant}?`,
    );
  }
  if (problems.failed) return failed();
  const correlation: Correlation = {
    key: data.name ?? data.id ?? slugOf(data.title),
    id: data.id,
    version: createHash("sha256").update(document.text).digest("hex").slice(0, 12),
    title: data.title,
    description: data.description.trim(),
    status: data.status,
    severity: data.level,
    tags: data.tags,
    references: data.references,
    falsePositives: data.falsepositives,
    type,
    rules,
    groupBy,
    aliases,
    timespanMs: timespan,
    bounds: given.length > 0 ? given : [{ bound: "gte", value: rules.length }],
    fields,
    percentile: type === "value_median" ? 50 : (condition?.percentile ?? 50),
    past,
    generate: data.correlation.generate ?? data.generate ?? false,
    triage: data.parapet.triage.trim(),
    findingTitle: data.parapet.title ?? data.title,
    tests: data.tests.map((test, index): CorrelationTest => ({ ...test, line: document.lineOf(["tests", index]) })),
    file,
    line: document.lineOf([]),
    text: document.text,
  };
  return { ok: true, correlation, diagnostics: problems.diagnostics };
};
