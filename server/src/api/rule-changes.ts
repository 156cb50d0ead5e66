import { RuleChange, type TenantId } from "@parapet/model";
import {
  NewRuleChange,
  RuleChangeDetail,
  RuleChanges,
  RuleComparison,
  RuleComparisonRequest,
} from "@parapet/model/api";
import { Fault, toTimestamp, uuidv7 } from "#platform";
import { compareRule, keyOfCandidate } from "./compare-rules.ts";
import { endpoint } from "./endpoint.ts";
import { readRuleChanges, RULE_CHANGE } from "./read-rule-changes.ts";
import { huntToolsOf } from "./rules.ts";
import type { ApiTools } from "./tools.ts";

const DAY_MS = 86_400_000;
const write = ({ control }: ApiTools, tenant: TenantId, change: RuleChange): Promise<void> =>
  control.putNotes(tenant, [{ kind: RULE_CHANGE, id: change.id, subject: "", time: change.createdAt, data: change }]);

const requireChange = async (tools: ApiTools, tenant: TenantId, id: string): Promise<RuleChange> => {
  const change = (await readRuleChanges(tools, tenant)).find((one) => one.id === id);
  if (change === undefined) throw new Fault("not_found");
  return change;
};

const decide = async (
  tools: ApiTools,
  tenant: TenantId,
  id: string,
  state: "promoted" | "withdrawn",
  actor: string,
): Promise<RuleChange> => {
  const change = await requireChange(tools, tenant, id);
  // A promoted one may be taken back: the file's rule holds again.
  const mayBe = change.state === "shadow" || (change.state === "promoted" && state === "withdrawn");
  if (!mayBe) throw new Fault("conflict", { message: `The change is ${change.state}; make it anew.` });
  const decided: RuleChange = { ...change, state, decidedBy: actor, decidedAt: toTimestamp(tools.clock.now()) };
  await write(tools, tenant, decided);
  await tools.reloadRules();
  return decided;
};

export const ruleChangeEndpoints = [
  endpoint({
    method: "post",
    path: "/rules/compare",
    summary: "What another text of a rule would have found differently; changes nothing",
    role: "analyst",
    body: RuleComparisonRequest,
    answer: RuleComparison,
    audit: "rule.compared",
    handle: async ({ tools, tenant, body, note }) => {
      const comparison = await compareRule(huntToolsOf(tools), tenant, tools.candidateRules(body.text), body.since);
      note(comparison.rule, { since: body.since, lost: comparison.onlyInForce, gained: comparison.onlyChanged });
      return comparison;
    },
  }),
  endpoint({
    method: "get",
    path: "/rule-changes",
    summary: "Changes of rules, newest first",
    role: "viewer",
    answer: RuleChanges,
    handle: async ({ tools, tenant }) => ({ items: [...(await readRuleChanges(tools, tenant))] }),
  }),
  endpoint({
    method: "post",
    path: "/rule-changes",
    summary: "Put another text of a rule in shadow: compared with what arrives, it makes no findings",
    role: "analyst",
    body: NewRuleChange,
    answer: RuleChange,
    status: 201,
    audit: "rule.proposed",
    handle: async ({ tools, tenant, body, user, note }) => {
      const candidate = tools.candidateRules(body.text);
      const rule = keyOfCandidate(candidate);
      const failed = candidate.set.test().filter((one) => candidate.keys.includes(one.rule) && !one.passed);
      if (failed.length > 0) {
        throw new Fault("bad_request", {
          message: `Its own cases fail: ${failed.map(({ name, line }) => `${name} (line ${line})`).join(", ")}.`,
        });
      }
      const nowMs = tools.clock.now();
      const change: RuleChange = {
        id: uuidv7(nowMs),
        rule,
        text: body.text,
        reason: body.reason,
        state: "shadow",
        createdBy: user.name,
        createdAt: toTimestamp(nowMs),
        shadowUntil: toTimestamp(nowMs + body.days * DAY_MS),
      };
      await write(tools, tenant, change);
      note(change.id, { rule, shadowUntil: change.shadowUntil });
      return change;
    },
  }),
  endpoint({
    method: "get",
    path: "/rule-changes/{id}",
    summary: "One change, with what it found differently since it is in shadow",
    role: "analyst",
    answer: RuleChangeDetail,
    handle: async ({ tools, tenant, params }) => {
      const change = await requireChange(tools, tenant, params["id"] ?? "");
      if (change.state !== "shadow" && change.state !== "expired") return change;
      const candidate = tools.candidateRules(change.text);
      return { ...change, comparison: await compareRule(huntToolsOf(tools), tenant, candidate, change.createdAt) };
    },
  }),
  endpoint({
    method: "post",
    path: "/rule-changes/{id}/promote",
    summary: "Put the change in force over the file's rule, at once",
    role: "administrator",
    answer: RuleChange,
    audit: "rule.promoted",
    handle: async ({ tools, tenant, params, user, note }) => {
      const change = await decide(tools, tenant, params["id"] ?? "", "promoted", user.name);
      note(change.id, { rule: change.rule });
      return change;
    },
  }),
  endpoint({
    method: "post",
    path: "/rule-changes/{id}/withdraw",
    summary: "Give the change up; where it was in force, the file's rule holds again",
    role: "administrator",
    answer: RuleChange,
    audit: "rule.withdrawn",
    handle: async ({ tools, tenant, params, user, note }) => {
      const change = await decide(tools, tenant, params["id"] ?? "", "withdrawn", user.name);
      note(change.id, { rule: change.rule });
      return change;
    },
  }),
];
