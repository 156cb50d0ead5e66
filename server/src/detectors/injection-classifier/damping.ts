/** How the number of words in a window tempers its sum. */
export interface Damping {
  readonly strength: number;
  readonly words: number;
}

/** Evidence grows with the square root of the words: a long text is no attack because it has many words. */
export const damp = ({ strength, words }: Damping, count: number): number => strength / Math.sqrt(count + words);
