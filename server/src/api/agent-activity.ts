import type { AgentActivity, TenantId } from "@parapet/model";
import type { ApiTools } from "./tools.ts";

const DAY_MS = 86_400_000;
/** Newest exchanges of one agent that are read at once. */
const ACTIVITIES_MAX = 50_000;

/** What one agent did in the last days, newest first. */
export const readActivity = async (
  { events, clock }: Pick<ApiTools, "events" | "clock">,
  tenant: TenantId,
  agent: string,
  days: number,
): Promise<{ readonly activities: readonly AgentActivity[]; readonly sinceMs: number; readonly complete: boolean }> => {
  const sinceMs = clock.now() - days * DAY_MS;
  const activities = await events.agentActivity(tenant, { agent, sinceMs, limit: ACTIVITIES_MAX + 1 });
  return { activities: activities.slice(0, ACTIVITIES_MAX), sinceMs, complete: activities.length <= ACTIVITIES_MAX };
};
