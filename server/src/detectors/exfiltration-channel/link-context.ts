/** How a link comes into effect: an image is fetched without a click. */
export type LinkKind = "image" | "link" | "bare";

/** How an address is embedded, and where what it stands in says that it ends. */
export interface LinkContext {
  readonly kind: LinkKind;
  /** What the address may be written with beyond what addresses consist of; white space where `<` opens it. */
  readonly destination?: "plain" | "angled";
}

const BEFORE_UNITS = 300;
/** What a detector of spans sees before an address in a stream is no more than this, all of it white space. */
const GAP_UNITS_MAX = 200;
const LABEL_UNITS_MAX = 1024;
const USE_UNITS_MAX = 4096;

const BARE: LinkContext = { kind: "bare" };
const isSpace = (unit: number): boolean => unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);

/** Where the white space before `at` begins. */
const beforeSpace = (text: string, at: number): number => {
  let from = at;
  while (from > 0 && isSpace(text.charCodeAt(from - 1))) from--;
  return from;
};

const isEscaped = (text: string, at: number): boolean => {
  let slashes = 0;
  while (text.charAt(at - 1 - slashes) === "\\") slashes++;
  return slashes % 2 === 1;
};

/** Where the bracket opens that `close` closes; -1 when that is further away than is looked, or before the text. */
const openingOf = (text: string, close: number): number => {
  let depth = 0;
  for (let at = close; at >= Math.max(0, close - LABEL_UNITS_MAX); at--) {
    const unit = text.charCodeAt(at);
    if ((unit !== 0x5b && unit !== 0x5d) || isEscaped(text, at)) continue;
    depth += unit === 0x5d ? 1 : -1;
    if (depth === 0) return at;
  }
  return -1;
};

// Elements that load what `href` names; of `base` every other address of the page hangs.
const LOADING_ELEMENT = /<(?:link|image|use|feimage|base|script)\b[^>]{0,280}$/i;
const LOADED =
  /\b(?:src|srcset|imagesrcset|background|poster|data-src|lowsrc|data)\s{0,32}=$|\burl\($|@import$|\bimage-set\([^()]{0,200}$|\bcontent\s{0,32}=\s{0,32}["']?\d{0,4}\s{0,8};\s{0,8}url\s{0,8}=$|\[img[^\]\n]{0,40}\]$/i;
const NAMED = /\b(?:href|action|formaction|ping)\s{0,32}=$/i;
const CONTAINER = /(?:^|\n)[\s>*+\-\d.)]{0,60}$/;

/** Tells what stands before the addresses of a text. `isWhole`: nothing was left out of it. */
export const createContextReader = (text: string, isWhole: boolean) => {
  const hasImages = text.includes("![");
  return (start: number): LinkContext => contextOf(text, start, isWhole, hasImages);
};

const contextOf = (text: string, start: number, isWhole: boolean, hasImages: boolean): LinkContext => {
  let end = beforeSpace(text, start);
  const isAngled = text.charAt(end - 1) === "<";
  const isQuoted = text.charAt(end - 1) === '"' || text.charAt(end - 1) === "'";
  if (isAngled || isQuoted) end = beforeSpace(text, end - 1);
  // Nobody writes so much of it; what it parts from the address may stand before a window of a stream.
  if (start - end >= GAP_UNITS_MAX) return { kind: "image" };
  const written = isWhole ? ({ destination: isAngled ? "angled" : "plain" } as const) : undefined;
  if (text.startsWith("](", end - 2)) {
    const open = openingOf(text, end - 2);
    // Without an opening it is no link, or a window of a stream begins inside its words.
    const isImage = open === -1 ? isWhole : text.charAt(open - 1) === "!";
    return { kind: isImage ? "image" : "link", ...written };
  }
  if (text.startsWith("]:", end - 2)) {
    const open = openingOf(text, end - 2);
    if (open === -1 || CONTAINER.test(text.slice(Math.max(0, open - 64), open)))
      return { kind: hasImages ? "image" : definedKind(text, open, end), ...written };
  }
  const before = text.slice(Math.max(0, end - BEFORE_UNITS), end);
  if (LOADED.test(before)) return { kind: "image" };
  if (NAMED.test(before)) return { kind: LOADING_ELEMENT.test(before) ? "image" : "link" };
  return BARE;
};

// `![alt][id]` with `[id]: address` elsewhere is an image too, and so may be what nobody is seen to use: its use stands
// before the window of a stream.
const definedKind = (text: string, open: number, end: number): LinkKind => {
  if (open === -1) return "image";
  return text.slice(Math.max(0, open - USE_UNITS_MAX), open).includes(text.slice(open, end - 1)) ? "link" : "image";
};
