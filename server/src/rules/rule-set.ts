import { createHash } from "node:crypto";
import type { LogSourceBinding } from "@parapet/model";
import { compileRule } from "./compile-rule.ts";
import { correlate, memoryMs } from "./correlate.ts";
import { type Correlation, type CorrelationHit, type Episode, fieldOfRule, LIST_SEPARATOR } from "./correlation.ts";
import { fieldValues, textOf } from "./field-values.ts";
import { createRuleIndex } from "./rule-index.ts";
import type { Rule, RuleEvent } from "./rule.ts";

export interface RuleTestResult {
  readonly rule: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly expected: boolean;
  readonly actual: boolean;
  readonly passed: boolean;
  /** Of a correlation: the groups that fired. */
  readonly groups?: readonly Readonly<Record<string, string>>[];
}

/** An immutable, compiled set. Hot reload swaps the whole object. */
export interface RuleSet {
  /** Digest of the rules' texts, hex, 12 characters. */
  readonly version: string;
  readonly rules: readonly Rule[];
  readonly correlations: readonly Correlation[];
  readonly bindings: readonly LogSourceBinding[];
  /** The rules whose log source and detection hold for this event. */
  readonly hits: (event: RuleEvent) => readonly Rule[];
  /** Whether what holds makes a finding of its own, or serves a correlation only. */
  readonly reports: (key: string) => boolean;
  /** Values of the event that correlations over the rule group by or count. */
  readonly hitFields: (rule: string, event: RuleEvent) => Readonly<Record<string, string>>;
  /** Rules at the bottom of a correlation, and how far back it looks. */
  readonly reachOf: (correlation: Correlation) => { readonly rules: readonly string[]; readonly lookbackMs: number };
  /** Where a correlation held, over hits of the rules at its bottom: all that there are from `sinceMs` on. */
  readonly correlate: (
    correlation: Correlation,
    hits: readonly CorrelationHit[],
    untilMs: number,
    sinceMs?: number,
  ) => readonly Episode[];
  readonly test: () => readonly RuleTestResult[];
}

const VALUE_UNITS_MAX = 1_000;

/** A field's values as one text; empty where it has none. */
export const fieldText = (event: RuleEvent, field: string): string => {
  const texts = fieldValues(event, field).flatMap((value) => textOf(value) ?? []);
  return (texts.length === 1 ? (texts[0] ?? "") : texts.toSorted().join(", ")).slice(0, VALUE_UNITS_MAX);
};

/** Of a list that is counted value by value. */
const LIST_UNITS_MAX = 4_000;

/** A field's values apart from each other, as many as have room. */
const fieldList = (event: RuleEvent, field: string): string => {
  const texts = new Set(fieldValues(event, field).flatMap((value) => textOf(value)?.slice(0, VALUE_UNITS_MAX) ?? []));
  if (texts.size === 1) return fieldText(event, field);
  let list = "";
  for (const text of [...texts].toSorted()) {
    const longer = `${list}${list === "" ? "" : LIST_SEPARATOR}${text.replaceAll(LIST_SEPARATOR, " ")}`;
    if (longer.length > LIST_UNITS_MAX) break;
    list = longer;
  }
  return list;
};

const TIMES = ["time", "timestamp", "@timestamp", "eventTime", "requestReceivedTimestamp", "_time", "ts", "published"];

/** When an event happened: of the usual fields the first that is a time, in milliseconds; undefined for none. */
export const eventTimeMs = (event: RuleEvent): number | undefined => {
  for (const name of TIMES) {
    const [value] = fieldValues(event, name);
    if (typeof value === "number") return value < 1e11 ? value * 1_000 : value;
    const timeMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(timeMs)) return timeMs;
  }
  return undefined;
};

const byName = ([left]: readonly [string, string], [right]: readonly [string, string]): number =>
  left < right ? -1 : left > right ? 1 : 0;

const isRun = ({ status }: Pick<Rule, "status">): boolean => status !== "deprecated" && status !== "unsupported";

/** Runs the tests in the rule's own file. Only the detection is tested, not the log source. */
export const testRule = (rule: Rule): readonly RuleTestResult[] => {
  const holds = compileRule(rule);
  return rule.tests.map(({ name, match, event, line }) => {
    const actual = holds(event);
    return { rule: rule.key, name, file: rule.file, line, expected: match, actual, passed: actual === match };
  });
};

