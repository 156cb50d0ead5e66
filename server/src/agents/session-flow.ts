import type { AgentContent, SessionFlow } from "./flow.ts";

/** @param past labels of what was in the session and is not to be had any more; undefined: nothing was */
export const createSessionFlow = (_content: AgentContent): SessionFlow => ({
  add: () => undefined,
  judge: (call) => ({
    server: call.server,
    effects: ["read"],
    basis: "inferred",
    scope: { declared: false, violations: [] },
    flow: { known: false, user: false, untrusted: true, classes: [], asked: false, target: "none", content: "none" },
    origins: [],
    reasons: [],
  }),
  labels: () => ({ untrusted: true, classes: [], calls: 0 }),
});
