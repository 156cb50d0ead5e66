import { measureArguments } from "#agents";
import type { CallCount, CallCounters } from "./call-counters.ts";
import type { CallKnowledge, KnownCall } from "./call-knowledge.ts";

/** What counters know of calls, as the road asks for it: limits, budgets, steps, and what the arguments amount to. */
export const createCountedKnowledge = (counters: CallCounters): CallKnowledge => {
  /** Until it is told what became of a call. */
  const open = new WeakMap<KnownCall, CallCount>();
  return {
    of: async (call) => {
      const counted = await counters.count(call);
      open.set(call, counted);
      const { limits, steps, overBudget } = counted;
      return {
        pin: "none",
        limits,
        steps,
        arguments: measureArguments(call.reading.values),
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
    asked: ({ session, answered }) => {
      if (session !== "" && answered.length > 0) counters.answered(session, answered);
    },
    spent: counters.spend,
  };
};
