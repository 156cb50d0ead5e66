import { Finding } from "@parapet/model";
import { FindingChange, FindingsPage, FindingsQuery, sinceToMs } from "@parapet/model/api";
import { changeFinding } from "#findings";
import { Fault, toTimestamp } from "#platform";
import { endpoint } from "./endpoint.ts";

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
      const finding = await tools.control.getFinding(tenant, params["id"] ?? "");
      if (finding === undefined) throw new Fault("not_found");
      const changed = changeFinding(finding, body, user.name, toTimestamp(tools.clock.now()));
      if (!changed.ok) throw new Fault("conflict", { message: changed.reason });
      await tools.control.putFinding(tenant, changed.finding);
      note(finding.id, { status: changed.finding.status });
      return changed.finding;
    },
  }),
];
