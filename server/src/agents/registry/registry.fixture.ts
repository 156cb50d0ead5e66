import { CallUse, type AgentActivity, type CallFate } from "@parapet/model";

const START_MS = Date.UTC(2026, 9, 1, 8);

/** A call by its tool; `fate` left out: it passed. */
export const call = (tool: string, change: Partial<CallUse> = {}): CallUse =>
  CallUse.parse({ tool, hosts: [], fate: "passed" satisfies CallFate, ...change });

/** One exchange of an agent, so many minutes after the first of October 2026, 08:00. */
export const did = (
  minute: number,
  session: string,
  calls: readonly CallUse[],
  change: Partial<AgentActivity> = {},
): AgentActivity => ({
  time: new Date(START_MS + minute * 60_000).toISOString(),
  source: "gateway",
  exchange: `e-${minute}-${session}`,
  session,
  principal: "user:ada",
  key: "k-1",
  model: "small",
  route: "assistant",
  tokens: 100,
  calls: [...calls],
  ...change,
});
