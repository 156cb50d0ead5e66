import type { LogSourceBinding } from "@parapet/model";
import { compileRule, planOf } from "./compile-rule.ts";
import type { FieldPlan, Matcher } from "./field-plan.ts";
import type { EventPredicate } from "./field-test.ts";
import { fieldReader, numberOf, textOf } from "./field-values.ts";
import { bindingsOf, isBound } from "./log-source.ts";
import type { Condition, Rule, RuleEvent, Selection } from "./rule.ts";
import type { Part } from "./wildcard.ts";

/** A field that has one of these whole values, or a value with one of these pieces, whenever the rule holds. */
interface Requirement {
  readonly kind: "values" | "pieces";
  readonly field: string;
  readonly keys: readonly string[];
}

const PIECE_UNITS_MIN = 3;
/** So many ways of finding a rule are weighed against each other. */
const WAYS_MAX = 20;

// A text and a number that are written alike are not the same key.
const textKey = (text: string): string => `=${text.toLowerCase()}`;
const numberKey = (number: number): string => `#${String(number)}`;

const isAscii = (text: string): boolean => [...text].every((character) => character < "\u0080");

const pieceOf = (parts: readonly Part[]): string =>
  parts
    .reduce((best, { kind, text }) => (kind === "text" && text.length > best.length ? text : best), "")
    .toLowerCase();

const ofMatchers = (field: string, matchers: readonly Matcher[]): readonly Requirement[] => {
  const values: string[] = [];
  const pieces: string[] = [];
  for (const matcher of matchers) {
    if (matcher.kind === "number" && matcher.order === "eq" && matcher.part === undefined)
      values.push(numberKey(matcher.bound));
    else if (matcher.kind === "text") {
      const { parts, anchors } = matcher;
      const isWhole = anchors.start && anchors.end && parts.every(({ kind }) => kind === "text");
      if (isWhole) values.push(textKey(parts.map(({ text }) => text).join("")));
      // With regard to case, lower case may differ between a text and a piece of it (a final sigma).
      const piece = matcher.cased ? pieceOf(parts.filter(({ text }) => isAscii(text))) : pieceOf(parts);
      if (piece.length >= PIECE_UNITS_MIN) pieces.push(piece);
    }
  }
  if (matchers.length === 0) return [];
  if (values.length === matchers.length) return [{ kind: "values", field, keys: values }];
  return pieces.length === matchers.length ? [{ kind: "pieces", field, keys: pieces }] : [];
};

const ofPlan = (plan: FieldPlan): readonly Requirement[] => {
  if (plan.kind === "exists" || plan.kind === "none" || plan.orMissing || plan.field === "") return [];
  return plan.kind === "every"
    ? plan.groups.flatMap((group) => ofMatchers(plan.field, group))
    : ofMatchers(plan.field, plan.groups.flat());
};

/** For alternatives: known only where each can be found by the same field in the same way. */
const either = (parts: readonly (readonly Requirement[])[]): readonly Requirement[] => {
  const [first = [], ...rest] = parts;
  return rest
    .reduce(
      (found, part) =>
        found.flatMap((left) =>
          part.flatMap((right) =>
            left.kind === right.kind && left.field === right.field
              ? [{ ...left, keys: [...left.keys, ...right.keys] }]
              : [],
          ),
        ),
      first,
    )
    .slice(0, WAYS_MAX);
};

const all = (parts: readonly (readonly Requirement[])[]): readonly Requirement[] => parts.flat().slice(0, WAYS_MAX);

const ofSelection = (selection: Selection): readonly Requirement[] =>
  selection.kind === "any"
    ? either(selection.of.map(ofSelection))
    : all(selection.tests.map((test) => ofPlan(planOf(test))));

const ofCondition = (condition: Condition, { selections }: Pick<Rule, "selections">): readonly Requirement[] => {
  const named = (name: string): readonly Requirement[] => {
    const selection = selections[name];
    return selection === undefined ? [] : ofSelection(selection);
  };
  switch (condition.kind) {
    case "selection":
      return named(condition.name);
    case "not":
      return [];
    case "and":
      return all([ofCondition(condition.left, { selections }), ofCondition(condition.right, { selections })]);
    case "or":
      return either([ofCondition(condition.left, { selections }), ofCondition(condition.right, { selections })]);
    case "at-least": {
      const parts = condition.names.map(named);
      return condition.count === parts.length ? all(parts) : either(parts);
    }
  }
};

