import type { Severity } from "@parapet/model";

export const CORRELATION_TYPES = [
  "event_count",
  "value_count",
  "temporal",
  "temporal_ordered",
  "value_sum",
  "value_avg",
  "value_percentile",
  "value_median",
] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

export const BOUNDS = ["gt", "gte", "lt", "lte", "eq", "neq"] as const;
export type Bound = (typeof BOUNDS)[number];

/** An event, with its time, that must or must not be in a case's stream. */
export interface CorrelationTest {
  readonly name: string;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** The groups that fire, each with its values by field. */
  readonly groups: readonly Readonly<Record<string, string>>[];
  readonly line: number;
}

/** What must be true of the time before a hit of the last rule. */
export interface Past {
  /** New: no hit with the same values of `fields` for so long, though the group has been known for so long. */
  readonly novelty: { readonly unseenForMs: number; readonly knownForMs: number } | undefined;
  /** No hit of another rule in so long; 0 where it is not asked. */
  readonly withoutMs: number;
}

/** Several events, or their order, within a time: Sigma's correlations, specification 2.1. */
export interface Correlation {
  readonly key: string;
  readonly id: string | undefined;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly status: string;
  readonly severity: Severity;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly falsePositives: readonly string[];
  readonly type: CorrelationType;
  /** Keys of rules or correlations; `temporal_ordered` reads them in order. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  /** For a field of `groupBy`: its name in each rule, by the rule's key. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly timespanMs: number;
  readonly bounds: readonly { readonly bound: Bound; readonly value: number }[];
  /** Whose values are counted, added up or ranked. */
  readonly fields: readonly string[];
  readonly percentile: number;
  /** Which hits of the last rule count, by what was before; the other rules' then do not. Sigma has no word for it. */
  readonly past: Past | undefined;
  /** Whether the rules that it names also make findings of their own. */
  readonly generate: boolean;
  readonly triage: string;
  readonly findingTitle: string;
  readonly tests: readonly CorrelationTest[];
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** What a correlation sees of an event for which one of its rules held, or of a correlation that fired. */
export interface CorrelationHit {
  /** Key of the rule. */
  readonly rule: string;
  readonly timeMs: number;
  readonly event: string;
  readonly exchange: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A stretch of time in which a correlation held for one group without a break. */
export interface Episode {
  readonly group: Readonly<Record<string, string>>;
  readonly startMs: number;
  /** When it first held, and for which event. */
  readonly firedMs: number;
  readonly endMs: number;
  readonly event: string;
  /** The number that met the condition, at its most. */
  readonly value: number;
  /** In order of time; the newest, where there are more than can be kept. */
  readonly hits: readonly CorrelationHit[];
  readonly count: number;
}

/** The field of a rule that stands for a group's field. */
export const fieldOfRule = (correlation: Pick<Correlation, "aliases">, field: string, rule: string): string =>
  correlation.aliases[field]?.[rule] ?? field;

/** Between the values of a list of which each counts: no name holds it. */
export const LIST_SEPARATOR = "\u001f";

/** The text of the field whose values count; empty where the hit has none. */
export const valueOf = (correlation: Correlation, hit: CorrelationHit): string => {
  const values = correlation.fields.map((field) => hit.fields[fieldOfRule(correlation, field, hit.rule)] ?? "");
  if (values.includes("")) return "";
  return values.length === 1 ? (values[0] ?? "") : JSON.stringify(values);
};

/** What counts of a hit: each value of a list, or the values of several fields together. */
export const valuesOf = (correlation: Correlation, hit: CorrelationHit): readonly string[] => {
  const value = valueOf(correlation, hit);
  return value === "" ? [] : correlation.fields.length === 1 ? value.split(LIST_SEPARATOR) : [value];
};