/** `tested`: the rules as they were written, for their tests. Correlations are in an order in which each follows those it names. */
export const createRuleSet = (
  rules: readonly Rule[],
  correlations: readonly Correlation[],
  bindings: readonly LogSourceBinding[],
  tested: readonly Rule[],
): RuleSet => {
  const running = rules.filter(isRun);
  const active = correlations.filter(isRun);
  const byKey = new Map(correlations.map((correlation) => [correlation.key, correlation]));
  const hash = createHash("sha256");
  for (const { key, version } of [...rules, ...correlations]) hash.update(`${key} ${version}\n`);

  const silent = new Set<string>();
  // Of each rule the fields that are needed, and how one is written.
  const fields = new Map<string, Map<string, typeof fieldText>>();
  for (const correlation of active) {
    const isCounted = correlation.type === "value_count" && correlation.fields.length === 1;
    for (const key of correlation.rules) {
      const known = fields.get(key) ?? new Map<string, typeof fieldText>();
      fields.set(key, known);
      for (const field of [...correlation.groupBy, ...correlation.fields].map((one) =>
        fieldOfRule(correlation, one, key),
      ))
        if (!known.has(field)) known.set(field, fieldText);
      if (isCounted) for (const field of correlation.fields) known.set(fieldOfRule(correlation, field, key), fieldList);
    }
  }
  for (const { rules: named, generate } of active) if (!generate) for (const key of named) silent.add(key);
  for (const { rules: named, generate } of active) if (generate) for (const key of named) silent.delete(key);

  const reachOf: RuleSet["reachOf"] = (correlation) => {
    const parts = correlation.rules.map((key) => {
      const below = byKey.get(key);
      return below === undefined ? { rules: [key], lookbackMs: 0 } : reachOf(below);
    });
    return {
      rules: [...new Set(parts.flatMap((part) => part.rules))],
      lookbackMs:
        correlation.timespanMs + memoryMs(correlation) + Math.max(0, ...parts.map(({ lookbackMs }) => lookbackMs)),
    };
  };

  const episodesOf: RuleSet["correlate"] = (correlation, hits, untilMs, sinceMs) => {
    const fired = correlation.rules.flatMap((key): CorrelationHit[] => {
      const below = byKey.get(key);
      if (below === undefined) return [];
      return episodesOf(below, hits, untilMs, sinceMs).map((episode) => ({
        rule: key,
        timeMs: episode.firedMs,
        event: episode.event,
        exchange: episode.hits.at(-1)?.exchange ?? "",
        fields: episode.group,
      }));
    });
    return correlate(correlation, [...hits, ...fired], untilMs, sinceMs);
  };

  const hitFields: RuleSet["hitFields"] = (rule, event) =>
    Object.fromEntries([...(fields.get(rule) ?? [])].map(([field, read]) => [field, read(event, field)]));

  const predicates = new Map(tested.map((rule) => [rule.key, compileRule(rule)]));
  const testCorrelation = (correlation: Correlation): readonly RuleTestResult[] =>
    correlation.tests.map(({ name, events, groups, line }) => {
      const bottom = reachOf(correlation).rules;
      const hits = events.flatMap((event, index) =>
        bottom.flatMap((rule): CorrelationHit[] =>
          predicates.get(rule)?.(event) === true
            ? [
                {
                  rule,
                  timeMs: eventTimeMs(event) ?? 0,
                  event: String(index).padStart(6, "0"),
                  exchange: "",
                  fields: hitFields(rule, event),
                },
              ]
            : [],
        ),
      );
      const fired = episodesOf(correlation, hits, Number.POSITIVE_INFINITY).map(({ group }) => group);
      const texts = (each: readonly Readonly<Record<string, string>>[]): readonly string[] => [
        ...new Set(each.map((group) => JSON.stringify(Object.entries(group).toSorted(byName)))),
      ];
      const [wanted, found] = [texts(groups), texts(fired)];
      const passed = wanted.length === found.length && wanted.every((group) => found.includes(group));
      const expected = groups.length > 0;
      return {
        rule: correlation.key,
        name,
        file: correlation.file,
        line,
        expected,
        actual: fired.length > 0,
        passed,
        groups: fired,
      };
    });

  return {
    version: hash.digest("hex").slice(0, 12),
    rules,
    correlations,
    bindings,
    hits: createRuleIndex(running, bindings),
    reports: (key) => !silent.has(key),
    hitFields,
    reachOf,
    correlate: episodesOf,
    test: () => [...tested.flatMap(testRule), ...correlations.flatMap(testCorrelation)],
  };
};
