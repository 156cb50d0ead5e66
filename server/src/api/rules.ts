import type { TenantId } from "@parapet/model";
import {
  BacktestAnswer,
  BacktestRequest,
  HuntAnswer,
  HuntRequest,
  type RuleChangeMark,
  RuleDetail,
  type RuleInfo,
  RulesResponse,
} from "@parapet/model/api";
import { Fault } from "#platform";
import { bindingsOf, type Correlation, type Rule } from "#rules";
import type { RuleActivity } from "#storage";
import { answerBacktest } from "./answer-backtest.ts";
import { answerHunt, type HuntTools } from "./answer-hunt.ts";
import { endpoint } from "./endpoint.ts";
import { changeMarks, readRuleChanges } from "./read-rule-changes.ts";
import type { ApiTools, RuleState } from "./tools.ts";

const ACTIVITY_MS = 7 * 86_400_000;

const isOff = ({ status }: Pick<Rule, "status">): boolean => status === "deprecated" || status === "unsupported";

/** What is known of the rules besides their text. */
interface Known {
  readonly activity: ReadonlyMap<string, RuleActivity>;
  readonly marks: ReadonlyMap<string, RuleChangeMark>;
}

const readKnown = async (tools: ApiTools, tenant: TenantId): Promise<Known> => ({
  activity: new Map(
    (await tools.events.ruleActivity(tenant, tools.clock.now() - ACTIVITY_MS)).map((one) => [one.rule, one]),
  ),
  marks: changeMarks(await readRuleChanges(tools, tenant)),
});

const markOf = (mark: RuleChangeMark | undefined) => (mark === undefined ? {} : { change: mark });

const common = (one: Rule | Correlation, { marks }: Known) => ({
  key: one.key,
  ...(one.id !== undefined && { id: one.id }),
  title: one.title,
  description: one.description,
  status: one.status,
  severity: one.severity,
  tags: [...one.tags],
  file: one.file,
  tests: one.tests.length,
  ...markOf(marks.get(one.key)),
});

const ruleInfo = (rule: Rule, { set }: RuleState, known: Known): RuleInfo => {
  const seen = known.activity.get(rule.key);
  const isBound = bindingsOf(rule.logsource, set.bindings).length > 0;
  return {
    ...common(rule, known),
    kind: "rule",
    logsource: rule.logsource,
    state: isOff(rule) ? "off" : !isBound ? "unbound" : set.reports(rule.key) ? "active" : "serving",
    hits: seen?.hits ?? 0,
    ...(seen !== undefined && { lastHit: seen.last }),
  };
};

const correlationInfo = (correlation: Correlation, { set }: RuleState, known: Known): RuleInfo => {
  const { rules } = set.reachOf(correlation);
  const seen = rules.flatMap((key) => known.activity.get(key) ?? []);
  const [last] = seen.map((one) => one.last).toSorted((left, right) => (left < right ? 1 : -1));
  const bottom = set.rules.filter(({ key }) => rules.includes(key));
  const isBound = bottom.some(({ logsource }) => bindingsOf(logsource, set.bindings).length > 0);
  return {
    ...common(correlation, known),
    kind: "correlation",
    state: isOff(correlation) ? "off" : !isBound ? "unbound" : set.reports(correlation.key) ? "active" : "serving",
    hits: seen.reduce((sum, { hits }) => sum + hits, 0),
    ...(last !== undefined && { lastHit: last }),
  };
};

export const huntToolsOf = ({ events, clock, rules }: ApiTools): HuntTools => ({
  events,
  rules: () => rules().set,
  nowMs: clock.now,
});

export const ruleEndpoints = [
  endpoint({
    method: "get",
    path: "/rules",
    summary: "Rules and correlations, with what they hit in the last seven days",
    role: "viewer",
    answer: RulesResponse,
    handle: async ({ tools, tenant }) => {
      const state = tools.rules();
      const known = await readKnown(tools, tenant);
      return {
        version: state.set.version,
        loadedAt: state.loadedAt,
        items: [
          ...state.set.rules.map((rule) => ruleInfo(rule, state, known)),
          ...state.set.correlations.map((one) => correlationInfo(one, state, known)),
        ].toSorted((left, right) => (left.key < right.key ? -1 : 1)),
        diagnostics: [...state.diagnostics],
      };
    },
  }),
  endpoint({
    method: "get",
    path: "/rules/{id}",
    summary: "One rule with its text and the results of its tests",
    role: "viewer",
    answer: RuleDetail,
    handle: async ({ tools, tenant, params }) => {
      const state = tools.rules();
      const { rules, correlations, test } = state.set;
      const isNamed = (one: Rule | Correlation): boolean => one.key === params["id"] || one.id === params["id"];
      const rule = rules.find(isNamed);
      const correlation = correlations.find(isNamed);
      const found = rule ?? correlation;
      if (found === undefined) throw new Fault("not_found");
      const known = await readKnown(tools, tenant);
      return {
        ...("type" in found ? correlationInfo(found, state, known) : ruleInfo(found, state, known)),
        text: found.text,
        triage: found.triage,
        references: [...found.references],
        falsePositives: [...found.falsePositives],
        groupBy: [...found.groupBy],
        rules: correlation === undefined ? [] : [...correlation.rules],
        usedBy: correlations.flatMap((one) => (one.rules.includes(found.key) ? [one.key] : [])),
        results: test()
          .filter((one) => one.rule === found.key)
          .map(({ name, line, expected, actual, passed }) => ({ name, line, expected, actual, passed })),
      };
    },
  }),
  endpoint({
    method: "post",
    path: "/rules/{id}/backtest",
    summary: "What a rule would have held for; makes no findings",
    role: "analyst",
    body: BacktestRequest,
    answer: BacktestAnswer,
    audit: "rule.backtested",
    handle: async ({ tools, tenant, params, body, note }) => {
      const key = params["id"] ?? "";
      const answer = await answerBacktest(huntToolsOf(tools), tenant, key, body.since);
      if (answer === undefined) throw new Fault("not_found");
      note(key, { since: body.since, hits: answer.hits });
      return answer;
    },
  }),
  endpoint({
    method: "post",
    path: "/hunt",
    summary: "Events for which an expression or a rule holds, with counts over time and by a field",
    role: "analyst",
    body: HuntRequest,
    answer: HuntAnswer,
    audit: "events.hunted",
    handle: async ({ tools, tenant, body, note }) => {
      const answer = await answerHunt(huntToolsOf(tools), tenant, body);
      note("events", { since: body.since, ...(answer.total !== undefined && { total: answer.total }) });
      return answer;
    },
  }),
];
