import { ATTRIBUTE_BY_PATH, type Attribute, type Facts, type FactValue } from "./facts.ts";
import { attributePath, child, isNode, type Node, operation } from "./expression.ts";

/**
 * Tells in a microsecond that a policy certainly does not apply, so that Cedar is asked only when
 * one may. Three-valued: what is not understood here is unknown, and unknown means "ask Cedar".
 * Cedar alone decides that a policy does apply. A property test holds the two together.
 */
type Screen = (facts: Facts, known: Known) => FactValue | undefined;
/** Which attributes may be relied upon; the others count as unknown. */
export type Known = (attribute: Attribute) => boolean;

export const knowAll: Known = () => true;
/** Only what is zero or empty when nothing was found: answers for every question without matches. */
export const knowQuiet: Known = (attribute) => attribute.quiet;

const unknown: Screen = () => undefined;

/** Errors come from overflow and extension functions only; a policy that may err is never screened out. */
const MAY_ERR: ReadonlySet<string> = new Set(["+", "-", "*", "neg", "getTag", "hasTag", "Slot"]);
const UNDERSTOOD: ReadonlySet<string> = new Set([
  "Value",
  "Var",
  ".",
  "!",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "&&",
  "||",
  "if-then-else",
  "contains",
  "containsAll",
  "containsAny",
  "isEmpty",
  "Set",
  "like",
  "is",
  "in",
  "has",
  "Record",
]);

const mayErr = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(mayErr);
  if (!isNode(value)) return false;
  const found = operation(value);
  if (found === undefined) return true;
  const { name, operand } = found;
  if (name === "Value" || name === "Var") return false;
  if (MAY_ERR.has(name) || !UNDERSTOOD.has(name)) return true;
  if (name === "Record") return isNode(operand) ? Object.values(operand).some(mayErr) : true;
  if (name === "Set") return mayErr(operand);
  if (!isNode(operand)) return true;
  return ["left", "right", "arg", "if", "then", "else", "in"].some((part) => part in operand && mayErr(operand[part]));
};

const literal = (value: unknown): Screen => {
  if (typeof value === "number" && !Number.isSafeInteger(value)) return unknown;
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return () => value;
  return unknown;
};

const variable = (path: string): Screen => {
  const attribute = ATTRIBUTE_BY_PATH.get(path);
  if (attribute === undefined) return unknown;
  return (facts, known) => (known(attribute) ? attribute.read(facts) : undefined);
};

const both = (operand: unknown, combine: (left: FactValue, right: FactValue) => FactValue | undefined): Screen => {
  if (!isNode(operand)) return unknown;
  const left = screenOf(operand["left"]);
  const right = screenOf(operand["right"]);
  return (facts, known) => {
    const first = left(facts, known);
    const second = right(facts, known);
    return first === undefined || second === undefined ? undefined : combine(first, second);
  };
};

const compared = (operand: unknown, holds: (left: number, right: number) => boolean): Screen =>
  both(operand, (left, right) =>
    typeof left === "number" && typeof right === "number" ? holds(left, right) : undefined,
  );

const sets = (operand: unknown, holds: (left: ReadonlySet<string>, right: ReadonlySet<string>) => boolean): Screen =>
  both(operand, (left, right) =>
    typeof left === "object" && typeof right === "object" ? holds(left, right) : undefined,
  );

const same = (operand: unknown, wanted: boolean): Screen =>
  both(operand, (left, right) =>
    typeof left === "object" || typeof right === "object" ? undefined : (left === right) === wanted,
  );

const connective = (operand: unknown, decisive: boolean): Screen => {
  if (!isNode(operand)) return unknown;
  const left = screenOf(operand["left"]);
  const right = screenOf(operand["right"]);
  return (facts, known) => {
    const first = left(facts, known);
    if (first === decisive) return decisive;
    const second = right(facts, known);
    if (second === decisive) return decisive;
    return first === undefined || second === undefined ? undefined : !decisive;
  };
};

