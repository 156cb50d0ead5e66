/**
 * The road: decode ► inspect ► decide ► record. The one place that knows the order.
 *
 * Moves no bytes and opens no connections; the gateway does, and asks here what may move. Invariants:
 * policy always runs, also on remembered matches; what must be durable before an effect is awaited here;
 * every exchange has exactly one terminal record.
 */
export { createExchange, type Exchange, type ReturningTool } from "./exchange.ts";
export { isHeld, type ApprovalTools, type Asking, type HoldWait } from "./exchange-holds.ts";
export type { Ending, ExchangeStart, RoadTools, Step } from "./exchange-steps.ts";
export { captureSegments } from "./capture.ts";
export { auditRecord } from "./audit-record.ts";
export type { FlowFacts, PastCall } from "./agent-session.ts";
export { createAgentSessions, type AgentSessions } from "./agent-sessions.ts";
export { createCallCounters } from "./call-counters.ts";
export { createCountedKnowledge } from "./counted-knowledge.ts";
export type { CallExtras, CallKnowledge, KnownCall } from "./call-knowledge.ts";
export { gravestEffect, type AgentRoad, type ProposedToolCall } from "./exchange-calls.ts";
export { answerContext } from "./user-requests.ts";
export { createContentHash, type ContentHash } from "./content-hash.ts";
export { createInspectionMemory, type InspectionMemory } from "./inspection-memory.ts";
export { bypassSegments, inspectSegments, type Inspected, type InspectionTools } from "./inspect-segments.ts";
export { inspectTexts, isOfResponse, type LooseText } from "./inspect-texts.ts";
export { createMaskVault, type MaskVault } from "./mask-vault.ts";
export { createRecorder, type Recorder, type SpoolRecorder } from "./recorder.ts";
export { withSecondOpinion, type OpinionTools } from "./second-opinion.ts";
export { createSessionRisk, type SessionRisk } from "./session-risk.ts";
export type { Outgoing } from "./stream-events.ts";
export { createStreamGuard, type GuardOutput, type ReadDocuments, type StreamGuard } from "./stream-guard.ts";
export { applyReplacements, type Replacement } from "./redact.ts";
