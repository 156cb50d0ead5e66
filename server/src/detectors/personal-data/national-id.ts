import type { Severity } from "@parapet/model";

/** An identifier issued by a state, as data. */
export interface NationalId {
  /** Type of the match, such as `US_SSN`. */
  readonly type: string;
  readonly title: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Without anchors; the reader adds boundaries. */
  readonly pattern: RegExp;
  readonly check: (text: string) => boolean;
  /** Words of the local language that stand beside it, lower case. */
  readonly words: readonly string[];
  /** Short runs of digits mean this only where one of the words stands near. */
  readonly contextRequired: boolean;
  readonly severity: Severity;
  /** Fewest digits it can hold; a cheaper gate than the pattern. */
  readonly digitsMin: number;
}

interface Extras {
  readonly contextRequired?: boolean;
  readonly severity?: Severity;
  readonly digitsMin?: number;
}

/** One line of the table. */
export const nationalId = (
  country: string,
  type: string,
  title: string,
  pattern: RegExp,
  check: (text: string) => boolean,
  words: string,
  { contextRequired = false, severity = "high", digitsMin = 7 }: Extras = {},
): NationalId => ({
  type,
  title,
  country,
  pattern,
  check,
  words: words.split("|"),
  contextRequired,
  severity,
  digitsMin,
});

export const CONTEXT = { contextRequired: true } as const;
export const always = (): boolean => true;
