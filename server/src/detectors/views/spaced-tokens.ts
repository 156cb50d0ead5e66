import type { TextForm } from "../detector.ts";
import { FormBuilder } from "./form-builder.ts";

/** Shorter rows are initials, axes, boards; no key is. */
const CHARACTERS_MIN = 16;
const CHARACTERS_MAX = 4096;
const SEPARATORS = " .-|,";

const isSpace = (unit: number): boolean => !(unit > 0x20);

/** How many single characters stand from `from` on with `separator` between each two. */
const rowLength = (text: string, from: number, separator: number): number => {
  let count = 1;
  while (
    count < CHARACTERS_MAX &&
    text.charCodeAt(from + count * 2 - 1) === separator &&
    !isSpace(text.charCodeAt(from + count * 2))
  )
    count += 1;
  return count;
};

/**
 * `g h p _ 4 x …`: a row of single characters joined again, in the case that they were written in. Only rows that
 * mix letters and digits, as keys do: words that are spelled out are the skeleton's. Undefined when there is none.
 */
export const spacedTokensForm = (source: TextForm, path: string): TextForm | undefined => {
  const { text } = source;
  const builder = new FormBuilder(text);
  for (let at = 0; at + 2 < text.length; at += 1) {
    const separator = text.charCodeAt(at + 1);
    if (!SEPARATORS.includes(text.charAt(at + 1)) || isSpace(text.charCodeAt(at))) continue;
    const count = rowLength(text, at, separator);
    // The separator after the last character shows that it is one: `x y zebra` ends with y.
    const follows = text.charCodeAt(at + count * 2 - 1);
    const whole = isSpace(follows) || follows === separator ? count : count - 1;
    if (whole >= CHARACTERS_MIN) {
      let token = "";
      for (let index = 0; index < whole; index += 1) token += text.charAt(at + index * 2);
      if (/\d/.test(token) && /[A-Za-z]/.test(token)) {
        if (builder.length > 0) builder.putUnit(0x0a, at, at);
        for (let index = 0; index < whole; index += 1)
          builder.putUnit(text.charCodeAt(at + index * 2), at + index * 2, at + index * 2 + 1);
      }
    }
    at += (count - 1) * 2;
  }
  return builder.length === 0 ? undefined : builder.build("normalised", path, source);
};
