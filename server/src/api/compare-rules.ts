import type { Event, TenantId } from "@parapet/model";
import { type RuleComparison, sinceToMs } from "@parapet/model/api";
import { Fault, toTimestamp } from "#platform";
import type { LoadedRules, RuleSet } from "#rules";
import { answerBacktest } from "./answer-backtest.ts";
import { conditionOfRule, type HuntTools } from "./answer-hunt.ts";
import { shownEvent } from "./shown-event.ts";

const SAMPLES = 5;
const GROUPS = 50;
const PAGE = 500;
const EVENTS_MAX = 10_000;

/** Rules as they would be with a text, and the names of those that the text holds. */
export interface Candidate extends LoadedRules {
  readonly keys: readonly string[];
}

interface Found {
  readonly hits: number;
  readonly fired?: number;
  /** Events of a rule, groups of a correlation, by what tells them apart. */
  readonly things: ReadonlyMap<string, Event | Readonly<Record<string, string>>>;
  readonly complete: boolean;
}

const NOTHING: Found = { hits: 0, things: new Map(), complete: true };

/** The one rule or correlation that a text is about: where it brings its own base rules, the correlation. */
export const keyOfCandidate = ({ set, keys, diagnostics }: Candidate): string => {
  const error = diagnostics.find(({ level, file }) => level === "error" && keys.length === 0 && file !== undefined);
  const correlation = set.correlations.find(({ key }) => keys.includes(key));
  const key = correlation?.key ?? keys[0];
  if (key === undefined || (keys.length > 1 && correlation === undefined)) {
    throw new Fault("bad_request", {
      message:
        key !== undefined
          ? "The text holds several rules; send one, or a correlation with its rules."
          : `The text holds no rule: ${error === undefined ? "begin with title:" : `line ${error.line}: ${error.message}. ${error.fix}`}`,
    });
  }
  return key;
};

/** What another text of a rule finds that the one in force does not, and the other way round. */
export const compareRule = async (
  tools: HuntTools,
  tenant: TenantId,
  candidate: Candidate,
  since: string,
): Promise<RuleComparison> => {
  const key = keyOfCandidate(candidate);
  const inForce = tools.rules();
  const nowMs = tools.nowMs();
  const isKnown = [...inForce.rules, ...inForce.correlations].some((one) => one.key === key);
  const before = isKnown ? await find(tools, inForce, tenant, key, since) : NOTHING;
  const after = await find(tools, candidate.set, tenant, key, since);
  const lost = [...before.things].filter(([name]) => !after.things.has(name)).map(([, thing]) => thing);
  const gained = [...after.things].filter(([name]) => !before.things.has(name)).map(([, thing]) => thing);
  const tests = candidate.set.test().filter((one) => candidate.keys.includes(one.rule));
  return {
    rule: key,
    isNew: !isKnown,
    since: toTimestamp(sinceToMs(since, nowMs)),
    until: toTimestamp(nowMs),
    inForce: { hits: before.hits, ...(before.fired !== undefined && { fired: before.fired }) },
    changed: { hits: after.hits, ...(after.fired !== undefined && { fired: after.fired }) },
    both: after.things.size - gained.length,
    onlyInForce: lost.length,
    onlyChanged: gained.length,
    lost: lost.filter(isEvent).slice(0, SAMPLES).map(shownEvent),
    gained: gained.filter(isEvent).slice(0, SAMPLES).map(shownEvent),
    lostGroups: lost.filter(isGroup).slice(0, GROUPS),
    gainedGroups: gained.filter(isGroup).slice(0, GROUPS),
    complete: before.complete && after.complete,
    tests: {
      passed: tests.filter(({ passed }) => passed).length,
      failed: tests.filter(({ passed }) => !passed).map(({ name }) => name),
    },
    diagnostics: [...candidate.diagnostics],
  };
};

const isEvent = (thing: Event | Readonly<Record<string, string>>): thing is Event =>
  "body" in thing && typeof thing.body === "object";
const isGroup = (thing: Event | Readonly<Record<string, string>>): thing is Record<string, string> => !isEvent(thing);

const find = async (tools: HuntTools, set: RuleSet, tenant: TenantId, key: string, since: string): Promise<Found> => {
  const rule = set.rules.find((one) => one.key === key);
  if (rule === undefined) {
    const answer = await answerBacktest({ ...tools, rules: () => set }, tenant, key, since);
    if (answer === undefined) return NOTHING;
    const things = new Map((answer.groups ?? []).map(({ group }) => [JSON.stringify(group), group]));
    return { hits: answer.hits, fired: answer.fired ?? 0, things, complete: answer.complete };
  }
  const nowMs = tools.nowMs();
  const scope = { condition: conditionOfRule(rule, set), sinceMs: sinceToMs(since, nowMs), untilMs: nowMs + 60_000 };
  const { total } = await tools.events.countHunt(tenant, scope);
  const things = new Map<string, Event>();
  let cursor: string | undefined;
  do {
    const page = await tools.events.hunt(tenant, { ...scope, limit: PAGE, cursor });
    for (const event of page.items) things.set(event.id, event);
    cursor = page.next;
  } while (cursor !== undefined && things.size < EVENTS_MAX);
  return { hits: total, things, complete: cursor === undefined };
};
