import { z } from "zod";
import { planFieldTest } from "./field-plan.ts";
import { parseSelection } from "./parse-selection.ts";
import { Problems } from "./problems.ts";
import type { RuleDocument } from "./rule-document.ts";
import type { FieldTest, Rule, Selection } from "./rule.ts";

const LogSource = {
  category: z.string().optional(),
  product: z.string().optional(),
  service: z.string().optional(),
};
const Conditions = {
  id: z.string().optional(),
  rule_conditions: z.array(z.strictObject({ type: z.literal("logsource"), ...LogSource })).default([]),
};

/** The transformations of pySigma's processing pipelines that mean something here. */
const Transformation = z.discriminatedUnion("type", [
  z.strictObject({
    ...Conditions,
    type: z.literal("field_name_mapping"),
    mapping: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1).max(10)])),
  }),
  z.strictObject({ ...Conditions, type: z.literal("field_name_prefix"), prefix: z.string() }),
  z.strictObject({ ...Conditions, type: z.literal("add_condition"), conditions: z.record(z.string(), z.unknown()) }),
  z.strictObject({ ...Conditions, type: z.literal("change_logsource"), ...LogSource }),
]);
type Transformation = z.infer<typeof Transformation>;

const Header = z.looseObject({
  name: z.string().default(""),
  priority: z.number().default(50),
  transformations: z.array(Transformation).max(200),
});

/** How rules written for other field names are read here. */
export interface Pipeline {
  readonly name: string;
  readonly priority: number;
  readonly transformations: readonly Transformation[];
}

export const readPipeline = (
  document: RuleDocument,
  file: string,
): { readonly pipeline: Pipeline | undefined; readonly diagnostics: Problems["diagnostics"] } => {
  const problems = new Problems(file, document);
  const header = Header.safeParse(document.value);
  if (!header.success) {
    for (const { path, message } of header.error.issues) {
      const keys = path.filter((key) => typeof key !== "symbol");
      const fix = "Use field_name_mapping, field_name_prefix, add_condition or change_logsource; see docs/rules.md";
      problems.add("error", keys, `${keys.join(".")}: ${message}`, fix);
    }
    return { pipeline: undefined, diagnostics: problems.diagnostics };
  }
  for (const [index, transformation] of header.data.transformations.entries()) {
    if (transformation.type !== "add_condition") continue;
    parseSelection(transformation.conditions, ["transformations", index, "conditions"], ({ path, message, fix }) =>
      problems.add("error", path, message, fix),
    );
  }
  return { pipeline: problems.failed ? undefined : header.data, diagnostics: problems.diagnostics };
};

const concerns = ({ rule_conditions: conditions }: Transformation, { logsource }: Rule): boolean =>
  conditions.length === 0 ||
  conditions.some(
    ({ category, product, service }) =>
      (category === undefined || category === logsource.category) &&
      (product === undefined || product === logsource.product) &&
      (service === undefined || service === logsource.service),
  );

type Rename = (field: string) => readonly string[];

const renameTest = (test: FieldTest, rename: Rename): readonly FieldTest[] => {
  const values = test.modifiers.includes("fieldref")
    ? test.values.map((value) => rename(String(value))[0] ?? value)
    : test.values;
  return rename(test.field).map((field) => ({ ...test, field, values }));
};

/** A field that has several names here is met by any of them. */
const renameSelection = (selection: Selection, rename: Rename): Selection => {
  if (selection.kind === "any") return { kind: "any", of: selection.of.map((each) => renameSelection(each, rename)) };
  let forms: readonly (readonly FieldTest[])[] = [[]];
  for (const test of selection.tests)
    forms = forms.flatMap((form) => renameTest(test, rename).map((each) => [...form, each])).slice(0, 100);
  const [only] = forms;
  return forms.length === 1 && only !== undefined
    ? { kind: "all", tests: only }
    : { kind: "any", of: forms.map((tests) => ({ kind: "all", tests })) };
};

const apply = (rule: Rule, transformation: Transformation, index: number): Rule => {
  switch (transformation.type) {
    case "field_name_mapping":
    case "field_name_prefix": {
      const rename: Rename = (field) => {
        if (field === "") return [field];
        if (transformation.type === "field_name_prefix") return [`${transformation.prefix}${field}`];
        const { mapping } = transformation;
        const names = Object.hasOwn(mapping, field) ? mapping[field] : undefined;
        return names === undefined ? [field] : typeof names === "string" ? [names] : names;
      };
      return {
        ...rule,
        selections: Object.fromEntries(
          Object.entries(rule.selections).map(([name, selection]) => [name, renameSelection(selection, rename)]),
        ),
        groupBy: rule.groupBy.map((field) => rename(field)[0] ?? field),
      };
    }
    case "add_condition": {
      const name = `pipeline ${String(index)}`;
      const selection = parseSelection(transformation.conditions, [], () => undefined);
      return {
        ...rule,
        selections: { ...rule.selections, [name]: selection },
        condition: { kind: "and", left: { kind: "selection", name }, right: rule.condition },
      };
    }
    case "change_logsource": {
      const { category, product, service } = transformation;
      return {
        ...rule,
        logsource: {
          ...(category === undefined ? {} : { category }),
          ...(product === undefined ? {} : { product }),
          ...(service === undefined ? {} : { service }),
        },
      };
    }
  }
};

const isUsable = (rule: Rule): boolean => {
  const usable = (selection: Selection): boolean =>
    selection.kind === "any" ? selection.of.every(usable) : selection.tests.every((test) => planFieldTest(test).ok);
  return Object.values(rule.selections).every(usable);
};

/** The rule as its pipelines, lowest priority first, make it. Its tests stay in the rule's own field names. */
export const withPipelines = (rule: Rule, pipelines: readonly Pipeline[]): Rule => {
  const changed = pipelines
    .toSorted((left, right) => left.priority - right.priority)
    .flatMap(({ transformations }) => transformations)
    .reduce((before, each, index) => (concerns(each, before) ? apply(before, each, index) : before), rule);
  return isUsable(changed) ? changed : rule;
};
