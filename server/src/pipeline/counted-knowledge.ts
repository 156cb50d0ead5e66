import { measureArguments, readCallValues, type AgentContent } from "#agents";
import type { CallCount, CallCounters, CallerOf } from "./call-counters.ts";
import type { CallKnowledge, KnownCall, TokenSpender } from "./call-knowledge.ts";

/** What counters know of calls, as the road asks for it: limits, budgets, steps, and what the arguments amount to. */
export const createCountedKnowledge = (content: () => AgentContent, counters: CallCounters): CallKnowledge => {
  /** Until it is told what became of a call. */
  const open = new WeakMap<KnownCall, CallCount>();
  return {
    of: async (call) => {
      const values = readCallValues(content().tools, call);
      const { server, name: tool, past } = call;
      const counted = await counters.count(callerOf(call), {
        server,
        tool,
        arguments: call.arguments,
        values,
        past: past.map((one) => ({ server: one.server, tool: one.name, arguments: one.arguments })),
      });
      open.set(call, counted);
      const { limits, steps, overBudget } = counted;
      return {
        pin: "none",
        limits,
        steps,
        arguments: measureArguments(values),
        ...(overBudget && {
          violations: ["budget"],
          reasons: ["The session has used up what is declared for one of this agent."],
        }),
      };
    },
    settled: async (call, fate) => {
      await open.get(call)?.settle(fate);
      open.delete(call);
    },
    spent: (spender, tokens) => counters.spend(callerOf(spender), tokens),
  };
};

const callerOf = ({ tenant, session, agent, user, key }: TokenSpender): CallerOf => ({
  tenant,
  session,
  agent,
  user,
  key,
});
