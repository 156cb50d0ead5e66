import { z } from "zod";

/** Ordered from least to most severe; names follow OCSF 1.8 `severity_id` 1 to 5. */
export const SEVERITIES = ["informational", "low", "medium", "high", "critical"] as const;
export const Severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof Severity>;

/** Position in {@link SEVERITIES}, for comparing. */
export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** The more severe of two. */
export const maxSeverity = (a: Severity, b: Severity): Severity => (severityRank(a) >= severityRank(b) ? a : b);
