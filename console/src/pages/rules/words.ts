import type { RuleChangeMark, RuleInfo } from "@parapet/model/api";

export const STATE_WORDS: Readonly<Record<RuleInfo["state"], string>> = {
  active: "runs",
  serving: "serves a correlation",
  unbound: "no source yet",
  off: "turned off",
};

export const CHANGE_WORDS: Readonly<Record<RuleChangeMark["state"], string>> = {
  promoted: "changed here",
  shadow: "a change in shadow",
};