const choice = (operand: unknown): Screen => {
  if (!isNode(operand)) return unknown;
  const [test, yes, no] = [screenOf(operand["if"]), screenOf(operand["then"]), screenOf(operand["else"])];
  return (facts, known) => {
    const held = test(facts, known);
    if (held === true) return yes(facts, known);
    if (held === false) return no(facts, known);
    const first = yes(facts, known);
    return typeof first !== "object" && first === no(facts, known) ? first : undefined;
  };
};

const setOf = (operand: unknown): Screen => {
  if (!Array.isArray(operand)) return unknown;
  const members = operand.map((each) => screenOf(each));
  return (facts, known) => {
    const values = new Set<string>();
    for (const member of members) {
      const value = member(facts, known);
      if (typeof value !== "string") return undefined;
      values.add(value);
    }
    return values;
  };
};

const unary = (operand: unknown, turn: (value: FactValue) => FactValue | undefined): Screen => {
  const argument = isNode(operand) ? screenOf(operand["arg"]) : unknown;
  return (facts, known) => {
    const value = argument(facts, known);
    return value === undefined ? undefined : turn(value);
  };
};

/** Screen of one expression. */
const screenOf = (value: unknown): Screen => {
  if (!isNode(value)) return unknown;
  const path = attributePath(value);
  if (path !== undefined) return variable(path);
  const found = operation(value);
  if (found === undefined) return unknown;
  switch (found.name) {
    case "Value":
      return literal(found.operand);
    case "!":
      return unary(found.operand, (held) => (typeof held === "boolean" ? !held : undefined));
    case "&&":
      return connective(found.operand, false);
    case "||":
      return connective(found.operand, true);
    case "==":
      return same(found.operand, true);
    case "!=":
      return same(found.operand, false);
    case "<":
      return compared(found.operand, (left, right) => left < right);
    case "<=":
      return compared(found.operand, (left, right) => left <= right);
    case ">":
      return compared(found.operand, (left, right) => left > right);
    case ">=":
      return compared(found.operand, (left, right) => left >= right);
    case "if-then-else":
      return choice(found.operand);
    case "Set":
      return setOf(found.operand);
    case "isEmpty":
      return unary(found.operand, (held) => (typeof held === "object" ? held.size === 0 : undefined));
    case "contains":
      return both(found.operand, (left, right) =>
        typeof left === "object" && typeof right === "string" ? left.has(right) : undefined,
      );
    case "containsAny":
      return sets(found.operand, (left, right) => [...right].some((each) => left.has(each)));
    case "containsAll":
      return sets(found.operand, (left, right) => [...right].every((each) => left.has(each)));
    default:
      return unknown;
  }
};

/** Answers true when the policy's conditions certainly do not hold. */
export const ruledOut = (policy: Node): ((facts: Facts, known: Known) => boolean) => {
  const conditions = policy["conditions"];
  if (!Array.isArray(conditions) || conditions.some((each) => isNode(each) && mayErr(each["body"]))) return () => false;
  const clauses = conditions.flatMap((each: unknown) =>
    isNode(each) ? [{ body: screenOf(each["body"]), refuses: each["kind"] === "unless" }] : [],
  );
  return (facts, known) => clauses.some(({ body, refuses }) => body(facts, known) === refuses);
};

/** Whether the policy's scope admits this action; every other part of the scope is left to Cedar. */
export const admitsAction = (policy: Node, action: string): boolean => {
  const scope = child(policy, "action");
  if (scope === undefined || scope["op"] === "All") return true;
  const single = child(scope, "entity");
  const many = scope["entities"];
  const entities = single === undefined ? (Array.isArray(many) ? many : []) : [single];
  return entities.some((entity: unknown) => isNode(entity) && (child(entity, "__entity") ?? entity)["id"] === action);
};
