/** A word longer than this is taken for an address: padding must not hide where it begins. */
const WORD_UNITS_MAX = 2_048;
const NAME_UNITS = 24;
const LOADING = "(?:src|href|srcset|action|poster|data|background|style)";
const OPENS_ATTRIBUTE = new RegExp(`(?:^|[^a-z])${LOADING}\\s{0,4}=\\s{0,4}$`, "i");
const HAS_ATTRIBUTE = new RegExp(`(?:^|[^a-z])${LOADING}=`, "i");
const DEFINITION = /^\s{0,3}\[[^\]\n]{1,200}\]:\s{0,4}\S{0,2048}$/;
const TALKS_TO_A_PERSON = /(?:mailto|tel|sms):$/i;

/** With a scheme, without one, without even slashes, as the target of a Markdown link, as an attribute's value. */
const hasAddress = (word: string): boolean =>
  word.length > WORD_UNITS_MAX ||
  word.includes("://") ||
  word.includes("](") ||
  /^[(=]?\/\/[^\s/]/.test(word) ||
  word.toLowerCase().includes("www.") ||
  (word.includes("=") && HAS_ATTRIBUTE.test(word));

/**
 * Tells whether what stands at a place of a growing text is part of an address that something might load or a person
 * might open. A model that was talked into it would send a masked value away there:
 * `![](https://…/?q=[EMAIL_ADDRESS_…])`. Reads the text once, however many places are asked for.
 */
export const createAddressWatch = (): ((text: string, start: number) => boolean) => {
  const known = new Map<number, boolean>();
  let at = 0;
  let wordStart = 0;
  let lineStart = 0;
  /** Inside `](<…>`, `url(…)`, and a quoted attribute that loads something. */
  let inTarget = false;
  let inStyle = false;
  let inDouble = false;
  let inSingle = false;

  const opensAttribute = (text: string, quote: number): boolean =>
    OPENS_ATTRIBUTE.test(text.slice(Math.max(0, quote - NAME_UNITS), quote));

  const read = (text: string, until: number): void => {
    for (; at < until; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit <= 0x20) {
        wordStart = at + 1;
        if (unit === 0x0a) {
          lineStart = at + 1;
          inTarget = inStyle = false;
        }
      } else if (unit === 0x22) {
        wordStart = at + 1;
        inDouble = opensAttribute(text, at);
      } else if (unit === 0x27) {
        wordStart = at + 1;
        inSingle = opensAttribute(text, at);
      } else if (unit === 0x3c) {
        wordStart = at + 1;
        if (text.startsWith("](", at - 2)) inTarget = true;
      } else if (unit === 0x3e) {
        wordStart = at + 1;
        inTarget = false;
      } else if (unit === 0x28) {
        if (text.slice(Math.max(0, at - 3), at).toLowerCase() === "url") inStyle = true;
      } else if (unit === 0x29) inStyle = false;
    }
  };

  const isAddress = (text: string, start: number): boolean => {
    if (inTarget || inStyle || inDouble || inSingle) return true;
    if (hasAddress(text.slice(Math.max(wordStart, start - WORD_UNITS_MAX - 1), start))) return true;
    const line = text.slice(Math.max(lineStart, start - WORD_UNITS_MAX), start);
    return line.includes("]:") && DEFINITION.test(line);
  };

  return (text, start) => {
    const answer = known.get(start);
    if (answer !== undefined) return answer;
    read(text, start);
    const talks = TALKS_TO_A_PERSON.test(text.slice(Math.max(0, start - 8), start));
    const made = !talks && isAddress(text, start);
    known.set(start, made);
    return made;
  };
};
