import type { Diagnostic, LogSourceBinding } from "@parapet/model";
import { nearest } from "#platform";
import type { Correlation } from "./correlation.ts";
import { type Filter, readFilter, withFilters } from "./filter.ts";
import { DEFAULT_BINDINGS } from "./log-source.ts";
import { readCorrelation } from "./parse-correlation.ts";
import { readRule } from "./parse-rule.ts";
import { type Pipeline, readPipeline, withPipelines } from "./pipeline.ts";
import { readRuleDocuments } from "./rule-document.ts";
import { createRuleSet, type RuleSet } from "./rule-set.ts";
import type { Rule } from "./rule.ts";

/** A file as it was read. The module itself reads none. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface LoadedRules {
  /** Rules without errors; one broken rule does not blind the others. */
  readonly set: RuleSet;
  readonly diagnostics: readonly Diagnostic[];
}

const DEPTH_MAX = 5;

const has = (value: unknown, key: string): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && key in value;

type Named = Pick<Rule, "key" | "file" | "id">;

/** Correlations whose rules are all there, each behind those that it names; their rules are keys from here on. */
const resolve = (
  correlations: readonly Correlation[],
  rules: readonly Rule[],
  report: (diagnostic: Diagnostic) => void,
): readonly Correlation[] => {
  const known = new Map<string, string>();
  for (const { key, id } of [...rules, ...correlations]) {
    known.set(key, key);
    if (id !== undefined) known.set(id, key);
  }
  const waiting = new Map(correlations.map((correlation) => [correlation.key, correlation]));
  const done = new Map<string, { readonly correlation: Correlation; readonly depth: number }>();
  const problem = ({ file, line }: Correlation, message: string, fix: string): void =>
    report({ level: "error", file, line, message, fix });
  const place = (correlation: Correlation, path: readonly string[]): number | undefined => {
    const before = done.get(correlation.key);
    if (before !== undefined) return before.depth;
    if (path.includes(correlation.key)) {
      problem(correlation, `"${correlation.key}" is a correlation over itself`, "Take one of the names out");
      return undefined;
    }
    waiting.delete(correlation.key);
    let depth = 1;
    const keys: string[] = [];
    for (const name of correlation.rules) {
      const key = known.get(name);
      const below = key === undefined ? undefined : correlations.find((each) => each.key === key);
      if (key === undefined) {
        const meant = nearest(name, [...known.keys()]);
        const fix = meant === undefined ? "Name a rule that is loaded, by its name or id" : `Did you mean ${meant}?`;
        problem(correlation, `There is no rule "${name}"`, fix);
        return undefined;
      }
      keys.push(key);
      if (below === undefined) continue;
      const under = place(below, [...path, correlation.key]);
      if (under === undefined) return undefined;
      depth = Math.max(depth, under + 1);
    }
    if (depth > DEPTH_MAX) {
      problem(correlation, `Correlations stand on each other at most ${DEPTH_MAX} high`, "Name the rules themselves");
      return undefined;
    }
    const aliases = Object.fromEntries(
      Object.entries(correlation.aliases).map(([field, names]) => [
        field,
        Object.fromEntries(Object.entries(names).map(([name, own]) => [known.get(name) ?? name, own])),
      ]),
    );
    done.set(correlation.key, { correlation: { ...correlation, rules: keys, aliases }, depth });
    return depth;
  };
  for (const correlation of correlations) if (waiting.has(correlation.key)) place(correlation, []);
  return [...done.values()].map(({ correlation }) => correlation);
};

/**
 * Compiles `.yml` and `.yaml` files, in order of their paths; other files are left alone. A document is a rule, a
 * correlation (`correlation:`), a filter (`filter:`) or a pipeline (`transformations:`). A rule of `overlay` stands in
 * the place of the files' rule of the same name.
 */
export const loadRules = (
  files: readonly RuleFile[],
  bindings: readonly LogSourceBinding[] = DEFAULT_BINDINGS,
  overlay: readonly RuleFile[] = [],
): LoadedRules => {
  const diagnostics: Diagnostic[] = [];
  const named = new Map<string, Named>();
  const rules: Rule[] = [];
  const correlations: Correlation[] = [];
  const filters: Filter[] = [];
  const pipelines: Pipeline[] = [];
  const isOver = new Set(overlay.map(({ path }) => path));
  const isFree = (one: Named, line: number): boolean => {
    const before = named.get(one.key);
    if (before !== undefined && isOver.has(before.file) && !isOver.has(one.file)) return false;
    if (before !== undefined) {
      diagnostics.push({
        level: "error",
        file: one.file,
        line,
        message: `The name "${one.key}" is taken by ${before.file}`,
        fix: "Give this rule another name",
      });
      return false;
    }
    named.set(one.key, one);
    return true;
  };
  const inOrder = files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  for (const { path, text } of [...overlay, ...inOrder]) {
    if (!/\.ya?ml$/.test(path)) continue;
    const read = readRuleDocuments(text, path);
    if (!read.ok) {
      diagnostics.push(...read.diagnostics);
      continue;
    }
    for (const document of read.documents) {
      const { value } = document;
      if (has(value, "transformations")) {
        const { pipeline, diagnostics: problems } = readPipeline(document, path);
        diagnostics.push(...problems);
        if (pipeline !== undefined) pipelines.push(pipeline);
      } else if (has(value, "filter") && !has(value, "detection")) {
        const { filter, diagnostics: problems } = readFilter(document, path);
        diagnostics.push(...problems);
        if (filter !== undefined) filters.push(filter);
      } else if (has(value, "correlation")) {
        const parsed = readCorrelation(document, path);
        diagnostics.push(...parsed.diagnostics);
        if (parsed.ok && isFree(parsed.correlation, document.lineOf([]))) correlations.push(parsed.correlation);
      } else {
        const parsed = readRule(document, path, bindings);
        diagnostics.push(...parsed.diagnostics);
        if (parsed.ok && isFree(parsed.rule, document.lineOf([]))) rules.push(parsed.rule);
      }
    }
  }
  const resolved = resolve(correlations, rules, (diagnostic) => diagnostics.push(diagnostic));
  const effective = rules.map((rule) => withPipelines(withFilters(rule, filters), pipelines));
  return { set: createRuleSet(effective, resolved, bindings, rules), diagnostics };
};
