import type { Link, LinkRule } from "@parapet/model";
import { fieldValues, type RuleEvent } from "#rules";
import { nameOf } from "./template.ts";

/** Answers the links that an event shows. Rules of other sources cost one look at a table. */
export const createLinkFinder = (rules: readonly LinkRule[]) => {
  const bySource = Map.groupBy(rules, ({ source }) => source);
  const forAny = bySource.get("*") ?? [];
  return (event: RuleEvent & { readonly source: string; readonly kind: string; readonly time: string }): Link[] => {
    const links: Link[] = [];
    for (const rule of [...(bySource.get(event.source) ?? []), ...forAny]) {
      if (!fitsKind(rule.kind, event.kind) || !fitsWhere(rule.where, event)) continue;
      const one = nameOf(rule.one, event);
      const other = one === undefined ? undefined : nameOf(rule.other, event);
      if (one === undefined || other === undefined || one === other) continue;
      const [first, second] = one < other ? [one, other] : [other, one];
      const { id, confidence } = rule;
      links.push({ one: first, other: second, rule: id, confidence, firstSeen: event.time, lastSeen: event.time });
    }
    return links;
  };
};

const fitsKind = (wanted: string, kind: string): boolean =>
  wanted.endsWith("*") ? kind.startsWith(wanted.slice(0, -1)) : kind === wanted;

const fitsWhere = (where: LinkRule["where"], event: RuleEvent): boolean =>
  Object.entries(where).every(([field, wanted]) =>
    fieldValues(event, field).some((value) => String(value).toLowerCase() === wanted.toLowerCase()),
  );
