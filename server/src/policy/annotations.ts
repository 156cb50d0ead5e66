import { type Action, CATEGORIES, type Category, SEVERITIES, type Severity, Slug } from "@parapet/model";
import { LIKELY_PER_MILLE } from "./facts.ts";
import { nearest } from "#platform";
import { PROVENANCE_GROUPS, type ProvenanceGroup } from "./provenance-groups.ts";

/** What a policy may ask for. `allow` and `observe` are outcomes, never requests. */
const POLICY_VERBS = ["block", "redact", "hold", "throttle", "divert"] as const;
type PolicyVerb = (typeof POLICY_VERBS)[number];

/** What stands in place of a redacted span: a label, for good, or a token whose value can be put back (tokenisation). */
export const REDACT_FORMS = ["label", "token"] as const;
export type RedactForm = (typeof REDACT_FORMS)[number];

/** Which matches a redacting policy covers. */
export interface Coverage {
  readonly form: RedactForm;
  readonly categories: ReadonlySet<Category>;
  /** Least confidence, in per mille. */
  readonly from: number;
  /** Undefined: every type. */
  readonly types: ReadonlySet<string> | undefined;
  readonly provenances: ReadonlySet<ProvenanceGroup>;
}

/** A policy's annotations, read. */
export interface PolicyMeta {
  readonly id: string;
  readonly action: Action;
  readonly severity: Severity;
  readonly message: string;
  readonly description: string;
  readonly coverage: Coverage | undefined;
}

export interface AnnotationProblem {
  readonly level: "error" | "warning";
  /** Annotation it speaks of, to point at its line. */
  readonly annotation: string;
  readonly message: string;
  readonly fix: string;
}

const KNOWN = [
  "id",
  "action",
  "severity",
  "message",
  "description",
  "redact",
  "redact_from",
  "redact_types",
  "redact_provenance",
  "redact_as",
];

const isVerb = (value: string): value is PolicyVerb => POLICY_VERBS.some((verb) => verb === value);
const isSeverity = (value: string): value is Severity => SEVERITIES.some((severity) => severity === value);
const isCategory = (value: string): value is Category => CATEGORIES.some((category) => category === value);
const isForm = (value: string): value is RedactForm => REDACT_FORMS.some((form) => form === value);
const isGroup = (value: string): value is ProvenanceGroup => PROVENANCE_GROUPS.some((group) => group === value);

const listed = (value: string): readonly string[] =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

class Reader {
  readonly problems: AnnotationProblem[] = [];
  readonly #given: Readonly<Record<string, string>>;

  constructor(given: Readonly<Record<string, string>>) {
    this.#given = given;
    for (const name of Object.keys(given)) {
      if (KNOWN.includes(name)) continue;
      const meant = nearest(name, KNOWN);
      this.report(
        name,
        `@${name} means nothing here`,
        meant === undefined ? "Remove it" : `Write @${meant}`,
        "warning",
      );
    }
  }

  report(annotation: string, message: string, fix: string, level: AnnotationProblem["level"] = "error"): void {
    this.problems.push({ level, annotation, message, fix });
  }

  text(name: string, example: string): string | undefined {
    const value = this.#given[name]?.trim();
    if (value === undefined || value === "") {
      this.report(name, `The policy has no @${name}`, `Add the line @${name}("${example}")`);
      return undefined;
    }
    return value;
  }

  optional(name: string): string | undefined {
    return this.#given[name]?.trim();
  }

  oneOf<T extends string>(
    name: string,
    is: (value: string) => value is T,
    names: readonly string[],
    example: string,
  ): T | undefined {
    const value = this.text(name, example);
    if (value === undefined) return undefined;
    if (is(value)) return value;
    this.report(name, `@${name}("${value}") is not known`, suggestion(value, names));
    return undefined;
  }

  someOf<T extends string>(
    name: string,
    value: string,
    is: (value: string) => value is T,
    names: readonly string[],
  ): ReadonlySet<T> {
    const items = listed(value);
    if (items.length === 0) this.report(name, `@${name} names nothing`, `Name one or more of ${names.join(", ")}`);
    for (const item of items) {
      if (!is(item)) this.report(name, `@${name} names "${item}", which is not known`, suggestion(item, names));
    }
    return new Set(items.filter(is));
  }
}

const suggestion = (value: string, names: readonly string[]): string => {
  const meant = nearest(value, names);
  return meant === undefined ? `Write one of ${names.join(", ")}` : `Write "${meant}"`;
};

const readCoverage = (reader: Reader, action: PolicyVerb | undefined): Coverage | undefined => {
  if (action !== "redact") {
    for (const name of KNOWN.filter((known) => known.startsWith("redact"))) {
      if (reader.optional(name) !== undefined) {
        reader.report(
          name,
          `@${name} has no effect: the policy's action is not redact`,
          `Remove @${name}, or write @action("redact")`,
          "warning",
        );
      }
    }
    return undefined;
  }
  const categories = reader.text("redact", "secret");
  const from = reader.optional("redact_from") ?? String(LIKELY_PER_MILLE);
  const types = reader.optional("redact_types");
  const provenances = reader.optional("redact_provenance");
  if (!/^(?:\d{1,3}|1000)$/.test(from)) {
    reader.report(
      "redact_from",
      `@redact_from("${from}") is not a number of per mille`,
      'Write a whole number from 0 to 1000, as in @redact_from("900")',
    );
  }
  const form =
    reader.optional("redact_as") === undefined ? "label" : reader.oneOf("redact_as", isForm, REDACT_FORMS, "token");
  return {
    form: form ?? "label",
    categories: categories === undefined ? new Set() : reader.someOf("redact", categories, isCategory, CATEGORIES),
    from: Number(from),
    types: types === undefined ? undefined : new Set(listed(types)),
    provenances:
      provenances === undefined
        ? new Set(PROVENANCE_GROUPS)
        : reader.someOf("redact_provenance", provenances, isGroup, PROVENANCE_GROUPS),
  };
};

/** Reads a statement's annotations; `meta` is absent when one of the problems is an error. */
export const readAnnotations = (
  given: Readonly<Record<string, string>>,
): { readonly meta: PolicyMeta | undefined; readonly problems: readonly AnnotationProblem[] } => {
  const reader = new Reader(given);
  const id = reader.text("id", "name-of-this-policy");
  if (id !== undefined && !Slug.safeParse(id).success) {
    reader.report(
      "id",
      `@id("${id}") is not a usable name`,
      "Use lower-case letters, digits, dot, dash and underscore; at most 80",
    );
  }
  const action = reader.oneOf("action", isVerb, POLICY_VERBS, "block");
  const severity = reader.oneOf("severity", isSeverity, SEVERITIES, "high");
  const message = reader.text("message", "The sentence that the caller is shown.");
  if (message !== undefined && (message.length > 300 || /\p{Cc}/u.test(message))) {
    reader.report(
      "message",
      "@message is longer than 300 characters or holds control characters",
      "Write one plain sentence",
    );
  }
  const coverage = readCoverage(reader, action);
  const failed = reader.problems.some(({ level }) => level === "error");
  if (failed || id === undefined || action === undefined || severity === undefined || message === undefined) {
    return { meta: undefined, problems: reader.problems };
  }
  return {
    meta: { id, action, severity, message, description: reader.optional("description") ?? "", coverage },
    problems: reader.problems,
  };
};
