import { createContextReader, type LinkContext, type LinkKind } from "./link-context.ts";

export type { LinkKind } from "./link-context.ts";

export interface FoundLink {
  /** As a browser reads it: without the white space that it passes over, with slashes. */
  readonly url: string;
  readonly kind: LinkKind;
  readonly start: number;
  readonly end: number;
}

export interface FoundLinks {
  readonly links: readonly FoundLink[];
  /** Whether there are more than are listed. */
  readonly isClipped: boolean;
}

// Browsers take `https:/host`, `https:host` and backslashes for `https://host`.
const ADDRESS = /(?:https?:[\\/]{0,8}|[\\/]{2,8})(?=[^\s<>"'`|\\^]{4})/gi;
/** What ends an address, and what does where Markdown says where it ends. */
const ADDRESS_END = /[\s<>"'`|\\^]/g;
const PLAIN_END = /[\s<>]/g;
const ANGLED_END = /[<>\n]/g;
const ADDRESS_UNITS_MAX = 8192;
/** Values of attributes that browsers load, where they hold what browsers pass over: a list, or white space inside. */
const LOADED_VALUE =
  /\b(?:src|srcset|imagesrcset|background|poster|data)\s{0,32}=\s{0,32}(?:"([^"]{1,8192})"|'([^']{1,8192})')/gi;
const ADDRESS_START = /^(?:https?:|[\\/]{2})/i;
const LINKS_MAX = 4096;
const NONE: FoundLinks = { links: [], isClipped: false };

/** Native searches spare most texts the patterns. */
const mayHoldAddress = (text: string): boolean =>
  text.includes("//") ||
  text.includes("http") ||
  ((text.includes("\\") || text.includes(":")) && /[\\/]{2}|https?:/i.test(text));

/**
 * Addresses of the web in a text with how they are embedded; at most {@link LINKS_MAX}.
 *
 * @param isWhole whether nothing was left out of the text: it is the original, not what was decoded of it
 */
export const findLinks = (text: string, isWhole: boolean): FoundLinks => {
  const loaded = text.includes("<") && text.includes("=") ? loadedValues(text) : NONE;
  if (!mayHoldAddress(text)) return loaded;
  const links = [...loaded.links];
  const contextOf = createContextReader(text, isWhole);
  const addressAt = createAddressReader(text);
  const pattern = new RegExp(ADDRESS);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const start = match.index;
    const context = contextOf(start);
    const { kind } = context;
    const written = addressAt(start, pattern.lastIndex, context);
    // What was cut off may hold the next address.
    pattern.lastIndex = start + Math.max(written.length, 2);
    // A path such as `a//b` in code is no address.
    if (kind === "bare" && !/^https?:[\\/]{2}/i.test(written)) continue;
    const end = start + written.length;
    if (loaded.links.some((one) => start >= one.start && end <= one.end)) continue;
    if (links.length >= LINKS_MAX) return { links, isClipped: true };
    links.push({ url: asRead(written), kind, start, end });
  }
  return { links, isClipped: loaded.isClipped };
};

/** Where the run ends that a place stands in. Runs are read once, however many addresses begin in one of them. */
const createRunReader = (text: string, ends: RegExp) => {
  const pattern = new RegExp(ends);
  let from = 0;
  let end = -1;
  return (at: number): number => {
    if (at < from || at > end) {
      pattern.lastIndex = at;
      from = at;
      end = pattern.exec(text)?.index ?? text.length;
    }
    return end;
  };
};

/** Reads the address that begins at `start`; `from`: behind its scheme and slashes. */
const createAddressReader = (text: string) => {
  const addressEnd = createRunReader(text, ADDRESS_END);
  const plainEnd = createRunReader(text, PLAIN_END);
  const angledEnd = createRunReader(text, ANGLED_END);
  return (start: number, from: number, { destination }: LinkContext): string => {
    if (destination === "angled") return text.slice(start, Math.min(angledEnd(start), start + ADDRESS_UNITS_MAX));
    if (destination === "plain")
      return trimmed(text.slice(start, Math.min(plainEnd(start), start + ADDRESS_UNITS_MAX)));
    return trimmed(text.slice(start, Math.min(addressEnd(from), from + ADDRESS_UNITS_MAX)));
  };
};

const VALUES_MAX = 1024;

/** Only those that the search for addresses cannot read as they stand; at most {@link VALUES_MAX}. */
const loadedValues = (text: string): FoundLinks => {
  const links: FoundLink[] = [];
  for (const match of text.matchAll(LOADED_VALUE)) {
    const value = match[1] ?? match[2] ?? "";
    if (!/[\s\u0000-\u001f]/.test(value)) continue;
    const valueStart = match.index + match[0].length - 1 - value.length;
    // A list of sources is parted by commas and white space, a single one may hold either.
    for (const one of new Set([value, ...value.split(/,\s+/)])) {
      const url = asRead(one);
      if (!ADDRESS_START.test(url)) continue;
      if (links.length >= VALUES_MAX) return { links, isClipped: true };
      const start = valueStart + value.indexOf(one);
      links.push({ url, kind: "image", start, end: start + one.length });
    }
  }
  return { links, isClipped: false };
};

/** As the parser of addresses reads it (WHATWG URL §4.4). */
const asRead = (written: string): string => {
  let from = 0;
  let to = written.length;
  while (from < to && written.charCodeAt(from) <= 0x20) from++;
  while (to > from && written.charCodeAt(to - 1) <= 0x20) to--;
  return written
    .slice(from, to)
    .replaceAll(/[\t\n\r]/g, "")
    .replace(/^(?:https?:)?[\\/]*/i, (start) => `${start.replaceAll(/[\\/]/g, "")}//`)
    .replaceAll("\\", "/");
};

// Brackets that close what opened before the address, and full stops, belong to the sentence.
const trimmed = (url: string): string => {
  let depth = 0;
  let end = 0;
  for (; end < url.length; end++) {
    const unit = url.charAt(end);
    if (unit === "[" && url.startsWith("/img]", end + 1)) break;
    if (unit === "(" || unit === "[" || unit === "{") depth++;
    else if ((unit === ")" || unit === "]" || unit === "}") && --depth < 0) break;
  }
  while (end > 0 && ".,;:!?*_~".includes(url.charAt(end - 1))) end--;
  return url.slice(0, end);
};
