/**
 * Sigma rules over single events and correlations over their hits: read, checked, compiled to predicates and to
 * queries over the event store, tested.
 *
 * Pure: texts, events and hits come in; it reads no files, keeps no state and knows no clock.
 * Invariant: two-valued. A missing field is false before `not`, so a rule means the same on the
 * stream and in a query over the store.
 */
export { compileRule } from "./compile-rule.ts";
export { compileSql, type CompiledSql } from "./compile-sql.ts";
export { type Correlation, type CorrelationHit, type Episode, fieldOfRule } from "./correlation.ts";
export { ENVELOPE_FIELDS, fieldReader, fieldValues } from "./field-values.ts";
export { loadRules, type LoadedRules, type RuleFile } from "./load-rules.ts";
export { bindingsOf, DEFAULT_BINDINGS } from "./log-source.ts";
export { parseWhere, type ParsedWhere } from "./where.ts";
export { fieldExpression } from "./compile-sql.ts";
export { parseRule } from "./parse-rule.ts";
export type { ParsedRule, Rule, RuleEvent, Selection } from "./rule.ts";
export { thresholdsOf, type Threshold } from "./thresholds.ts";
export { eventTimeMs, fieldText, type RuleSet, type RuleTestResult } from "./rule-set.ts";
