import { PROVENANCES, SEVERITIES, Slug } from "@parapet/model";
import { RE2JS } from "re2js";
import { z } from "zod";
import { parseTemplate } from "./template.ts";

const Text = z.string().superRefine((text, context) => {
  const parsed = parseTemplate(text);
  if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.message, input: text });
});

/** Templates and tables of them: everything in a mapping that is a value. */
const Value = z.union([
  Text.describe("Text with paths between braces: `user:{actor.email|actor.id}`"),
  z.array(Text).min(1).max(16).describe("The first whose paths all have values"),
  z
    .strictObject({
      from: Text.describe("What is looked up"),
      table: z.record(z.string(), Text).describe("Looked-up text, `*` for anything, → value; the first that fits"),
      otherwise: Text.optional().describe("When nothing fits"),
      times: z.number().optional().describe("Factor, for numbers in other units"),
    })
    .describe("A value by table"),
  z
    .strictObject({ from: Text, times: z.number().describe("Factor: 1000 makes milliseconds of seconds") })
    .describe("A number in another unit"),
]);
export type Value = z.infer<typeof Value>;

const isPattern = (pattern: string): boolean => {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
};

const Columns = z.array(z.string().min(1).max(80)).min(1).max(100);

const Format = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("json"),
      lists: z
        .array(z.string())
        .default(["Records", "records", "items", "events"])
        .describe("Fields of a wrapping object that hold the records"),
    })
    .describe("JSON: one value, a list, a wrapped list, or a value a line"),
  z
    .strictObject({ kind: z.literal("words"), columns: Columns, least: z.int().positive().default(1) })
    .describe("Lines of words, some between quotes or brackets, as access logs have them; `-` is no value"),
  z
    .strictObject({
      kind: z.literal("delimited"),
      delimiter: z.string().min(1).max(4),
      columns: Columns,
      least: z.int().positive().default(1),
    })
    .describe("Lines of columns between delimiters; `-` is no value"),
  z
    .strictObject({
      kind: z.literal("pattern"),
      pattern: z
        .string()
        .max(2_000)
        .refine(isPattern, "is not a regular expression that RE2 can run; named groups are (?<name>…)"),
    })
    .describe("Lines that a regular expression with named groups takes apart"),
  z
    .strictObject({
      kind: z.literal("prometheus"),
      keep: z.array(z.string()).default(["*"]).describe("Names of metrics, `*` for anything; others are skipped"),
    })
    .describe("Prometheus text: a sample a line, as `metric`, `labels` and `value`"),
]);
export type Format = z.infer<typeof Format>;

const Kind = z.string().regex(/^[a-z0-9_.]+\*?$/, "is a dotted lower-case name, which may end in *");

/** A source that only renames fields: `sources/<id>.yml`. Unknown keys are errors. */
export const Mapping = z.strictObject({
  id: Slug.describe("Name of the source: `/ingest/<id>`"),
  title: z.string().min(1).max(80),
  description: z.string().min(1).max(600),
  reference: z.url().describe("The sender's documentation of the format"),
  setup: z.string().min(1).max(4_000).describe("What to set on the sending side, Markdown"),
  format: Format.default({ kind: "json", lists: ["Records", "records", "items", "events"] }),
  require: z.array(z.string()).default([]).describe("Paths without which it is no record of this source"),
  skip: z
    .array(
      z.strictObject({
        when: Text,
        is: z.array(z.string()).min(1).describe("`*` for anything"),
        reason: z.string().min(1),
      }),
    )
    .default([])
    .describe("Records that are well-formed and of no use"),
  time: z.union([Text, z.array(Text)]).describe("ISO 8601, access log's form, or an epoch in s, ms, µs or ns"),
  kind: Value.describe("Kind of the event: text, or by table"),
  severity: Value.optional().describe(`One of ${SEVERITIES.join(", ")}`),
  principal: Value.optional().describe("`user:…`, `service:…`, `key:…`, `agent:…` or `anonymous`"),
  agent: Value.optional(),
  session: Value.optional(),
  asset: Value.optional().describe("`model:…`, `bucket:…`, `collection:…`, `host:…` …"),
  route: Value.optional(),
  model: Value.optional(),
  trace: Value.optional().describe("W3C trace id, 32 hex digits; other ids are left out"),
  exchange: Value.optional().describe("`x-parapet-exchange`, where the sender keeps it"),
  key: Value.optional().describe("The record's own id: the same record sent twice is one event"),
  fields: z
    .record(z.string().regex(/^[A-Za-z_][\w.]*$/), Value)
    .default({})
    .describe("Further fields of the event, beside the record's own"),
  texts: z
    .array(z.strictObject({ provenance: z.enum(PROVENANCES), from: z.string().describe("Path") }))
    .default([])
    .describe("What was said: kept out of the fields, inspected and sealed"),
  body: z
    .strictObject({
      pick: z.array(z.string()).optional().describe("Only these first-level fields"),
      omit: z.array(z.string()).default([]).describe("Paths that are left out"),
    })
    .default({ omit: [] })
    .describe("What of the record is kept; left out: all of it, but for texts"),
  logsources: z
    .array(
      z.strictObject({
        category: z.string().optional(),
        product: z.string().optional(),
        service: z.string().optional(),
        kinds: z.array(Kind).optional().describe("Left out: all"),
      }),
    )
    .min(1)
    .describe("What Sigma rules call these events"),
  payload: z.string().min(1).max(100_000).describe("A recorded payload, written from the documentation"),
  events: z
    .array(
      z.union([
        z.strictObject({ skipped: z.literal(true) }),
        z.strictObject({ malformed: z.literal(true) }),
        z.looseObject({ kind: z.string(), body: z.record(z.string(), z.unknown()).optional() }),
      ]),
    )
    .min(1)
    .describe("What the payload becomes, record by record; every field that is named must be so"),
});
export type Mapping = z.infer<typeof Mapping>;
