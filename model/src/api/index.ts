/**
 * Contracts of the management API under /api/v1, one file per resource.
 * Server and console both import these; neither writes a second copy.
 */
export * from "./problem.ts";
export * from "./page.ts";
export * from "./session.ts";
export * from "./overview.ts";
export * from "./exchanges.ts";
export * from "./events.ts";
export * from "./findings.ts";
export * from "./inspect.ts";
export * from "./policies.ts";
export * from "./keys.ts";
export * from "./evidence.ts";
export * from "./settings.ts";
export * from "./demo.ts";
export * from "./self-test.ts";
export * from "./timeline.ts";
export * from "./coverage.ts";
export * from "./sources.ts";
export * from "./behaviour.ts";
export * from "./hunt.ts";
export * from "./rules.ts";
export * from "./rule-changes.ts";
export * from "./agents.ts";
export * from "./approvals.ts";
export * from "./tool-pins.ts";
