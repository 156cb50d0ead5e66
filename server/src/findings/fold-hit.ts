import { type Event, type Finding, type FindingId, maxSeverity, type Timestamp } from "@parapet/model";
import { fieldText, type Rule } from "#rules";
import { shownValue } from "./shown-value.ts";

export const EXCHANGES_MAX = 50;
export const EVENTS_MAX = 50;
export const TITLE_UNITS_MAX = 256;

/** What the clock and the id maker say; the module has neither. */
export interface Occasion {
  readonly now: Timestamp;
  readonly newId: FindingId;
}

/**
 * Tells the findings of one rule apart: its group-by fields with the event's values, in the rule's
 * order. Values are whole here (a shortened one could join two groups); a missing field is empty.
 */
export const groupKeyOf = (rule: Rule, event: Event): string =>
  JSON.stringify(rule.groupBy.map((field) => [field, fieldText(event, field)]));

const titleOf = (rule: Rule, event: Event): string => {
  const title = rule.findingTitle.replace(
    /\{([A-Za-z0-9_.]+)\}/g,
    (_, field: string) => shownValue(fieldText(event, field)) || "unknown",
  );
  return title.slice(0, TITLE_UNITS_MAX);
};

const exchangesWith = (event: Event, before: readonly string[]): string[] => {
  const { exchange } = event;
  if (exchange === undefined || exchange === "") return [...before];
  return [exchange, ...before.filter((id) => id !== exchange)].slice(0, EXCHANGES_MAX);
};

const begin = (rule: Rule, event: Event, { now, newId }: Occasion, recurrenceOf: Finding | undefined): Finding => ({
  id: newId,
  rule: rule.key,
  title: titleOf(rule, event),
  description: rule.description,
  severity: rule.severity,
  status: "new",
  groupKey: groupKeyOf(rule, event),
  firstSeen: event.time,
  lastSeen: event.time,
  count: 1,
  exchanges: exchangesWith(event, []),
  events: [event.id],
  entities: Object.fromEntries(rule.groupBy.map((field) => [field, shownValue(fieldText(event, field))])),
  tags: [...rule.tags],
  triage: rule.triage,
  history: [
    {
      time: now,
      actor: "system",
      change: recurrenceOf === undefined ? "created" : "created: it came back after being resolved",
      ...(recurrenceOf === undefined ? {} : { comment: `Earlier finding ${recurrenceOf.id}` }),
    },
  ],
});

/**
 * Adds one hit to the findings: a new one, or one more occurrence of `existing` (same rule and group).
 * A resolved finding that comes back is a new finding that names the old one. A false positive stays
 * one and is only counted, so that a verdict on noise does not have to be repeated.
 * Events may arrive late or twice; times only ever widen.
 */
export const foldHit = (
  hit: { readonly rule: Rule; readonly event: Event },
  existing: Finding | undefined,
  occasion: Occasion,
): Finding => {
  const { rule, event } = hit;
  if (existing === undefined || existing.status === "resolved") return begin(rule, event, occasion, existing);
  const raised = maxSeverity(existing.severity, rule.severity);
  const history =
    raised === existing.severity
      ? existing.history
      : [
          ...existing.history,
          { time: occasion.now, actor: "system", change: `severity ${existing.severity} → ${raised}` },
        ];
  return {
    ...existing,
    severity: raised,
    firstSeen: event.time < existing.firstSeen ? event.time : existing.firstSeen,
    lastSeen: event.time > existing.lastSeen ? event.time : existing.lastSeen,
    count: existing.count + 1,
    exchanges: exchangesWith(event, existing.exchanges),
    events: [event.id, ...(existing.events ?? []).filter((id) => id !== event.id)].slice(0, EVENTS_MAX),
    history,
  };
};
