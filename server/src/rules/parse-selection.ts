import { planFieldTest } from "./field-plan.ts";
import type { FieldTest, RuleValue, Selection } from "./rule.ts";

/** What is wrong, and below which keys of the selection. */
interface SelectionProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly fix: string;
}

type Report = (problem: SelectionProblem) => void;

const isValue = (value: unknown): value is RuleValue =>
  value === null ||
  typeof value === "string" ||
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readTest = (
  key: string,
  value: unknown,
  path: readonly (string | number)[],
  report: Report,
): FieldTest | undefined => {
  const [field = "", ...modifiers] = key.split("|");
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const usable = values.filter(isValue);
  if (usable.length !== values.length) {
    report({
      path,
      message: `"${key}" holds something other than values`,
      fix: "Write a text, number, true, false, null, or a list of them",
    });
    return undefined;
  }
  const test: FieldTest = { field: field.trim(), modifiers, values: usable };
  const planned = planFieldTest(test);
  if (planned.ok) return test;
  report({ path, message: planned.message, fix: planned.fix });
  return undefined;
};

/**
 * Reads one named part of `detection`: a map (all must hold), a list of maps (one must), or a list of
 * words to be found anywhere in the event.
 */
export const parseSelection = (value: unknown, path: readonly (string | number)[], report: Report): Selection => {
  if (isRecord(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0)
      report({ path, message: "The selection is empty and would hold for everything", fix: "Name a field" });
    return {
      kind: "all",
      tests: entries.flatMap(([key, inner]) => readTest(key, inner, [...path, key], report) ?? []),
    };
  }
  if (isValue(value) && value !== null) return keyword(value, path, report);
  if (!Array.isArray(value) || value.length === 0) {
    report({ path, message: "The selection is neither a map nor a list", fix: "Write `field: value`, or a list" });
    return { kind: "any", of: [] };
  }
  return {
    kind: "any",
    of: value.map((each: unknown, index) =>
      isValue(each) && each !== null
        ? keyword(each, [...path, index], report)
        : parseSelection(each, [...path, index], report),
    ),
  };
};

const keyword = (value: RuleValue, path: readonly (string | number)[], report: Report): Selection => {
  const test = readTest("", value === null ? null : String(value), path, report);
  return { kind: "all", tests: test === undefined ? [] : [test] };
};
