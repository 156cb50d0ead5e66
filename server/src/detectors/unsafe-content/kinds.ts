export const KINDS = ["toxicity", "self-harm", "violence", "sexual", "dangerous-request"] as const;
export type ContentKind = (typeof KINDS)[number];

/** Something in a sentence that speaks for a kind or against it, in log-odds. */
export interface ContentSign {
  readonly pattern: RegExp;
  readonly weight: number;
  readonly why: string;
}

/** A word is lower case; a trailing star lets it go on (`suicid*`). */
export type WeightedWords = Readonly<Record<string, number>>;

/** How one kind is recognised. */
export interface ContentRule {
  readonly words: WeightedWords;
  readonly signs: readonly ContentSign[];
  readonly what: string;
}
