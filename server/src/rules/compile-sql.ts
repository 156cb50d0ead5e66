import type { LogSourceBinding } from "@parapet/model";
import type { EventCondition, SqlValues } from "#storage";
import { planOf } from "./compile-rule.ts";
import { fieldSql, firstText, NotQueryable, type FieldSql } from "./field-sql.ts";
import type { Condition, Rule, Selection } from "./rule.ts";
import { SqlParameters } from "./sql-parameters.ts";

const TERMS_MAX = 2_000;

const all = (parts: readonly FieldSql[]): FieldSql => {
  const candidates = parts.flatMap((part) => part.candidates ?? []);
  return {
    exact: parts.length === 0 ? "1" : `(${parts.map(({ exact }) => exact).join(" AND ")})`,
    candidates: candidates.length === 0 ? undefined : `(${candidates.join(" AND ")})`,
  };
};

const any = (parts: readonly FieldSql[]): FieldSql => {
  const candidates = parts.flatMap((part) => part.candidates ?? []);
  return {
    exact: parts.length === 0 ? "0" : `(${parts.map(({ exact }) => exact).join(" OR ")})`,
    candidates: candidates.length < parts.length || parts.length === 0 ? undefined : `(${candidates.join(" OR ")})`,
  };
};

const selectionSql = (selection: Selection, parameters: SqlParameters): FieldSql =>
  selection.kind === "any"
    ? any(selection.of.map((each) => selectionSql(each, parameters)))
    : all(selection.tests.map((test) => fieldSql(planOf(test), parameters)));

const conditionSql = (condition: Condition, named: (name: string) => FieldSql): FieldSql => {
  switch (condition.kind) {
    case "selection":
      return named(condition.name);
    case "not":
      return { exact: `NOT ${conditionSql(condition.of, named).exact}`, candidates: undefined };
    case "and":
      return all([conditionSql(condition.left, named), conditionSql(condition.right, named)]);
    case "or":
      return any([conditionSql(condition.left, named), conditionSql(condition.right, named)]);
    case "at-least": {
      const parts = condition.names.map(named);
      if (condition.count === 1) return any(parts);
      if (condition.count === parts.length) return all(parts);
      const sum = parts.map(({ exact }) => `toUInt32(${exact})`).join(" + ");
      return { exact: `((${sum}) >= ${String(condition.count)})`, candidates: any(parts).candidates };
    }
  }
};

/** Events of any of the bindings. */
const sourcesSql = (bindings: readonly LogSourceBinding[], parameters: SqlParameters): string => {
  const terms = bindings.map(({ source, kinds }) => {
    const ofSource = `events.source = ${parameters.text(source)}`;
    if (kinds === undefined) return ofSource;
    const ofKinds = kinds.map((kind) =>
      kind.endsWith("*")
        ? `startsWith(events.kind, ${parameters.text(kind.slice(0, -1))})`
        : `events.kind = ${parameters.text(kind)}`,
    );
    return `(${ofSource} AND (${ofKinds.join(" OR ")}))`;
  });
  return terms.length === 0 ? "0" : `(${terms.join(" OR ")})`;
};

export type CompiledSql =
  | { readonly ok: true; readonly condition: EventCondition }
  | { readonly ok: false; readonly reason: string };

/**
 * The rule's detection as a condition over the table of events, true for the very events for which its predicate
 * is. `bindings`: the log sources to which it is bound; left out, only the detection counts.
 */
export const compileSql = (
  rule: Pick<Rule, "selections" | "condition">,
  bindings?: readonly LogSourceBinding[],
): CompiledSql => {
  const parameters = new SqlParameters();
  const known = new Map<string, FieldSql>();
  const named = (name: string): FieldSql => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const selection = rule.selections[name];
    const made = selection === undefined ? any([]) : selectionSql(selection, parameters);
    known.set(name, made);
    return made;
  };
  try {
    const { exact, candidates } = conditionSql(rule.condition, named);
    const sources = bindings === undefined ? undefined : sourcesSql(bindings, parameters);
    const first = [sources, candidates].filter((part) => part !== undefined);
    if (Object.keys(parameters.values).length > TERMS_MAX) return { ok: false, reason: "it has too many values" };
    return {
      ok: true,
      condition: {
        exact,
        candidates: first.length === 0 ? "1" : first.join(" AND "),
        parameters: parameters.values,
      },
    };
  } catch (error) {
    if (error instanceof NotQueryable) return { ok: false, reason: error.message };
    throw error;
  }
};

/** A field's first value as text, for counting by it; undefined where a query cannot have it. */
export const fieldExpression = (
  field: string,
): { readonly sql: string; readonly parameters: SqlValues } | undefined => {
  const parameters = new SqlParameters("by");
  try {
    return { sql: firstText(field, parameters), parameters: parameters.values };
  } catch (error) {
    if (error instanceof NotQueryable) return undefined;
    throw error;
  }
};
