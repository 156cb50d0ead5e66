import { Approval } from "@parapet/model";
import { ApprovalDecision, ApprovalDetail, ApprovalsPage, ApprovalsQuery } from "@parapet/model/api";
import type { Authenticated } from "#access";
import type { Decider } from "#approvals";
import { endpoint } from "./endpoint.ts";

/** Whoever may open the socket in the data directory is nobody in particular. */
export const LOCAL_NAME = "cli";

const deciderOf = ({ name, role }: Authenticated): Decider => ({ name, role, isKnown: name !== LOCAL_NAME });

export const approvalEndpoints = [
  endpoint({
    method: "get",
    path: "/approvals",
    summary: "What waits for a person or was decided, newest first, without what stands in it",
    role: "viewer",
    query: ApprovalsQuery,
    answer: ApprovalsPage,
    handle: async ({ tools, tenant, query }) => {
      const { items, next } = await tools.control.listApprovals(tenant, query);
      const pending = await tools.control.countApprovals(tenant, "pending");
      return {
        items: items.map(({ tenant: _tenant, ...approval }) => approval),
        ...(next !== undefined && { next }),
        pending,
      };
    },
  }),
  endpoint({
    method: "get",
    path: "/approvals/{id}",
    summary: "One approval with the whole call, where its arguments come from and how it differs from usual",
    role: "analyst",
    answer: ApprovalDetail,
    handle: ({ tools, tenant, params, user }) => tools.approvals.show(tenant, params["id"] ?? "", deciderOf(user)),
  }),
  endpoint({
    method: "post",
    path: "/approvals/{id}/decision",
    summary: "Approve or deny, once; nobody decides about what they asked for themselves",
    role: "approver",
    body: ApprovalDecision,
    answer: Approval,
    audit: "approval.decision",
    handle: ({ tools, tenant, params, user, body, note }) => {
      const id = params["id"] ?? "";
      note(id, { decision: body.decision });
      return tools.approvals.decide(tenant, id, deciderOf(user), body);
    },
  }),
];
