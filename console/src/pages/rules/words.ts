import type { RuleChangeMark, RuleInfo } from "@parapet/model/api";
import { plural } from "../../components/format.ts";

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

/** A correlation is shown with what its rules hit: that says whether it has anything to look at, not that it held. */
export const hitWords = ({ kind, hits }: Pick<RuleInfo, "kind" | "hits">): string => {
  if (hits === 0) return "no hits";
  return kind === "correlation" ? `its rules: ${plural(hits, "hit")}` : plural(hits, "hit");
};
