import type { DecodeBudget } from "./decode-budget.ts";
import type { Decoding } from "./block-encodings.ts";
import { textOf } from "./text-likeness.ts";

// Every pattern is linear: separators and digits never overlap, and a failed start gives up after a few groups.
const LISTS: readonly {
  readonly step: string;
  readonly pattern: RegExp;
  readonly group: RegExp;
  readonly base: number;
}[] = [
  { step: "binary", pattern: /[01]{8}(?:[\s,]{0,2}[01]{8}){3,}/g, group: /[01]{8}/g, base: 2 },
  {
    step: "hex codes",
    pattern: /\b(?:0x)?[0-9a-f]{2}(?:[\s,:;-]{1,2}(?:0x)?[0-9a-f]{2}){5,}\b/gi,
    group: /[0-9a-f]{2}(?!x)/gi,
    base: 16,
  },
  { step: "decimal codes", pattern: /\b\d{2,3}(?:[\s,;]{1,2}\d{2,3}){5,}\b/g, group: /\d{2,3}/g, base: 10 },
];

/** Lists of character codes: `01101001 …`, `69 67 6e …`, `105, 103, 110 …`. */
export const codeDecodings = (text: string, budget: DecodeBudget): Decoding[] => {
  const found: Decoding[] = [];
  for (const { step, pattern, group, base } of LISTS) {
    for (const match of text.matchAll(pattern)) {
      const codes = (match[0].match(group) ?? []).map((digits) => Number.parseInt(digits, base));
      if (codes.some((code) => code > 255)) continue;
      const decoded = textOf(Buffer.from(codes));
      // Ages, sizes and scores are lists of numbers too; their characters are no words.
      if (decoded === undefined || letterShare(decoded) < 0.7) continue;
      const taken = budget.take(decoded);
      if (taken !== "") found.push({ text: taken, step, start: match.index, end: match.index + match[0].length });
    }
  }
  return found;
};

const letterShare = (text: string): number => {
  let letters = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i) | 32;
    if ((unit >= 97 && unit <= 122) || unit === 32) letters++;
  }
  return letters / text.length;
};
