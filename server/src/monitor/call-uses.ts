import type { Action, CallFate, CallUse, ClosedRecord } from "@parapet/model";

const CALLS_MAX = 64;
const NAME_UNITS_MAX = 200;

/** What the registry of agents keeps of the calls of an exchange: at most 64. */
export const callUses = (record: ClosedRecord): readonly CallUse[] =>
  record.toolCalls.slice(0, CALLS_MAX).map(({ name, facts, use, decision }) => {
    const { action, would, policy } = decision ?? record.responseVerdict ?? record.verdict;
    return {
      tool: name.slice(0, NAME_UNITS_MAX),
      server: facts?.server ?? "",
      effects: facts?.effects ?? [],
      ...use,
      ...(facts !== undefined && { data: facts.flow.classes }),
      repeats: facts?.steps.repeats ?? 0,
      // A call that was let pass does not reach the caller when its answer is stopped.
      fate: record.state === "blocked" ? "stopped" : fateOf(action, would),
      ...(policy !== undefined && { policy }),
    };
  });

const FATES: Readonly<Record<Action, CallFate>> = {
  allow: "passed",
  observe: "passed",
  redact: "passed",
  throttle: "stopped",
  divert: "held",
  hold: "held",
  block: "stopped",
};

const fateOf = (action: Action, would: Action): CallFate =>
  FATES[action] === "passed" && FATES[would] !== "passed" ? "observed" : FATES[action];