/** Of each rule's ways the one whose keys the fewest rules share: what many rules ask for tells none of them apart. */
const chooseWays = (ways: readonly (readonly Requirement[])[]): readonly (Requirement | undefined)[] => {
  const asked = new Map<string, number>();
  const nameOf = ({ field }: Requirement, key: string): string => `${field} ${key}`;
  for (const requirement of ways.flat())
    for (const key of requirement.keys)
      asked.set(nameOf(requirement, key), (asked.get(nameOf(requirement, key)) ?? 0) + 1);
  // A piece is searched for in every event, a value only looked up.
  const costOf = (requirement: Requirement): number =>
    requirement.keys.reduce((sum, key) => sum + (asked.get(nameOf(requirement, key)) ?? 0), 0) +
    (requirement.kind === "pieces" ? requirement.keys.length + 3 : 0);
  return ways.map((some) => some.toSorted((left, right) => costOf(left) - costOf(right))[0]);
};

interface Entry {
  readonly rule: Rule;
  readonly position: number;
  readonly holds: EventPredicate;
  readonly bindings: readonly LogSourceBinding[];
}

interface Indexed {
  readonly read: (event: RuleEvent) => readonly unknown[];
  readonly values: Map<string, Entry[]>;
  readonly pieces: Map<string, Entry[]>;
}

/** The rules for one source, by what their events must have. */
interface Bucket {
  readonly fields: Map<string, Indexed>;
  /** Those of which nothing such is known. */
  readonly others: Entry[];
}

const gatherFrom = ({ read, values, pieces }: Indexed, event: RuleEvent, found: Entry[]): void => {
  for (const value of read(event)) {
    const text = textOf(value)?.toLowerCase();
    if (text === undefined) continue;
    if (values.size > 0) {
      const byText = values.get(`=${text}`);
      if (byText !== undefined) found.push(...byText);
      const number = numberOf(value);
      const byNumber = number === undefined ? undefined : values.get(numberKey(number));
      if (byNumber !== undefined) found.push(...byNumber);
    }
    for (const [piece, entries] of pieces) if (text.includes(piece)) found.push(...entries);
  }
};

const addTo = (keys: Map<string, Entry[]>, wanted: readonly string[], entry: Entry): void => {
  for (const key of new Set(wanted)) {
    const known = keys.get(key);
    if (known === undefined) keys.set(key, [entry]);
    else known.push(entry);
  }
};

const NONE: readonly Rule[] = [];

/**
 * Answers which rules hold for an event, in the rules' order, as asking each would. Rules are found by the event's
 * source and by a value, or a piece of one, that they require; the rest is asked one by one.
 */
export const createRuleIndex = (
  rules: readonly Rule[],
  bindings: readonly LogSourceBinding[],
): ((event: RuleEvent) => readonly Rule[]) => {
  const buckets = new Map<string, Bucket>();
  const ways = chooseWays(rules.map((rule) => ofCondition(rule.condition, rule)));
  for (const [position, rule] of rules.entries()) {
    const bound = bindingsOf(rule.logsource, bindings);
    const entry: Entry = { rule, position, holds: compileRule(rule), bindings: bound };
    const way = ways[position];
    for (const source of new Set(bound.map((binding) => binding.source))) {
      const bucket: Bucket = buckets.get(source) ?? { fields: new Map(), others: [] };
      buckets.set(source, bucket);
      if (way === undefined) {
        bucket.others.push(entry);
        continue;
      }
      const { field } = way;
      const known = bucket.fields.get(field) ?? { read: fieldReader(field), values: new Map(), pieces: new Map() };
      bucket.fields.set(field, known);
      addTo(known[way.kind], way.keys, entry);
    }
  }
  return (event) => {
    const { source } = event;
    const bucket = typeof source === "string" ? buckets.get(source) : undefined;
    if (bucket === undefined) return NONE;
    const candidates = [...bucket.others];
    for (const indexed of bucket.fields.values()) gatherFrom(indexed, event, candidates);
    if (candidates.length === 0) return NONE;
    const held = [...new Set(candidates)].filter(
      (entry) => entry.bindings.some((binding) => isBound(binding, event)) && entry.holds(event),
    );
    return held.toSorted((left, right) => left.position - right.position).map(({ rule }) => rule);
  };
};
