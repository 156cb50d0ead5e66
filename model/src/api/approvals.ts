import { z } from "zod";
import { Approval, ApprovalState, HeldContent } from "../approval.ts";
import { PageQuery, page } from "./page.ts";

export const ApprovalsQuery = PageQuery.extend({ state: ApprovalState.optional() });
export type ApprovalsQuery = z.infer<typeof ApprovalsQuery>;
export const ApprovalsPage = page(Approval).extend({ pending: z.int().describe("How many wait for a person") });
export type ApprovalsPage = z.infer<typeof ApprovalsPage>;

/** `GET /api/v1/approvals/{id}`: with what stands in it, and whether the caller may decide. */
export const ApprovalDetail = Approval.extend({
  content: HeldContent.optional().describe("Absent when it was erased or can no longer be read"),
  mayDecide: z.boolean(),
  mayNotBecause: z.string().optional(),
});
export type ApprovalDetail = Readonly<z.infer<typeof ApprovalDetail>>;

/** `POST /api/v1/approvals/{id}/decision` */
export const ApprovalDecision = z.strictObject({
  decision: z.enum(["approve", "deny"]),
  reason: z.string().max(2_000).optional().describe("Kept with the decision, and shown to the caller when it denies"),
});
export type ApprovalDecision = Readonly<z.infer<typeof ApprovalDecision>>;

/** `POST /api/v1/approval-links/show`: what a signed link is for, for whom it was made. */
export const ApprovalLinkShow = z.strictObject({ token: z.string().max(1_000) });
export const ApprovalLinkDecision = ApprovalDecision.extend({ token: z.string().max(1_000) });
export const ApprovalLinkDetail = ApprovalDetail.extend({
  approver: z.string().describe("Whom the link was made for"),
});
export type ApprovalLinkDetail = Readonly<z.infer<typeof ApprovalLinkDetail>>;
