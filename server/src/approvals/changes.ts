import type { ApprovalStep, AppliedPolicy, TenantApproval } from "@parapet/model";
import { toTimestamp, uuidv7 } from "#platform";
import type { HeldExchange, HeldThing } from "./held.ts";

const HISTORY_MAX = 50;
const NAME_UNITS_MAX = 200;

/** An approval with one more step in its history. */
export const withStep = (
  approval: TenantApproval,
  step: ApprovalStep,
  actor: string,
  nowMs: number,
  note?: string,
): TenantApproval => ({
  ...approval,
  history: [
    ...approval.history.slice(-HISTORY_MAX + 1),
    { time: toTimestamp(nowMs), step, actor, ...(note !== undefined && note !== "" && { note }) },
  ],
});

const UNKNOWN: AppliedPolicy = { id: "", action: "hold", severity: "medium", message: "A policy holds this." };

/** The request for one thing of an exchange. */
export const newApproval = (
  { origin, risk }: HeldExchange,
  { what, digest, server, tool, verdict }: HeldThing,
  given: { readonly nowMs: number; readonly waitMs: number; readonly approvers: readonly string[] | undefined },
): TenantApproval => {
  const { tenant, exchange, route, protocol, model, session, principal, user, agent, key } = origin;
  const deciding = verdict.policies.find(({ id }) => id === verdict.policy) ?? UNKNOWN;
  const approval: TenantApproval = {
    tenant,
    id: uuidv7(given.nowMs),
    state: "pending",
    what,
    action: verdict.action === "divert" ? "divert" : "hold",
    createdAt: toTimestamp(given.nowMs),
    expiresAt: toTimestamp(given.nowMs + given.waitMs),
    digest,
    exchange,
    route,
    protocol,
    model,
    session,
    principal,
    ...(user !== undefined && { user }),
    ...(agent !== undefined && { agent }),
    ...(key !== undefined && { key }),
    server,
    tool: tool.slice(0, NAME_UNITS_MAX),
    policy: deciding.id,
    severity: deciding.severity,
    message: deciding.message,
    policies: verdict.policies.map(({ id }) => id),
    policyVersion: verdict.policyVersion,
    risk: Math.min(1000, Math.max(0, Math.round(risk))),
    ...(given.approvers !== undefined && { approvers: [...given.approvers] }),
    asked: 1,
    history: [],
  };
  return withStep(approval, "requested", principal, given.nowMs);
};
