import type { Diagnostic } from "@parapet/model";
import { createHash } from "node:crypto";
import { compileRule } from "./compile-rule.ts";
import type { EventPredicate } from "./field-test.ts";
import { readsEvent } from "./log-source.ts";
import { parseRule } from "./parse-rule.ts";
import type { Rule, RuleEvent } from "./rule.ts";

/** A file as it was read. The module itself reads none. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface RuleTestResult {
  readonly rule: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly expected: boolean;
  readonly actual: boolean;
  readonly passed: boolean;
}

/** An immutable, compiled set. Hot reload swaps the whole object. */
export interface RuleSet {
  /** Digest of the rules' texts, hex, 12 characters. */
  readonly version: string;
  readonly rules: readonly Rule[];
  /** The rules whose log source and detection hold for this event. */
  readonly hits: (event: RuleEvent) => readonly Rule[];
  readonly test: () => readonly RuleTestResult[];
}

export interface LoadedRules {
  /** Rules without errors; one broken rule does not blind the others. */
  readonly set: RuleSet;
  readonly diagnostics: readonly Diagnostic[];
}

/** Runs the tests in the rule's own file. Only the detection is tested, not the log source. */
export const testRule = (rule: Rule): readonly RuleTestResult[] => {
  const holds = compileRule(rule);
  return rule.tests.map(({ name, match, event, line }) => {
    const actual = holds(event);
    return { rule: rule.key, name, file: rule.file, line, expected: match, actual, passed: actual === match };
  });
};

const makeSet = (rules: readonly Rule[]): RuleSet => {
  // Deprecated and unsupported rules stay readable and testable, and are not run.
  const running = rules.filter(({ status }) => status !== "deprecated" && status !== "unsupported");
  const compiled: readonly { readonly rule: Rule; readonly holds: EventPredicate }[] = running.map((rule) => ({
    rule,
    holds: compileRule(rule),
  }));
  const hash = createHash("sha256");
  for (const { key, version } of rules) hash.update(`${key} ${version}\n`);
  return {
    version: hash.digest("hex").slice(0, 12),
    rules,
    hits: (event) => compiled.flatMap(({ rule, holds }) => (readsEvent(rule, event) && holds(event) ? [rule] : [])),
    test: () => rules.flatMap(testRule),
  };
};

/** Compiles `.yml` and `.yaml` files, in order of their paths; other files are left alone. */
export const loadRules = (files: readonly RuleFile[]): LoadedRules => {
  const diagnostics: Diagnostic[] = [];
  const byKey = new Map<string, Rule>();
  for (const { path, text } of files.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    if (!/\.ya?ml$/.test(path)) continue;
    const parsed = parseRule(text, path);
    diagnostics.push(...parsed.diagnostics);
    if (!parsed.ok) continue;
    const { rule } = parsed;
    const before = byKey.get(rule.key);
    if (before === undefined) {
      byKey.set(rule.key, rule);
      continue;
    }
    diagnostics.push({
      level: "error",
      file: path,
      line: 1,
      message: `The name "${rule.key}" is taken by ${before.file}`,
      fix: "Give this rule another name",
    });
  }
  return { set: makeSet([...byKey.values()]), diagnostics };
};
