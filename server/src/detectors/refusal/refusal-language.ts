/** How refusals are worded in one language. Every expression is bounded and reads one sentence or two. */
export interface RefusalLanguage {
  readonly language: string;
  /** Lower case; the sentence around is read only where one of these stands. */
  readonly literals: readonly string[];
  /** The speaker will not or may not do what was asked. */
  readonly core: RegExp;
  /** What is refused is the request itself, or a kind of content. */
  readonly object: RegExp;
  readonly apology: RegExp;
  /** A rule, a law or a danger is given as the reason. */
  readonly reason: RegExp;
  readonly alternative: RegExp;
  /** Something is missing, or the speaker is no speaker: inability, not refusal. */
  readonly inability: RegExp;
}
