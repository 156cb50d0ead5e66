import { DATA_CLASSES, ScopeChange, type AgentBudget } from "@parapet/model";
import type { AgentDetail, AgentsResponse, AgentSummary, ScopeComparison } from "@parapet/model/api";
import { count, plural } from "../../components/format.ts";

/** The sentence that the list opens with. */
export const answerOf = ({ items }: Pick<AgentsResponse, "items">): string => {
  const risky = items.filter(({ risk }) => risk.level === "high").length;
  const bare = items.filter(({ scope, calls }) => scope === "none" && calls > 0).length;
  const first =
    risky === 0 ? "No agent needs a look." : `${plural(risky, "agent")} ${risky === 1 ? "needs" : "need"} a look.`;
  return bare === 0 ? first : `${first} ${count(bare)} call${bare === 1 ? "s" : ""} tools without a scope.`;
};

export const SCOPE_WORDS: Readonly<Record<AgentSummary["scope"], string>> = {
  confirmed: "confirmed here",
  declared: "declared in the file",
  none: "none",
};

/** How much of what was granted is used. */
export const usedOf = ({ scope, tools, unused, outside }: AgentSummary): string =>
  scope === "none"
    ? plural(tools.length, "tool")
    : [
        `${tools.length - outside.length} used`,
        `${unused.length} unused`,
        ...(outside.length > 0 ? [`${outside.length} outside`] : []),
      ].join(", ");

export const comparisonSentence = ({ calls, sessions, outside, outsideSessions }: ScopeComparison): string =>
  calls === 0
    ? "No call passed in this time: nothing can be compared."
    : outside === 0
      ? `All ${plural(calls, "call")} that passed in ${plural(sessions, "session")} are within it.`
      : `${count(outside)} of ${plural(calls, "call")} that passed would have been outside, in ${count(outsideSessions)} of ${plural(sessions, "session")}.`;

export const BUDGETS = ["calls", "repeats", "tokens", "minutes"] as const satisfies readonly (keyof AgentBudget)[];
export const BUDGET_WORDS: Readonly<Record<(typeof BUDGETS)[number], string>> = {
  calls: "Calls in a session",
  repeats: "Same call again",
  tokens: "Tokens in a session",
  minutes: "Minutes of a session",
};

/** A scope as it is edited: names a line each; nothing written where nothing is bounded. */
export interface ScopeDraft {
  readonly tools: string;
  readonly hosts: string | undefined;
  readonly data: readonly string[] | undefined;
  readonly budget: Readonly<Record<string, number | undefined>>;
  readonly rest: Pick<ScopeChange, "owner" | "approvers" | "steps" | "limits">;
}

export const draftOf = ({ tools, hosts, data, budget = {}, ...rest }: ScopeChange): ScopeDraft => ({
  tools: tools.join("\n"),
  hosts: hosts?.join("\n"),
  data,
  budget,
  rest,
});

const lines = (text: string): string[] => [
  ...new Set(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  ),
];

/** Undefined where it is no scope yet, such as with a `*` inside a name. */
export const scopeFromDraft = ({ tools, hosts, data, budget, rest }: ScopeDraft): ScopeChange | undefined => {
  const bounds = Object.fromEntries(Object.entries(budget).filter(([, value]) => value !== undefined));
  const parsed = ScopeChange.safeParse({
    ...rest,
    tools: lines(tools),
    ...(hosts !== undefined && { hosts: lines(hosts) }),
    ...(data !== undefined && { data: DATA_CLASSES.filter((one) => data.includes(one)) }),
    ...(Object.keys(bounds).length > 0 && { budget: bounds }),
  });
  return parsed.success ? parsed.data : undefined;
};

/** The scope in force without what was not used; undefined where nothing is in force, or nothing is unused. */
export const tightened = ({ inForce, grants, versions }: AgentDetail): ScopeChange | undefined => {
  const unused = new Set(grants.filter(({ state }) => state === "unused").map(({ kind, name }) => `${kind} ${name}`));
  if (inForce === undefined || unused.size === 0) return undefined;
  const kept = (kind: string, names: readonly string[]): string[] =>
    names.filter((name) => !unused.has(`${kind} ${name}`));
  const { tools, hosts, data, budget, steps } = inForce;
  return ScopeChange.parse({
    tools: kept("tool", tools),
    ...(hosts !== undefined && { hosts: kept("host", hosts) }),
    ...(data !== undefined && { data: kept("data", data) }),
    ...(budget !== undefined && { budget }),
    ...(steps !== undefined && { steps }),
    limits: versions.find(({ state }) => state === "confirmed")?.scope.limits ?? [],
  });
};
