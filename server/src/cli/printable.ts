/** What a reader cannot see or a terminal would obey: controls, formats, surrogates, private use, unassigned, separators. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u{115F}\u{1160}\u{3164}\u{FFA0}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/u;

const token = (character: string): string =>
  `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`;

/** One character as it may stand on a terminal: itself, or a visible token such as `‹U+202E›`. */
export const printableCharacter = (character: string): string => {
  if (character === "\t") return "  ";
  return HIDDEN.test(character) ? token(character) : character;
};

const HIDDEN_ALL = new RegExp(`${HIDDEN.source}|\\t`, "gu");

/**
 * Data as it may stand on a terminal. Control characters are drawn, never sent: what a prompt or a file holds
 * must not move the cursor, set the title, or hide what stands beside it. Line breaks are drawn too.
 */
export const printable = (text: string): string => text.replaceAll(HIDDEN_ALL, printableCharacter);

/** {@link printable}, cut to `units` with an ellipsis. */
export const shorten = (text: string, units: number): string => {
  const shown = printable(text);
  if (shown.length <= units) return shown;
  const cut = shown.slice(0, units - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
};

/** {@link printable} line by line: for sentences of our own that quote data, and for texts that people wrote in lines. */
export const printableLines = (text: string): string => text.split("\n").map(printable).join("\n");
