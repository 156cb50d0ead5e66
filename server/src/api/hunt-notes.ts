import type { Event } from "@parapet/model";
import { nearest } from "#platform";
import { ENVELOPE_FIELDS, type RuleSet, type Selection } from "#rules";

/** What a search found, as far as the notes look at it. */
export interface Hunted {
  /** Undefined for a search by rule, whose fields were checked when it was loaded. */
  readonly selections: Readonly<Record<string, Selection>> | undefined;
  readonly items: readonly Pick<Event, "kind" | "exchange">[];
  readonly total: number | undefined;
  readonly bindings: RuleSet["bindings"];
}

const TWICE = "An exchange is told twice, as it opens and as it closes: add kind = exchange.closed to count each once.";

const fieldsOf = (selection: Selection): readonly string[] =>
  selection.kind === "all" ? selection.tests.map(({ field }) => field) : selection.of.flatMap(fieldsOf);

/** Sentences that keep a reader from taking the number for what it is not: a misspelt field, exchanges counted twice. */
export const huntNotes = ({ selections, items, total, bindings }: Hunted): string[] => {
  const closed = new Set(items.filter(({ kind }) => kind === "exchange.closed").map(({ exchange }) => exchange));
  if (items.some(({ kind, exchange }) => kind === "exchange.opened" && closed.has(exchange))) return [TWICE];
  if (selections === undefined || (total ?? items.length) > 0) return [];
  const known = [...ENVELOPE_FIELDS, ...bindings.flatMap(({ fields }) => fields ?? [])];
  const named = new Set(Object.values(selections).flatMap(fieldsOf));
  return [...named].flatMap((field) => {
    const [head = ""] = field.split(".");
    if (head === "" || known.some((one) => one.toLowerCase() === head.toLowerCase())) return [];
    const meant = nearest(head, known);
    return meant === undefined ? [] : [`No source is known to have a field "${head}"; did you mean "${meant}"?`];
  });
};
