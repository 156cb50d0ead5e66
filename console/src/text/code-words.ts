/** A stretch of a sentence; `isCode`: it stood between backticks. */
export interface SentencePart {
  readonly text: string;
  readonly isCode: boolean;
}

const CODE = /`([^`\n]+)`/;

/**
 * Sentences of ours mark names, commands and fields with backticks. A tick without its fellow stays as it is, so that
 * nothing of what was quoted is lost.
 */
export const codeWords = (sentence: string): readonly SentencePart[] =>
  sentence
    .split(CODE)
    .map((text, position) => ({ text, isCode: position % 2 === 1 }))
    .filter(({ text }) => text !== "");
