/**
 * The layer table: a module may import modules on lines above it; modules on one line do not import
 * each other. The lint (oxlint.config.ts) is generated from this, and a test holds ARCHITECTURE.md to it.
 * `model` is the workspace @parapet/model; the others are folders of server/src.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ["model"],
  ["platform"],
  ["storage"],
  ["access", "documents", "protocols"],
  ["sources", "detectors", "rules", "policy", "ledger"],
  ["agents", "approvals", "coverage", "detection", "links", "findings", "second-opinion"],
  ["pins"],
  ["pipeline"],
  ["gateway", "ingest", "monitor", "self-test", "api"],
  ["a2a", "envoy", "mcp"],
  ["compose"],
  ["cli"],
  ["reference"],
];
