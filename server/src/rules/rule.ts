import type { Diagnostic, Severity } from "@parapet/model";

/** A value as a rule's author wrote it. */
export type RuleValue = string | number | boolean | null;

/** `field|contains|all: [a, b]`. An empty field means every string of the event (keywords). */
export interface FieldTest {
  readonly field: string;
  readonly modifiers: readonly string[];
  readonly values: readonly RuleValue[];
}

/** A named part of `detection`. */
export type Selection =
  | { readonly kind: "all"; readonly tests: readonly FieldTest[] }
  | { readonly kind: "any"; readonly of: readonly Selection[] };

export type Condition =
  | { readonly kind: "selection"; readonly name: string }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "at-least"; readonly count: number; readonly names: readonly string[] };

export interface RuleTest {
  readonly name: string;
  readonly match: boolean;
  readonly event: Readonly<Record<string, unknown>>;
  readonly line: number;
}

/** One Sigma rule, read and checked. Plain data: the stream predicate is one compilation of it. */
export interface Rule {
  /** `name`, or `id`, or the title made into a name; findings and hits refer to it. */
  readonly key: string;
  readonly id: string | undefined;
  /** Digest of the text, hex, 12 characters. */
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly status: string;
  readonly severity: Severity;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly falsePositives: readonly string[];
  readonly logsource: { readonly category?: string; readonly product?: string; readonly service?: string };
  readonly selections: Readonly<Record<string, Selection>>;
  readonly condition: Condition;
  /** Fields whose values tell findings of this rule apart. */
  readonly groupBy: readonly string[];
  /** What to do first. */
  readonly triage: string;
  /** Title of a finding; `{field}` is replaced by the event's value. */
  readonly findingTitle: string;
  readonly tests: readonly RuleTest[];
  readonly file: string;
  readonly text: string;
}

export type ParsedRule =
  | { readonly ok: true; readonly rule: Rule; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Anything with named fields: a Parapet event, or one line of somebody's JSONL. */
export type RuleEvent = Readonly<Record<string, unknown>>;
