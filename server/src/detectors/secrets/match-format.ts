import { entropy, isFilledFormat } from "./placeholder.ts";
import type { TokenFormat } from "./token-format.ts";

/** A format with its pattern made sticky and closed at its right end. */
export interface CompiledFormat {
  readonly format: TokenFormat;
  readonly pattern: RegExp;
}

export const compileFormat = (format: TokenFormat): CompiledFormat => ({
  format,
  pattern: new RegExp(`(?:${format.pattern.source})(?![A-Za-z0-9])`, `y${format.pattern.flags}`),
});

const isAlphanumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** Whether a token may begin at `index`: not inside a word, but after `\n` or `%3D` as written in escaped text. */
const beginsToken = (text: string, index: number): boolean => {
  if (index === 0 || !isAlphanumeric(text.charCodeAt(index - 1))) return true;
  if (index >= 2 && text[index - 2] === "\\") return /[nrt]/.test(text[index - 1] ?? "");
  return index >= 3 && text[index - 3] === "%" && /^[0-9A-Fa-f]{2}$/.test(text.slice(index - 2, index));
};

/** Tries a format where its literal stands. */
export const matchFormat = (
  { format, pattern }: CompiledFormat,
  text: string,
  literalStart: number,
): { readonly start: number; readonly end: number } | undefined => {
  for (let start = Math.max(0, literalStart - format.back); start <= literalStart; start += 1) {
    if (!beginsToken(text, start)) continue;
    pattern.lastIndex = start;
    const match = pattern.exec(text);
    if (match === null) continue;
    const secret = match.groups?.["secret"] ?? match[0];
    if (entropy(secret) < format.entropyMin || isFilledFormat(secret)) return undefined;
    if (format.accepts !== undefined && !format.accepts(secret)) return undefined;
    const secretStart = start + match[0].indexOf(secret);
    return { start: secretStart, end: secretStart + secret.length };
  }
  return undefined;
};
