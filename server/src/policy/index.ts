/**
 * Decides what happens to a request, a response or a tool call: Cedar policies over what was found.
 *
 * Pure: texts and questions come in, sets and decisions go out. It reads no files, knows no clock and
 * never sees the text of an exchange, only matches.
 * Invariant: a set that loaded decides every question; a set with an error is never partly in force.
 */
export { loadPolicies, type PolicyFile } from "./load-policies.ts";
export type { LoadedPolicies, PolicyDecision, CallArguments, PolicyQuestion, PolicySet } from "./policy.ts";
export { groupOf, PROVENANCE_GROUPS, type ProvenanceGroup } from "./provenance-groups.ts";
export { POLICY_SCHEMA } from "./schema.ts";
