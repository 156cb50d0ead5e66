/**
 * What waits for a person: a call that policy holds, asked for once, decided by somebody else, used once.
 *
 * Moves no bytes and decides nothing itself. Invariant: an approval is bound to the digest of the arguments, the version
 * of the policies and one use, and it expires; nobody approves what they asked for; each step is evidence before it has
 * an effect.
 */
export { createApprovalMetrics } from "./approval-metrics.ts";
export { createDesk, type ApprovalDeed, type Desk } from "./desk.ts";
export { callDigest, contentDigest, requestDigest } from "./digest.ts";
export type { ApprovalGate, Asked, HeldExchange, HeldThing, KeptAnswer, Waiting } from "./held.ts";
export type { Decider } from "./may-decide.ts";
export { createNotifier, type NoticePlace } from "./notifier.ts";
export { answerGate, createRemoteGate } from "./remote.ts";
export { createUsualCalls, KeptUsual, type UsualCalls } from "./usual.ts";
