import type { Severity } from "@parapet/model";

/** One published token format. Its own literal stands where the pattern starts, or `back` units later at most. */
export interface TokenFormat {
  /** Finer kind of the match, in the spelling that other tools use where they know it. */
  readonly type: string;
  readonly title: string;
  /** Lower-case literals that gate the pattern; one of them occurs in whatever the pattern matches. */
  readonly literals: readonly string[];
  readonly pattern: RegExp;
  readonly severity: Severity;
  /** Least Shannon entropy of the match in bits a character; 0 when the format alone is proof. */
  readonly entropyMin: number;
  /** How many units before the literal the pattern may start. */
  readonly back: number;
  readonly confidence: number;
  /** A last check that a pattern cannot express. */
  readonly accepts?: (token: string) => boolean;
}

interface Extras {
  readonly severity?: Severity;
  readonly entropyMin?: number;
  readonly back?: number;
  readonly confidence?: number;
  readonly accepts?: (token: string) => boolean;
}

/** One line of the table. Group `secret`, when the pattern has it, is the span; otherwise the whole match. */
export const token = (
  type: string,
  title: string,
  literals: string | readonly string[],
  pattern: RegExp,
  { severity = "high", entropyMin = 3, back = 0, confidence = 0.97, accepts }: Extras = {},
): TokenFormat => ({
  type,
  title,
  literals: typeof literals === "string" ? [literals] : literals,
  pattern,
  severity,
  entropyMin,
  back,
  confidence,
  ...(accepts === undefined ? {} : { accepts }),
});
