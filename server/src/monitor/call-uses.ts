import type { Action, CallFate, CallUse, ClosedRecord, ExchangeState, Verdict } from "@parapet/model";

const CALLS_MAX = 64;
const NAME_UNITS_MAX = 200;

/** What the registry of agents keeps of the calls of an exchange: at most 64. */
export const callUses = (record: ClosedRecord): readonly CallUse[] => {
  const answered = record.responseVerdict ?? record.verdict;
  const isApproved = answered.approvals !== undefined && answered.approvals.length > 0;
  return record.toolCalls.slice(0, CALLS_MAX).map(({ name, facts, use, decision = answered }) => ({
    tool: name.slice(0, NAME_UNITS_MAX),
    server: facts?.server ?? "",
    effects: facts?.effects ?? [],
    ...use,
    ...(facts !== undefined && { data: facts.flow.classes }),
    repeats: facts?.steps.repeats ?? 0,
    fate: fateOf(decision, record.state, isApproved),
    ...(decision.policy !== undefined && { policy: decision.policy }),
  }));
};

const FATES: Readonly<Record<Action, CallFate>> = {
  allow: "passed",
  observe: "passed",
  redact: "passed",
  throttle: "stopped",
  divert: "held",
  hold: "held",
  block: "stopped",
};

/**
 * A call that was let pass does not reach the caller when its answer is stopped. Of an answer that a person let through
 * nobody knows here which call waited: all of them did.
 */
const fateOf = (
  { action, would }: Pick<Verdict, "action" | "would">,
  state: ExchangeState,
  isApproved: boolean,
): CallFate => {
  if (FATES[action] !== "passed") return FATES[action];
  if (isApproved) return "held";
  if (state === "blocked") return "stopped";
  return FATES[would] === "passed" ? "passed" : "observed";
};
