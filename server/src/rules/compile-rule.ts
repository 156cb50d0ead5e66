import { type FieldPlan, planFieldTest } from "./field-plan.ts";
import { compileFieldTest, type EventPredicate } from "./field-test.ts";
import type { Condition, FieldTest, Rule, Selection } from "./rule.ts";

/** The plan of a test that was checked when its rule was read. */
export const planOf = (test: FieldTest): FieldPlan => {
  const planned = planFieldTest(test);
  if (!planned.ok) throw new Error(`A checked rule does not compile: ${planned.message}`);
  return planned.plan;
};

const compileSelection = (selection: Selection): EventPredicate => {
  if (selection.kind === "any") {
    const parts = selection.of.map(compileSelection);
    return (event) => parts.some((part) => part(event));
  }
  const tests = selection.tests.map((test) => compileFieldTest(planOf(test)));
  return (event) => tests.every((holds) => holds(event));
};

const compileCondition = (condition: Condition, selections: ReadonlyMap<string, EventPredicate>): EventPredicate => {
  switch (condition.kind) {
    case "selection": {
      const { name } = condition;
      return (event) => selections.get(name)?.(event) ?? false;
    }
    case "not": {
      const inner = compileCondition(condition.of, selections);
      return (event) => !inner(event);
    }
    case "and": {
      const left = compileCondition(condition.left, selections);
      const right = compileCondition(condition.right, selections);
      return (event) => left(event) && right(event);
    }
    case "or": {
      const left = compileCondition(condition.left, selections);
      const right = compileCondition(condition.right, selections);
      return (event) => left(event) || right(event);
    }
    case "at-least": {
      const { count, names } = condition;
      return (event) => {
        let held = 0;
        for (const name of names) {
          if (selections.get(name)?.(event) !== true) continue;
          held += 1;
          if (held >= count) return true;
        }
        return false;
      };
    }
  }
};

/** The rule's detection as a predicate. Its log source is not looked at; see `readsEvent`. */
export const compileRule = (rule: Pick<Rule, "selections" | "condition">): EventPredicate => {
  const selections = new Map(
    Object.entries(rule.selections).map(([name, selection]) => [name, compileSelection(selection)]),
  );
  return compileCondition(rule.condition, selections);
};
