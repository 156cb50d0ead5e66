import type { LogSourceBinding } from "@parapet/model";
import { compileRule, planOf } from "./compile-rule.ts";
import type { FieldPlan } from "./field-plan.ts";
import type { EventPredicate } from "./field-test.ts";
import { fieldReader, numberOf, textOf } from "./field-values.ts";
import { bindingsOf, isBound } from "./log-source.ts";
import type { Condition, Rule, RuleEvent, Selection } from "./rule.ts";

/** A field of which one of these keys is a value whenever the rule holds. */
interface Requirement {
  readonly field: string;
  readonly keys: readonly string[];
}

// A text and a number that are written alike are not the same key.
const textKey = (text: string): string => `=${text.toLowerCase()}`;
const numberKey = (number: number): string => `#${String(number)}`;

const ofPlan = (plan: FieldPlan): Requirement | undefined => {
  if (plan.kind === "exists" || plan.kind === "none" || plan.orMissing || plan.field === "") return undefined;
  const keys: string[] = [];
  const groups = plan.kind === "every" ? plan.groups.slice(0, 1) : plan.groups;
  for (const matcher of groups.flat()) {
    if (matcher.kind === "number" && matcher.order === "eq" && matcher.part === undefined)
      keys.push(numberKey(matcher.bound));
    else if (matcher.kind === "text" && matcher.anchors.start && matcher.anchors.end) {
      const { parts } = matcher;
      if (parts.some(({ kind }) => kind !== "text")) return undefined;
      keys.push(textKey(parts.map(({ text }) => text).join("")));
    } else return undefined;
  }
  return keys.length === 0 ? undefined : { field: plan.field, keys };
};

/** The one that fewer events will meet: fewer keys, and longer ones. */
const narrower = (left: Requirement | undefined, right: Requirement | undefined): Requirement | undefined => {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.keys.length !== right.keys.length) return left.keys.length < right.keys.length ? left : right;
  return (left.keys[0]?.length ?? 0) >= (right.keys[0]?.length ?? 0) ? left : right;
};

/** For alternatives: known only where all are of one field. */
const either = (parts: readonly (Requirement | undefined)[]): Requirement | undefined => {
  const [first] = parts;
  if (first === undefined || parts.some((part) => part?.field !== first.field)) return undefined;
  return { field: first.field, keys: parts.flatMap((part) => part?.keys ?? []) };
};

const ofSelection = (selection: Selection): Requirement | undefined =>
  selection.kind === "any"
    ? either(selection.of.map(ofSelection))
    : selection.tests.map((test) => ofPlan(planOf(test))).reduce(narrower, undefined);

const ofCondition = (condition: Condition, { selections }: Pick<Rule, "selections">): Requirement | undefined => {
  const named = (name: string): Requirement | undefined => {
    const selection = selections[name];
    return selection === undefined ? undefined : ofSelection(selection);
  };
  switch (condition.kind) {
    case "selection":
      return named(condition.name);
    case "not":
      return undefined;
    case "and":
      return narrower(ofCondition(condition.left, { selections }), ofCondition(condition.right, { selections }));
    case "or":
      return either([ofCondition(condition.left, { selections }), ofCondition(condition.right, { selections })]);
    case "at-least": {
      const parts = condition.names.map(named);
      return condition.count === parts.length ? parts.reduce(narrower, undefined) : either(parts);
    }
  }
};

interface Entry {
  readonly rule: Rule;
  readonly position: number;
  readonly holds: EventPredicate;
  readonly bindings: readonly LogSourceBinding[];
}

/** The rules for one source, by the value that their events must have. */
interface Bucket {
  readonly fields: Map<
    string,
    { readonly read: (event: RuleEvent) => readonly unknown[]; readonly keys: Map<string, Entry[]> }
  >;
  /** Those of which no such value is known. */
  readonly others: Entry[];
}

const candidates = (bucket: Bucket, event: RuleEvent): readonly Entry[] => {
  const found: Entry[] = [...bucket.others];
  for (const { read, keys } of bucket.fields.values()) {
    for (const value of read(event)) {
      const text = textOf(value);
      if (text === undefined) continue;
      const byText = keys.get(textKey(text));
      if (byText !== undefined) found.push(...byText);
      const number = numberOf(value);
      const byNumber = number === undefined ? undefined : keys.get(numberKey(number));
      if (byNumber !== undefined) found.push(...byNumber);
    }
  }
  return found;
};

/**
 * Answers which rules hold for an event, in the rules' order, as asking each would. Rules are found by the event's
 * source and by a value that they require; the rest is asked one by one.
 */
export const createRuleIndex = (
  rules: readonly Rule[],
  bindings: readonly LogSourceBinding[],
): ((event: RuleEvent) => readonly Rule[]) => {
  const buckets = new Map<string, Bucket>();
  for (const [position, rule] of rules.entries()) {
    const bound = bindingsOf(rule.logsource, bindings);
    const entry = { rule, position, holds: compileRule(rule), bindings: bound };
    const requirement = ofCondition(rule.condition, rule);
    for (const source of new Set(bound.map((binding) => binding.source))) {
      const bucket: Bucket = buckets.get(source) ?? { fields: new Map(), others: [] };
      buckets.set(source, bucket);
      if (requirement === undefined) {
        bucket.others.push(entry);
        continue;
      }
      const { field } = requirement;
      const known = bucket.fields.get(field) ?? { read: fieldReader(field), keys: new Map<string, Entry[]>() };
      bucket.fields.set(field, known);
      for (const key of new Set(requirement.keys)) known.keys.set(key, [...(known.keys.get(key) ?? []), entry]);
    }
  }
  return (event) => {
    const { source } = event;
    const bucket = typeof source === "string" ? buckets.get(source) : undefined;
    if (bucket === undefined) return [];
    const held = new Set<Entry>();
    for (const entry of candidates(bucket, event)) {
      if (!held.has(entry) && entry.bindings.some((binding) => isBound(binding, event)) && entry.holds(event))
        held.add(entry);
    }
    return [...held].toSorted((left, right) => left.position - right.position).map(({ rule }) => rule);
  };
};
