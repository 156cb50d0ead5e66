import type { Provenance } from "@parapet/model";

/**
 * Who could have written a text, as policies see it. Eight provenances are too many to write
 * rules over at 2 AM; these five are what decisions differ by.
 */
export const PROVENANCE_GROUPS = ["trusted", "user", "untrusted", "tool_arguments", "model"] as const;
export type ProvenanceGroup = (typeof PROVENANCE_GROUPS)[number];

const GROUP_OF: Readonly<Record<Provenance, ProvenanceGroup>> = {
  system: "trusted",
  developer: "trusted",
  user: "user",
  document: "untrusted",
  "tool-description": "untrusted",
  "tool-result": "untrusted",
  "tool-arguments": "tool_arguments",
  model: "model",
};

export const groupOf = (provenance: Provenance): ProvenanceGroup => GROUP_OF[provenance];
