import { Finding, FindingException } from "@parapet/model";
import {
  ExceptionsList,
  FindingChange,
  FindingsPage,
  FindingsQuery,
  FindingsQueue,
  NewException,
  RuleRecords,
  RuleRecordsQuery,
  sinceToMs,
} from "@parapet/model/api";
import { z } from "zod";
import { changeFinding, ruleRecords } from "#findings";
import { Fault, toTimestamp, uuidv7 } from "#platform";
import { endpoint } from "./endpoint.ts";

const DAY_MS = 86_400_000;

export const findingEndpoints = [
  endpoint({
    method: "get",
    path: "/findings",
    summary: "Findings, last seen first",
    role: "viewer",
    query: FindingsQuery,
    answer: FindingsPage,
    handle: async ({ tools, tenant, query }) => {
      const { since, ...filter } = query;
      const sinceMs = since === undefined ? undefined : sinceToMs(since, tools.clock.now());
      const { items, next } = await tools.control.listFindings(tenant, { ...filter, sinceMs });
      return { items: [...items], ...(next !== undefined && { next }) };
    },
  }),
  endpoint({
    method: "get",
    path: "/findings/queue",
    summary: "Open findings that one person can look at, highest score first",
    role: "viewer",
    answer: FindingsQueue,
    handle: async ({ tools, tenant }) => {
      const { control, findingsBudget: budget } = tools;
      const [items, open, newToday] = await Promise.all([
        control.queueFindings(tenant, budget),
        control.countOpenFindings(tenant),
        control.countNewFindings(tenant, tools.clock.now() - DAY_MS),
      ]);
      return { budget, items: [...items], below: Math.max(0, open - items.length), newToday };
    },
  }),
  endpoint({
    method: "get",
    path: "/findings/rules",
    summary: "What became of each rule's findings: precision, last useful one, decay",
    role: "viewer",
    query: RuleRecordsQuery,
    answer: RuleRecords,
    handle: async ({ tools, tenant, query: { days } }) => {
      const nowMs = tools.clock.now();
      const judged = await tools.control.judgedFindings(tenant, nowMs - 2 * days * DAY_MS);
      return { days, items: ruleRecords(judged, { days, nowMs }) };
    },
  }),
  endpoint({
    method: "get",
    path: "/findings/{id}",
    summary: "One finding",
    role: "viewer",
    answer: Finding,
    handle: async ({ tools, tenant, params }) => {
      const finding = await tools.control.getFinding(tenant, params["id"] ?? "");
      if (finding === undefined) throw new Fault("not_found");
      return finding;
    },
  }),
  endpoint({
    method: "patch",
    path: "/findings/{id}",
    summary: "Change status, owner, or add a comment",
    role: "analyst",
    body: FindingChange,
    answer: Finding,
    audit: "finding.changed",
    handle: async ({ tools, tenant, params, body, user, note }) => {
      const finding = await tools.control.changeFinding(tenant, params["id"] ?? "", (stored) => {
        const changed = changeFinding(stored, body, user.name, toTimestamp(tools.clock.now()));
        if (!changed.ok) throw new Fault("conflict", { message: changed.reason });
        return changed.finding;
      });
      if (finding === undefined) throw new Fault("not_found");
      note(finding.id, { status: finding.status });
      return finding;
    },
  }),
  endpoint({
    method: "get",
    path: "/exceptions",
    summary: "Standing decisions to accept findings, soonest to expire first",
    role: "viewer",
    answer: ExceptionsList,
    handle: async ({ tools, tenant }) => ({
      items: [...(await tools.control.listExceptions(tenant, tools.clock.now()))],
    }),
  }),
  endpoint({
    method: "post",
    path: "/exceptions",
    summary: "Accept findings of a rule and group without anybody looking, for a time",
    role: "analyst",
    body: NewException,
    answer: FindingException,
    status: 201,
    audit: "exception.created",
    handle: async ({ tools, tenant, body, user, note }) => {
      const nowMs = tools.clock.now();
      const { days, owner, ...rest } = body;
      const exception: FindingException = {
        ...rest,
        id: uuidv7(nowMs),
        owner: owner ?? user.name,
        createdAt: toTimestamp(nowMs),
        createdBy: user.name,
        expiresAt: toTimestamp(nowMs + days * DAY_MS),
      };
      await tools.control.putException(tenant, exception);
      note(exception.id, {
        rule: exception.rule,
        fields: Object.keys(exception.where),
        expiresAt: exception.expiresAt,
      });
      return exception;
    },
  }),
  endpoint({
    method: "delete",
    path: "/exceptions/{id}",
    summary: "Take an exception back; what it accepted stays accepted until its time",
    role: "analyst",
    answer: z.object({ deleted: z.boolean() }),
    audit: "exception.deleted",
    handle: async ({ tools, tenant, params, note }) => {
      const id = params["id"] ?? "";
      if (!(await tools.control.deleteException(tenant, id))) throw new Fault("not_found");
      note(id);
      return { deleted: true };
    },
  }),
];
