import type { Detection } from "../detector.ts";

// Honest text uses a joiner or a mark here and there; only what stands between Latin letters, digits and spaces, or
// repeats without a letter in between, has no reason.
const isZeroWidth = (unit: number): boolean =>
  unit === 0x200b ||
  unit === 0x200c ||
  unit === 0x200d ||
  (unit >= 0x2060 && unit <= 0x2064) ||
  unit === 0xfeff ||
  unit === 0x180e;

const isFiller = (unit: number): boolean =>
  unit === 0x3164 || unit === 0xffa0 || unit === 0x115f || unit === 0x1160 || unit === 0x034f || unit === 0xad;

const isJoiner = (unit: number): boolean => unit === 0x200c || unit === 0x200d;

// Supplementary variation selectors; tags always make a channel of their own or a flag.
const isSelector = (text: string, at: number): boolean => {
  if (text.charCodeAt(at) !== 0xdb40) return false;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdd00 && low <= 0xddef;
};

const isLatinLetter = (unit: number): boolean => (unit | 32) >= 97 && (unit | 32) <= 122 && unit < 128;

// Joiners belong to scripts that join and to emoji; a selector to the one symbol before it.
const hasReason = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  const before = at > 0 ? text.charCodeAt(at - 1) : 0x20;
  const after = at + 1 < text.length ? text.charCodeAt(at + 1) : 0x20;
  if (isJoiner(unit)) return (before >= 0x590 && !isZeroWidth(before)) || (after >= 0x590 && !isZeroWidth(after));
  // A soft hyphen is spelling inside a long word, a zero-width space is a break in scripts without spaces.
  if (unit === 0xad)
    return (
      (isLatinLetter(before) || before > 0xbf) && (isLatinLetter(after) || after > 0xbf) && !isDenseHyphen(text, at)
    );
  if (unit === 0x200b) return before >= 0xe00 && before !== 0x200b;
  return unit === 0xfeff && at === 0;
};

const isDenseHyphen = (text: string, at: number): boolean =>
  text.charCodeAt(at - 2) === 0xad || text.charCodeAt(at + 2) === 0xad;

/** One detection when at least `least` invisible characters stand where spelling has no use for them. */
export const invisibleRuns = (text: string, least: number): Detection | undefined => {
  let count = 0;
  let start = 0;
  let end = 0;
  let insideWords = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xad) continue;
    const selector = isSelector(text, i);
    if (!(isZeroWidth(unit) || isFiller(unit)) && !(selector && isSelector(text, i - 2))) {
      if (selector) i++;
      continue;
    }
    if (!selector && hasReason(text, i)) continue;
    if (count === 0) start = i;
    end = selector ? i + 2 : i + 1;
    count++;
    if (isLatinLetter(text.charCodeAt(i - 1)) && isLatinLetter(text.charCodeAt(i + 1))) insideWords++;
    if (selector) i++;
  }
  // Three cuts inside Latin words are a disguise already.
  if (count < least && insideWords < Math.min(3, least)) return undefined;
  return {
    category: "hidden_text",
    type: insideWords > 0 ? "split-words" : "invisible-characters",
    confidence: insideWords >= 3 ? 0.8 : count >= least * 4 ? 0.75 : 0.6,
    severity: "medium",
    start,
    end,
    reason: `${count} invisible characters stand where spelling has no use for them`,
    view: "original",
  };
};
