const NAME_UNITS = 24;
const LOADING = "(?:src|srcset|imagesrcset|href|action|formaction|ping|poster|data|background|style)";
const ENDS_IN_ATTRIBUTE = new RegExp(`(?:^|[^a-z])${LOADING}$`, "i");
const HAS_ATTRIBUTE = new RegExp(`(?:^|[^a-z])${LOADING}=`, "i");
/** Also without slashes, or with the backslashes that browsers take for them. */
const HAS_SCHEME = /(?:^|[^a-z])(?:https?|ftps?|wss?):/i;
const LINE_UNITS_MAX = 2_048;
const DEFINITION = /^\s{0,3}\[[^\]\n]{1,200}\]:\s{0,4}\S{0,2048}$/;
const TALKS_TO_A_PERSON = /(?:mailto|tel|sms):$/i;
/** What a sign of an address is at most long, so that one is found where a word is read in pieces. */
const SIGN_UNITS = 16;

const DOUBLE = 0x22;
const SINGLE = 0x27;

/** A word with a scheme, without one, with an attribute's name; `target` and attributes are asked for apart. */
const hasAddress = (piece: string, isWhole: boolean): boolean =>
  piece.includes("://") ||
  (isWhole && /^[(=]?[\\/]{2}[^\s/]/.test(piece)) ||
  (piece.includes(":") && HAS_SCHEME.test(piece)) ||
  piece.toLowerCase().includes("www.");

/** Where whitespace before a place begins. */
const beforeSpace = (text: string, at: number): number => {
  let end = at;
  while (end > 0 && text.charCodeAt(end - 1) <= 0x20) end -= 1;
  return end;
};

/** Whether what begins at a place is the value of an attribute that something loads. */
const isAttributeValue = (text: string, at: number): boolean => {
  const sign = beforeSpace(text, at);
  if (text[sign - 1] !== "=") return false;
  const end = beforeSpace(text, sign - 1);
  return ENDS_IN_ATTRIBUTE.test(text.slice(Math.max(0, end - NAME_UNITS), end));
};

/**
 * Tells whether what stands at a place of a growing text is part of an address that something might load or a person
 * might open. A model that was talked into it would send a masked value away there:
 * `![](https://…/?q=[EMAIL_ADDRESS_…])`. Reads the text once, however many places are asked for. In doubt it is one: a
 * token that stays is a nuisance, a value that is sent away a leak.
 */
export const createAddressWatch = (): ((text: string, start: number) => boolean) => {
  const known = new Map<number, boolean>();
  let at = 0;
  let lineStart = 0;
  let wordStart = 0;
  /** Until where the word was looked at, and what it turned out to hold. */
  let seen = 0;
  let isAddressed = false;
  let isTarget = false;
  let isAttribute = false;
  /** Inside `](<…>`, `url(…)`, and a quoted attribute that loads something. */
  let inTarget = false;
  let inStyle = false;
  let inDouble = false;
  let inSingle = false;
  /** Where the first unit inside `url(` stands, and the quote that it is. */
  let styleStart = 0;
  let styleQuote = 0;

  const beginWord = (start: number): void => {
    wordStart = seen = start;
    isAddressed = isTarget = isAttribute = false;
  };

  /** What the word holds up to `until`. */
  const look = (text: string, until: number): void => {
    if (until <= seen && until > wordStart) return;
    const isWhole = seen - SIGN_UNITS <= wordStart;
    if (seen === wordStart) isAttribute = isAttributeValue(text, wordStart);
    const piece = text.slice(isWhole ? wordStart : seen - SIGN_UNITS, until);
    seen = Math.max(seen, until);
    isTarget ||= piece.includes("](");
    isAttribute ||= piece.includes("=") && HAS_ATTRIBUTE.test(piece);
    isAddressed ||= isTarget || isAttribute || hasAddress(piece, isWhole);
  };

  /** Whether the word's address goes on behind a quote or an angle bracket, as it does in Markdown and where no quotes are. */
  const goesOn = (text: string, unit: number): boolean => {
    look(text, at);
    if (!isAddressed || isTarget) return isTarget;
    if (unit === 0x3c) return isAttribute;
    const before = text.charCodeAt(wordStart - 1);
    return unit === 0x3e ? before !== 0x3c && !isAttribute : before !== unit;
  };

  const readQuote = (text: string, unit: number): void => {
    if (styleStart === at) styleQuote = unit;
    const opens = isAttributeValue(text, at);
    const isWithin = unit === DOUBLE ? inDouble : inSingle;
    if (opens || isWithin || !goesOn(text, unit)) beginWord(at + 1);
    if (unit === DOUBLE) inDouble = opens;
    else inSingle = opens;
  };

  const readOpening = (text: string): void => {
    const sign = beforeSpace(text, at);
    const opens = text.startsWith("](", sign - 2) || text.startsWith("]:", sign - 2);
    if (opens || !goesOn(text, 0x3c)) beginWord(at + 1);
    inTarget ||= opens;
  };

  const readSpace = (unit: number): void => {
    beginWord(at + 1);
    if (styleStart === at) styleStart += 1;
    if (unit !== 0x0a) return;
    lineStart = at + 1;
    inTarget = inStyle = false;
  };

  const read = (text: string, until: number): void => {
    for (; at < until; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit <= 0x20) readSpace(unit);
      else if (unit === DOUBLE || unit === SINGLE) readQuote(text, unit);
      else if (unit === 0x3c) readOpening(text);
      else if (unit === 0x3e) {
        if (text[at - 1] === "\\" && inTarget) continue;
        if (inTarget || !goesOn(text, unit)) beginWord(at + 1);
        inTarget = false;
      } else if (unit === 0x28) {
        if (text.slice(Math.max(0, at - 3), at).toLowerCase() !== "url") continue;
        inStyle = true;
        styleStart = at + 1;
        styleQuote = 0;
      } else if (unit === 0x29) {
        const isQuoted = styleQuote !== 0 && (at - 1 === styleStart || text.charCodeAt(at - 1) !== styleQuote);
        inStyle &&= isQuoted;
      }
    }
  };

  const isAddress = (text: string, start: number): boolean => {
    if (inTarget || inStyle || inDouble || inSingle) return true;
    look(text, start);
    if (isAddressed) return true;
    const line = text.slice(Math.max(lineStart, start - LINE_UNITS_MAX), start);
    return line.includes("]:") && DEFINITION.test(line);
  };

  /** `[write](mailto:…`, `href="mailto:…`: where the address begins with it. In the middle of one it is a piece of that. */
  const talksFrom = (text: string, begin: number): boolean => {
    if (inStyle) return false;
    const before = text[begin - 1];
    if (wordStart === begin) {
      const isTheOne =
        before === '"' ? !inSingle && !inTarget : before === "'" ? !inDouble && !inTarget : before === "<";
      return isTheOne && (before === "<" ? !inDouble && !inSingle : isAttributeValue(text, begin - 1));
    }
    if (inTarget || inDouble || inSingle || !text.startsWith("](", begin - 2) || begin - 2 < wordStart) return false;
    const label = text.slice(wordStart, begin - 2);
    return !label.includes("](") && !HAS_ATTRIBUTE.test(label) && !hasAddress(label, true);
  };

  return (text, start) => {
    const answer = known.get(start);
    if (answer !== undefined) return answer;
    read(text, start);
    const [scheme] = TALKS_TO_A_PERSON.exec(text.slice(Math.max(0, start - 8), start)) ?? [""];
    const made = isAddress(text, start) && !(scheme !== "" && talksFrom(text, start - scheme.length));
    known.set(start, made);
    return made;
  };
};
