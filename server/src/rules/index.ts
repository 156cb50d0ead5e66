/**
 * Sigma rules over single events: read, checked, compiled to predicates, tested.
 *
 * Pure: texts and events come in; it reads no files, keeps no state and knows no clock.
 * Invariant: two-valued. A missing field is false before `not`, so a rule means the same on the
 * stream and in a query over the store.
 */
export { compileRule } from "./compile-rule.ts";
export { fieldValues } from "./field-values.ts";
export {
  loadRules,
  type LoadedRules,
  type RuleFile,
  type RuleSet,
  testRule,
  type RuleTestResult,
} from "./load-rules.ts";
export { readsEvent } from "./log-source.ts";
export { parseRule } from "./parse-rule.ts";
export type { ParsedRule, Rule, RuleEvent } from "./rule.ts";
