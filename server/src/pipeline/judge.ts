import {
  actionRank,
  failureMode,
  type Action,
  type AppliedPolicy,
  type Mode,
  type RouteConfiguration,
  type Verdict,
} from "@parapet/model";
import type { PolicyDecision, PolicyQuestion, PolicySet } from "#policy";
import type { Inspected } from "./inspect-segments.ts";

export interface Judgement extends PolicyDecision {
  /** Texts that pass although their inspection failed or was cut short; parts that are no text count as unscannable only. */
  readonly bypassed: number;
}

/** What could not be read. */
type Unread = Pick<Inspected, "failed" | "unscannable" | "unreadableParts"> & {
  /** Parts that are no text, of kinds that the route does not accept unread. */
  readonly refusedParts: number;
};

/**
 * Policy decides about matches; the route decides about what could not be inspected. Both become one
 * verdict, and the stronger wins.
 */
export const judge = (
  set: PolicySet,
  question: PolicyQuestion,
  inspected: Unread,
  route: RouteConfiguration,
): Judgement => {
  const decision = set.decide(question);
  const missing = uninspected(inspected, route, question.mode);
  const verdict = missing === undefined ? decision.verdict : strengthen(decision.verdict, missing, question.mode);
  const { redact, mask } = decision;
  return { verdict, redact, mask, bypassed: stops(verdict) ? 0 : unreadTexts(inspected) };
};

/** Inspections of texts that failed or were cut short. */
export const unreadTexts = ({ failed, unscannable, unreadableParts }: Omit<Unread, "refusedParts">): number =>
  failed + unscannable - unreadableParts;

const uninspected = (inspected: Unread, route: RouteConfiguration, mode: Mode): AppliedPolicy | undefined => {
  const closed = failureMode(route, mode) === "closed";
  const builtin = (id: string, message: string): AppliedPolicy => ({ id, action: "block", severity: "high", message });
  if (closed && inspected.failed > 0) {
    return builtin(
      "builtin.inspection-failed",
      "This could not be inspected, and the route does not pass what was not inspected.",
    );
  }
  if (closed && inspected.unscannable > inspected.unreadableParts) {
    return builtin(
      "builtin.unscannable-text",
      "Part of the text could not be inspected: it is encoded too deeply, holds too much to be found, or lacks the second opinion that it needs.",
    );
  }
  if (inspected.refusedParts > 0) {
    return builtin("builtin.unscannable-content", "This route does not accept content that cannot be inspected.");
  }
  return undefined;
};

const SEALED: AppliedPolicy = {
  id: "builtin.sealed-content",
  action: "block",
  severity: "high",
  message: "This holds what would have to be taken out of it, and nothing can be taken out of it here.",
};

/** A redaction inside a document, or of what goes on elsewhere, cannot be made, so what asks for one stops the exchange. */
export const withinReach = (
  judgement: Judgement,
  segments: readonly { readonly index: number; readonly sealed?: true }[],
  matches: readonly { readonly segment: number }[],
  mode: Mode,
): Judgement => {
  if (judgement.redact.length === 0) return judgement;
  const sealed = new Set(segments.filter((one) => one.sealed === true).map(({ index }) => index));
  const asks = judgement.redact.some((at) => sealed.has(matches[at]?.segment ?? -1));
  return asks ? { ...judgement, verdict: strengthen(judgement.verdict, SEALED, mode) } : judgement;
};

/** Adds a built-in refusal to a verdict; on an observing route it only says what would have happened. */
export const strengthen = (verdict: Verdict, applied: AppliedPolicy, mode: Mode): Verdict => {
  const policies = [applied, ...verdict.policies];
  if (actionRank(verdict.would) >= actionRank(applied.action))
    return { ...verdict, policies: [...verdict.policies, applied] };
  return {
    ...verdict,
    action: mode === "enforce" ? applied.action : "observe",
    would: applied.action,
    policy: applied.id,
    policies,
  };
};

/** The stronger of two verdicts, with the policies of both. */
export const strongerVerdict = (a: Verdict, b: Verdict | undefined): Verdict => {
  // The usual end of a comparison: two verdicts that allow, for no policy's reasons.
  if (b === undefined || (b.policies.length === 0 && b.action === a.action && b.would === a.would)) return a;
  // On an observing route both only observe: what they would have done tells them apart.
  const stronger = actionRank(b.action) - actionRank(a.action) || actionRank(b.would) - actionRank(a.would);
  const [strong, weak] = stronger > 0 ? [b, a] : [a, b];
  const ids = new Set(strong.policies.map(({ id }) => id));
  const would: Action = actionRank(a.would) >= actionRank(b.would) ? a.would : b.would;
  return { ...strong, would, policies: [...strong.policies, ...weak.policies.filter(({ id }) => !ids.has(id))] };
};

/** Whether the exchange ends here. `throttle`, `divert` and `hold` end it with their own error. */
export const stops = (verdict: Verdict): boolean => actionRank(verdict.action) > actionRank("redact");
