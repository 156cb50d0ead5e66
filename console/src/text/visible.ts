/**
 * What a reader cannot see in captured text is drawn, so that hidden instructions, direction
 * overrides and control characters can neither hide nor rearrange what stands on the screen.
 */
export type VisiblePiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "token"; readonly label: string; readonly title: string };

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;
const DRAWN_AS_USUAL = /^[\n\t]$/;
// Anchored at both ends: V8 has been seen to miss astral characters in a class that only `$` anchors.
const PICTOGRAPH = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{fe0f}\u{20e3}]$/u;
const STARTS_PICTOGRAPH = /^\p{Extended_Pictographic}/u;

/** Longer runs of one kind become one token, or a hidden paragraph would bury the text around it. */
const RUN_DRAWN_MAX = 6;

const hex = (codePoint: number): string => `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;

const kindOf = (codePoint: number): string => {
  if (codePoint >= 0xe0000 && codePoint <= 0xe007f) return "tag character";
  if ((codePoint >= 0xfe00 && codePoint <= 0xfe0f) || (codePoint >= 0xe0100 && codePoint <= 0xe01ef))
    return "variation selector";
  if ((codePoint >= 0x202a && codePoint <= 0x202e) || (codePoint >= 0x2066 && codePoint <= 0x2069))
    return "direction override";
  if (codePoint === 0x200e || codePoint === 0x200f || codePoint === 0x061c) return "direction mark";
  if (codePoint >= 0x200b && codePoint <= 0x200d) return "zero width";
  if (codePoint === 0x2060 || codePoint === 0xfeff) return "zero width";
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint <= 0x9f)) return "control character";
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return "half of a pair";
  return "invisible character";
};

/** What tag characters and byte-carrying variation selectors spell, printable ASCII only. */
const spelled = (codePoints: readonly number[]): string =>
  codePoints
    .map((codePoint) => {
      if (codePoint >= 0xe0020 && codePoint <= 0xe007e) return codePoint - 0xe0000;
      if (codePoint >= 0xe0100 && codePoint <= 0xe01ef) return codePoint - 0xe0100 + 16;
      return 0;
    })
    .filter((byte) => byte >= 0x20 && byte <= 0x7e)
    .map((byte) => String.fromCharCode(byte))
    .join("");

const runToTokens = (run: readonly number[]): readonly VisiblePiece[] => {
  const [first] = run;
  if (first === undefined) return [];
  const kind = kindOf(first);
  if (run.length <= RUN_DRAWN_MAX) {
    return run.map((codePoint) => ({ kind: "token", label: hex(codePoint), title: kindOf(codePoint) }));
  }
  const words = spelled(run);
  const spelling = words.length > 0 ? `, spelling “${words}”` : "";
  return [{ kind: "token", label: `${hex(first)} … ${run.length} × ${kind}${spelling}`, title: kind }];
};

/** Emoji joined by U+200D or styled by U+FE0F look as meant: only there these two stay as they are. */
const belongsToEmoji = (codePoint: number, before: string, after: string): boolean => {
  if (codePoint !== 0xfe0f && codePoint !== 0x200d) return false;
  const last = Array.from(before.slice(-2)).at(-1) ?? "";
  if (!PICTOGRAPH.test(last)) return false;
  // One selector styles one character: a second one in a row carries data, not style.
  return codePoint === 0xfe0f ? last !== "\u{fe0f}" : STARTS_PICTOGRAPH.test(after);
};

/** Splits text into what is drawn as it is and tokens for what would not be seen. Concatenated labels lose nothing. */
export const toVisible = (text: string): readonly VisiblePiece[] => {
  if (!INVISIBLE.test(text)) return text === "" ? [] : [{ kind: "text", text }];
  const pieces: VisiblePiece[] = [];
  let plain = "";
  let run: number[] = [];
  const flushRun = (): void => {
    pieces.push(...runToTokens(run));
    run = [];
  };
  let at = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    at += character.length;
    const drawn =
      !INVISIBLE.test(character) ||
      DRAWN_AS_USUAL.test(character) ||
      belongsToEmoji(codePoint, plain, text.slice(at, at + 2));
    if (drawn) {
      flushRun();
      plain += character;
      continue;
    }
    if (plain !== "") pieces.push({ kind: "text", text: plain });
    plain = "";
    const [first] = run;
    if (first !== undefined && kindOf(first) !== kindOf(codePoint)) flushRun();
    run.push(codePoint);
  }
  flushRun();
  if (plain !== "") pieces.push({ kind: "text", text: plain });
  return pieces;
};

/** The same as one string, for titles and labels that cannot hold elements. */
export const toVisibleString = (text: string): string =>
  toVisible(text)
    .map((piece) => (piece.kind === "text" ? piece.text : `[${piece.label}]`))
    .join("");
