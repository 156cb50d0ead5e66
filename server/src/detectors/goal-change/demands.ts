import { findRequests } from "../requested-action/find-requests.ts";

/** What a foreign request would leave in an answer that obeys it. */
export interface Demand {
  readonly verb: string;
  /** Addresses, quotations, numbers and paths that the request names, lower case. */
  readonly literals: readonly string[];
  /** Longer words of what is asked, without those that only ask. */
  readonly words: ReadonlySet<string>;
  readonly form: "capitals" | "base64" | "emoji" | undefined;
  /** The words, for reasons. */
  readonly text: string;
}

const LITERAL =
  /https?:\/\/[^\s"'<>)\]]{4,200}|[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{2,20}){1,4}|\bwww\.[\w.-]{4,80}|"([^"\n]{4,120})"|“([^”\n]{4,120})”|‘([^’\n]{4,120})’|(?<!\w)'([^'\n]{4,120})'(?!\w)|\+?\d(?:[\s().-]{0,2}\d){6,14}|(?:~|\/(?:etc|home|var|root|Users))\/[\w./-]{2,80}|\b[A-Z][A-Z0-9_]{4,30}\b/g;
const LITERALS_MAX = 12;

const META: ReadonlySet<string> = new Set(
  "your answer response reply output summary user users this that with from have their there which what when where will would could should about into than then them they these those please make sure must include mention provide write give also only word words sentence text document following before after using used adding add append insert assistant language model reader says saying tell instead every each message page email".split(
    " ",
  ),
);
const WORD = /\p{L}{4,24}/gu;

const formOf = (text: string): Demand["form"] =>
  /\b(?:capital|upper\s?case|capitals)\b/i.test(text)
    ? "capitals"
    : /\bbase-?64\b/i.test(text)
      ? "base64"
      : /\bemojis?\b/i.test(text)
        ? "emoji"
        : undefined;

export const wordsOf = (text: string): Set<string> =>
  new Set([...text.toLowerCase().matchAll(WORD)].map(([word]) => word).filter((word) => !META.has(word)));

/** The requests within one foreign passage; the passage itself where none is worded as one. */
export const demandsOf = (passage: string): readonly Demand[] => {
  const requests = findRequests(passage, 8);
  const parts =
    requests.length === 0
      ? [{ verb: "", text: passage }]
      : requests.map(({ verb, start, end }) => ({ verb, text: passage.slice(start, end) }));
  return parts.map(({ verb, text }) => ({
    verb,
    literals: [...text.matchAll(LITERAL)]
      .slice(0, LITERALS_MAX)
      .map((match) => (match.slice(1).find((group) => group !== undefined) ?? match[0]).replace(/[.,;:!?]+$/, "")),
    words: wordsOf(text),
    form: formOf(text),
    text,
  }));
};
