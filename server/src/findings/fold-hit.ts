import type { Event, Finding } from "@parapet/model";
import { fieldText, type Rule } from "#rules";
import { foldSighting, type Occasion, type Sighting } from "./fold-sighting.ts";
import { shownValue } from "./shown-value.ts";

/**
 * Tells the findings of one rule apart: its group-by fields with the event's values, in the rule's
 * order. Values are whole here (a shortened one could join two groups); a missing field is empty.
 */
export const groupKeyOf = (rule: Rule, event: Event): string =>
  JSON.stringify(rule.groupBy.map((field) => [field, fieldText(event, field)]));

const titleOf = (rule: Rule, event: Event): string =>
  rule.findingTitle.replace(
    /\{([A-Za-z0-9_.]+)\}/g,
    (_, field: string) => shownValue(fieldText(event, field)) || "unknown",
  );

const sightingOf = (rule: Rule, event: Event): Sighting => ({
  rule: rule.key,
  title: titleOf(rule, event),
  description: rule.description,
  severity: rule.severity,
  tags: rule.tags,
  triage: rule.triage,
  groupKey: groupKeyOf(rule, event),
  entities: Object.fromEntries(rule.groupBy.map((field) => [field, shownValue(fieldText(event, field))])),
  firstSeen: event.time,
  lastSeen: event.time,
  exchanges: event.exchange === undefined ? [] : [event.exchange],
  events: [event.id],
  sources: [event.source],
});

/** Adds one hit of a rule over single events to the findings; see {@link foldSighting}. */
export const foldHit = (
  hit: { readonly rule: Rule; readonly event: Event },
  existing: Finding | undefined,
  occasion: Occasion,
): Finding => foldSighting(sightingOf(hit.rule, hit.event), existing, occasion);
