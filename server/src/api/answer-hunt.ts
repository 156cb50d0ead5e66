import type { TenantId } from "@parapet/model";
import { type HuntAnswer, type HuntRequest, sinceToMs } from "@parapet/model/api";
import { Fault, toTimestamp } from "#platform";
import { bindingsOf, compileSql, fieldExpression, parseWhere, type Rule, type RuleSet } from "#rules";
import { huntNotes } from "./hunt-notes.ts";
import { shownEvent } from "./shown-event.ts";
import type { EventCondition, EventStore, HuntCounts } from "#storage";

/** What a search over events stands on; the command line has it too, when no server runs. */
export interface HuntTools {
  readonly events: EventStore;
  readonly rules: () => RuleSet;
  readonly nowMs: () => number;
}

/** A rule's condition over the store's events. Throws a `bad_request` fault with the reason where there is none. */
export const conditionOfRule = (rule: Rule, { bindings }: RuleSet): EventCondition => {
  const compiled = compileSql(rule, bindingsOf(rule.logsource, bindings));
  if (!compiled.ok)
    throw new Fault("bad_request", { message: `${rule.key} cannot be asked of the store: ${compiled.reason}.` });
  return compiled.condition;
};

const conditionOf = ({ where, rule }: HuntRequest, set: RuleSet): EventCondition => {
  if ((where === undefined) === (rule === undefined))
    throw new Fault("bad_request", { message: "Name a rule, or write an expression in where: one of them." });
  if (rule !== undefined) {
    const found = set.rules.find(({ key, id }) => key === rule || id === rule);
    if (found !== undefined) return conditionOfRule(found, set);
    const message = set.correlations.some(({ key }) => key === rule)
      ? `${rule} is a correlation; back-test it instead, or hunt for one of its rules.`
      : `There is no rule "${rule.slice(0, 80)}".`;
    throw new Fault("bad_request", { message });
  }
  const parsed = parseWhere(where ?? "");
  if (!parsed.ok)
    throw new Fault("bad_request", { message: `where, column ${parsed.column}: ${parsed.message}. ${parsed.fix}.` });
  const compiled = compileSql(parsed.detection);
  if (!compiled.ok) throw new Fault("bad_request", { message: `where: ${compiled.reason}.` });
  return compiled.condition;
};

/** Counts as points in time. */
export const seriesOf = ({ series, widthMs }: HuntCounts, sinceMs: number): { time: string; count: number }[] =>
  series.map((count, index) => ({ time: toTimestamp(sinceMs + index * widthMs), count }));

export const answerHunt = async (tools: HuntTools, tenant: TenantId, request: HuntRequest): Promise<HuntAnswer> => {
  const startMs = tools.nowMs();
  const untilMs = request.until === undefined ? startMs + 60_000 : sinceToMs(request.until, startMs);
  const sinceMs = sinceToMs(request.since, startMs);
  if (untilMs <= sinceMs) throw new Fault("bad_request", { message: "until must be after since." });
  const rules = tools.rules();
  const scope = { condition: conditionOf(request, rules), sinceMs, untilMs };
  const { limit, cursor } = request;
  const by = request.by === undefined ? undefined : fieldExpression(request.by);
  if (request.by !== undefined && by === undefined)
    throw new Fault("bad_request", { message: `by: "${request.by.slice(0, 80)}" has too many dots.` });
  const counted = request.counts ? await tools.events.countHunt(tenant, scope) : undefined;
  const page = limit === 0 ? { items: [] } : await tools.events.hunt(tenant, { ...scope, limit, cursor });
  const values = by === undefined ? undefined : await tools.events.countHuntBy(tenant, { ...scope, by });
  const parsed = parseWhere(request.where ?? "");
  const notes = huntNotes({
    selections: request.where !== undefined && parsed.ok ? parsed.detection.selections : undefined,
    items: page.items,
    total: counted?.total,
    bindings: rules.bindings,
  });
  return {
    items: page.items.map(shownEvent),
    ...(notes.length > 0 && { notes }),
    ...(page.next !== undefined && { next: page.next }),
    ...(counted !== undefined && { total: counted.total, series: seriesOf(counted, sinceMs) }),
    ...(values !== undefined && { by: [...values] }),
    since: toTimestamp(sinceMs),
    until: toTimestamp(untilMs),
    tookMs: tools.nowMs() - startMs,
  };
};
