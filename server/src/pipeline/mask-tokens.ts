/**
 * Tokens that stand in place of masked values: `[EMAIL_ADDRESS_3f2a9c04d1be]`. A type that a model can reason
 * with, and twelve hexadecimal digits of a keyed digest that nobody guesses.
 */
const DIGITS = 12;

/** Longest token, with the backslashes that a model writing Markdown may put in. */
const TOKEN_UNITS_MAX = 112;

const TOKEN = /(?<!\\)\\?\[([A-Z0-9](?:[A-Z0-9]|\\?_){0,47})\\?_([0-9a-f]{12})\\?\]/g;
const BEGUN = /\\?\[(?:[A-Z0-9][A-Z0-9_\\]{0,96}[0-9a-f]{0,12}\\?)?$|\\$/;

/** `digest`: hexadecimal, of the value under a key. */
export const tokenOf = (type: string, digest: string): string => {
  const name = type
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 40);
  return `[${name === "" ? "VALUE" : name}_${digest.slice(0, DIGITS)}]`;
};

export interface FoundToken {
  readonly start: number;
  readonly end: number;
  /** As {@link tokenOf} wrote it. */
  readonly token: string;
}

/**
 * What has the shape of a token and begins from `from` on and before `until`; whether it is one the caller must ask
 * its memory. What stands behind is not read: of a long text that is let go piece by piece it is asked for each piece.
 */
export const findTokens = (whole: string, from = 0, until = whole.length): readonly FoundToken[] => {
  const found: FoundToken[] = [];
  const text = until + TOKEN_UNITS_MAX < whole.length ? whole.slice(0, until + TOKEN_UNITS_MAX) : whole;
  if (!text.includes("[", from)) return found;
  TOKEN.lastIndex = from;
  for (let match = TOKEN.exec(text); match !== null && match.index < until; match = TOKEN.exec(text)) {
    const [written, name = "", digits = ""] = match;
    found.push({
      start: match.index,
      end: match.index + written.length,
      token: `[${name.replaceAll("\\", "")}_${digits}]`,
    });
  }
  return found;
};

/** Where a token that is still being written begins, not before `from`; `until` when none does. */
export const tokenBegun = (text: string, from: number, until: number): number => {
  const start = Math.max(from, until - TOKEN_UNITS_MAX);
  const begun = BEGUN.exec(text.slice(start, until));
  return begun === null ? until : start + begun.index;
};
