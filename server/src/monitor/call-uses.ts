import type { Action, CallFate, CallUse, ClosedRecord } from "@parapet/model";
import { describeArguments } from "#agents";

const CALLS_MAX = 64;
const NAME_UNITS_MAX = 200;

/** What the registry of agents keeps of the calls of an exchange: at most 64. */
export const callUses = (record: ClosedRecord): readonly CallUse[] =>
  record.toolCalls.slice(0, CALLS_MAX).map(({ name, segment }) => {
    const { action, would, policy } = record.responseVerdict ?? record.verdict;
    const text = record.segments.find(({ index }) => index === segment)?.text;
    return {
      tool: name.slice(0, NAME_UNITS_MAX),
      server: "",
      effects: [],
      data: [],
      ...describeArguments(text, () => undefined),
      repeats: 0,
      fate: fateOf(action, would),
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
