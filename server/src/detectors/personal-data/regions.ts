/** A stretch of text in which a number, or an identifier that holds one, may stand. */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly digits: number;
}

const REGION_UNITS_MAX = 160;
const TOKEN_UNITS_MAX = 64;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isAlphanumeric = (code: number): boolean =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
/** Space, no-break space, hyphen, dot, slash, colon, plus, brackets. */
const isSeparator = (code: number): boolean =>
  code === 32 ||
  code === 160 ||
  (code >= 45 && code <= 47) ||
  code === 58 ||
  code === 43 ||
  code === 40 ||
  code === 41 ||
  code === 0x2011 ||
  code === 0x2013;

const isUpper = (code: number): boolean => code >= 65 && code <= 90;

/** Length of one or two capitals with a space or hyphen before `at`, when they are a word of their own. */
const leadLength = (text: string, at: number, floor: number): number => {
  if (text[at - 1] !== " " && text[at - 1] !== "-") return 0;
  let start = at - 1;
  while (start > floor && at - start < 4 && isUpper(text.charCodeAt(start - 1))) start -= 1;
  const length = at - start;
  return length === 1 || length === 4 || isAlphanumeric(text.charCodeAt(start - 1)) ? 0 : length;
};

/** End of the token at `from`, and how many digits it has. */
const readToken = (text: string, from: number): { readonly end: number; readonly digits: number } => {
  let end = from;
  let digits = 0;
  while (end < text.length && end - from < TOKEN_UNITS_MAX) {
    const code = text.charCodeAt(end);
    if (!isAlphanumeric(code)) break;
    if (isDigit(code)) digits += 1;
    end += 1;
  }
  return { end, digits };
};

/**
 * Finds where digits stand, joined over separators and over short letter groups as IBANs have them. A text without digits
 * costs one search. Regions shorter than any identifier are left out.
 */
export const findRegions = (text: string): readonly Region[] => {
  const regions: Region[] = [];
  const digit = /\d/g;
  for (let match = digit.exec(text); match !== null; match = digit.exec(text)) {
    let start = match.index;
    const floor = Math.max(regions.at(-1)?.end ?? 0, start - TOKEN_UNITS_MAX);
    while (start > floor && isAlphanumeric(text.charCodeAt(start - 1))) start -= 1;
    // `AB 12 34 56 C`, `X-1234567-L`: one or two letters stand before.
    // More than once, so that `G B 8 2 W E S T` is read from its first letter.
    for (let round = 0; round < 3; round += 1) start -= leadLength(text, start, floor);
    while (start > floor && (text[start - 1] === "+" || text[start - 1] === "(")) start -= 1;

    let { end, digits } = readToken(text, match.index);
    while (end - start < REGION_UNITS_MAX) {
      let next = end;
      while (next - end < 3 && next < text.length && isSeparator(text.charCodeAt(next))) next += 1;
      if (next === end) break;
      const token = readToken(text, next);
      const isShortGroup =
        token.end - next > 0 &&
        token.end - next <= 4 &&
        text.slice(next, token.end) === text.slice(next, token.end).toUpperCase();
      if (token.digits === 0 && !isShortGroup) break;
      end = token.end;
      digits += token.digits;
    }
    digit.lastIndex = Math.max(end, match.index + 1);
    // A year, a price, a small number: by far the most of what plain text holds.
    if (digits >= 6 || (digits >= 4 && end - start >= 7)) regions.push({ start, end, digits });
  }
  return regions;
};
