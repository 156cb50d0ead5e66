import type { Severity } from "@parapet/model";

/** How severe a match of injected instructions is, by how sure it is. */
export const severityOf = (confidence: number): Severity =>
  confidence >= 0.85 ? "high" : confidence >= 0.6 ? "medium" : "low";
