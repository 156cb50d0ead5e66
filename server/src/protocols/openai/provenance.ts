import type { Provenance } from "@parapet/model";

/** The roles of messages and who could have written their text. */
export const PROVENANCE_OF_ROLE: ReadonlyMap<string, Provenance> = new Map([
  ["system", "system"],
  ["developer", "developer"],
  ["user", "user"],
  ["assistant", "model"],
  ["tool", "tool-result"],
  ["function", "tool-result"],
]);

/**
 * Provenance of strings outside `messages`. The application's developer writes output schemas; predictions are
 * former answers. All other fields, unknown ones included, count as the user's: applications put names,
 * metadata and stop words of their users there, and `user` is inspected as input.
 */
const BY_FIELD: ReadonlyMap<string, Provenance> = new Map([
  ["tools", "tool-description"],
  ["functions", "tool-description"],
  ["response_format", "developer"],
  ["prediction", "model"],
]);

export const provenanceOfField = (field: string): Provenance => BY_FIELD.get(field) ?? "user";
