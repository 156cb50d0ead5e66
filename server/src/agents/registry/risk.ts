import type { AgentDeclaration } from "@parapet/model";
import type { AgentRisk, AgentSummary } from "@parapet/model/api";

/** Effects that reach beyond the session. */
const GRAVE: ReadonlySet<string> = new Set(["communicate", "spend", "destroy", "rights"]);

/** What a person should look at first, from what is known without reading a call. */
export const riskOf = (
  seen: Pick<AgentSummary, "scope" | "calls" | "observed" | "held" | "stopped" | "unused" | "outside">,
  effects: readonly string[],
  inForce: AgentDeclaration | undefined,
): AgentRisk => {
  const high: string[] = [];
  const medium: string[] = [];
  const grave = effects.filter((effect) => GRAVE.has(effect));
  if (seen.scope === "none" && seen.calls > 0) {
    if (grave.length > 0) high.push(`It has no scope, and its tools ${grave.map(inWords).join(", ")}.`);
    else medium.push("It calls tools and has no scope.");
  }
  if (seen.outside.length > 0) high.push(`Used and not granted: ${listed(seen.outside)}.`);
  if (seen.stopped > 0) high.push(`${seen.stopped} of its calls were stopped.`);
  if (seen.held > 0) medium.push(`${seen.held} of its calls were held for a person.`);
  if (seen.observed > 0) medium.push(`${seen.observed} of its calls passed only because its route observes.`);
  if (seen.unused.length > 0 && seen.calls > 0) medium.push(`Granted and not used: ${listed(seen.unused)}.`);
  if (inForce?.tools.includes("*") === true) medium.push("Every tool is granted to it.");
  return {
    level: high.length > 0 ? "high" : medium.length > 0 ? "medium" : "low",
    reasons: [...high, ...medium],
  };
};

const inWords = (effect: string): string =>
  ({ communicate: "send data outside", spend: "spend", destroy: "destroy", rights: "change rights" })[effect] ?? effect;

const NAMED_MAX = 3;
const listed = (names: readonly string[]): string =>
  names.length <= NAMED_MAX
    ? names.join(", ")
    : `${names.slice(0, NAMED_MAX).join(", ")} and ${names.length - NAMED_MAX} more`;
