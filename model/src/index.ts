/**
 * The vocabulary: schemas and types that every other part speaks.
 *
 * Browser-safe, imports zod only. One file per noun. Nothing here decides anything.
 * Invariant: a word means one thing (ARCHITECTURE.md, "Words").
 */
export * from "./a2a-configuration.ts";
export * from "./identifiers.ts";
export * from "./provenance.ts";
export * from "./severity.ts";
export * from "./segment.ts";
export * from "./match.ts";
export * from "./verdict.ts";
export * from "./receipt.ts";
export * from "./body-outline.ts";
export * from "./body-tree.ts";
export * from "./exchange.ts";
export * from "./record.ts";
export * from "./event.ts";
export * from "./coverage.ts";
export * from "./rule-change.ts";
export * from "./link.ts";
export * from "./log-source.ts";
export * from "./agent.ts";
export * from "./agent-registry.ts";
export * from "./tool-pin.ts";
export * from "./approval.ts";
export * from "./approval-configuration.ts";
export * from "./telemetry.ts";
export * from "./behaviour.ts";
export * from "./behaviour-configuration.ts";
export * from "./evidence.ts";
export * from "./finding.ts";
export * from "./gateway-key.ts";
export * from "./policy.ts";
export * from "./user.ts";
export * from "./self-test.ts";
export * from "./capture.ts";
export * from "./guards-configuration.ts";
export * from "./source-configuration.ts";
export * from "./second-opinion-configuration.ts";
export * from "./mcp-configuration.ts";
export * from "./configuration.ts";
