import { z } from "zod";
import { bindingsOf } from "./log-source.ts";
import { readConditions, readSelections } from "./parse-rule.ts";
import { Problems } from "./problems.ts";
import type { RuleDocument } from "./rule-document.ts";
import type { Condition, Rule, Selection } from "./rule.ts";

/** A global exclusion: a condition that the rules which it names must also meet (Sigma filters, 2.1). */
export interface Filter {
  readonly title: string;
  /** Keys or ids of rules; undefined: every rule of the log source. */
  readonly rules: readonly string[] | undefined;
  readonly logsource: Rule["logsource"];
  readonly selections: Readonly<Record<string, Selection>>;
  readonly condition: Condition;
}

const Header = z.looseObject({
  title: z.string().min(1),
  logsource: z.looseObject({
    category: z.string().optional(),
    product: z.string().optional(),
    service: z.string().optional(),
  }),
  filter: z.looseObject({ rules: z.union([z.literal("any"), z.array(z.string()).min(1)]).optional() }),
});

export const readFilter = (
  document: RuleDocument,
  file: string,
): { readonly filter: Filter | undefined; readonly diagnostics: Problems["diagnostics"] } => {
  const problems = new Problems(file, document);
  const header = Header.safeParse(document.value);
  if (!header.success) {
    for (const { path, message } of header.error.issues) {
      const keys = path.filter((key) => typeof key !== "symbol");
      problems.add("error", keys, `${keys.join(".")}: ${message}`, "See docs/rules.md, Filters");
    }
    return { filter: undefined, diagnostics: problems.diagnostics };
  }
  const { title, logsource, filter } = header.data;
  const { rules: named, ...detection } = filter;
  const selections = readSelections(detection, problems, "filter");
  const condition = readConditions(detection["condition"], Object.keys(selections), problems, "filter");
  if (problems.failed || condition === undefined) return { filter: undefined, diagnostics: problems.diagnostics };
  const { category, product, service } = logsource;
  const read: Filter = {
    title,
    rules: named === "any" || named === undefined ? undefined : named,
    logsource: {
      ...(category === undefined ? {} : { category }),
      ...(product === undefined ? {} : { product }),
      ...(service === undefined ? {} : { service }),
    },
    selections,
    condition,
  };
  return { filter: read, diagnostics: problems.diagnostics };
};

const renamed = (condition: Condition, prefix: string): Condition => {
  switch (condition.kind) {
    case "selection":
      return { ...condition, name: `${prefix}${condition.name}` };
    case "at-least":
      return { ...condition, names: condition.names.map((name) => `${prefix}${name}`) };
    case "not":
      return { ...condition, of: renamed(condition.of, prefix) };
    case "and":
    case "or":
      return { ...condition, left: renamed(condition.left, prefix), right: renamed(condition.right, prefix) };
  }
};

const concerns = ({ rules, logsource }: Filter, rule: Rule): boolean => {
  if (rules !== undefined && !rules.includes(rule.key) && (rule.id === undefined || !rules.includes(rule.id)))
    return false;
  const binding = { logsource: rule.logsource, source: "" };
  return bindingsOf(logsource, [binding]).length > 0;
};

/** The rule, and what the filters add to its condition. */
export const withFilters = (rule: Rule, filters: readonly Filter[]): Rule =>
  filters.reduce((before, filter, index): Rule => {
    if (!concerns(filter, before)) return before;
    const prefix = `filter ${String(index)} `;
    const added = Object.entries(filter.selections).map(
      ([name, selection]) => [`${prefix}${name}`, selection] as const,
    );
    return {
      ...before,
      selections: { ...before.selections, ...Object.fromEntries(added) },
      condition: { kind: "and", left: before.condition, right: renamed(filter.condition, prefix) },
    };
  }, rule);
