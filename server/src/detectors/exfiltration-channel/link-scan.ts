import { contextOf, type LinkContext, type LinkKind } from "./link-context.ts";

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

// What may stand in an address; white space, quotes and angle brackets end it. Browsers take `https:/host`,
// `https:host` and backslashes for `https://host`.
const ADDRESS = /(?:https?:[\\/]{0,8}|[\\/]{2,8})[^\s<>"'`|\\^]{4,8192}/gi;
/** The same where Markdown says where it ends. */
const PLAIN_DESTINATION = /[^\s<>]{1,8192}/y;
const ANGLED_DESTINATION = /[^<>\n]{1,8192}/y;
/** Values of attributes that browsers load, where they hold what browsers pass over: a list, or white space inside. */
const LOADED_VALUE =
  /\b(?:src|srcset|imagesrcset|background|poster|data)\s{0,32}=\s{0,32}(?:"([^"]{1,8192})"|'([^']{1,8192})')/gi;
const ADDRESS_START = /^(?:https?:|[\\/]{2})/i;
const LINKS_MAX = 4096;

/** Native searches spare most texts the patterns. */
const mayHoldAddress = (text: string): boolean =>
  text.includes("//") || text.includes("http") || (text.includes("\\") && /[\\/]{2}/.test(text));

/**
 * Addresses of the web in a text with how they are embedded; at most {@link LINKS_MAX}.
 *
 * @param isWhole whether nothing was left out of the text: it is the original, not what was decoded of it
 */
export const findLinks = (text: string, isWhole: boolean): FoundLinks => {
  const links: FoundLink[] = text.includes("<") && text.includes("=") ? loadedValues(text) : [];
  if (!mayHoldAddress(text)) return { links, isClipped: false };
  const values = links.length;
  const pattern = new RegExp(ADDRESS);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const start = match.index;
    const context = contextOf(text, start, isWhole);
    const { kind } = context;
    const written = writtenAddress(text, start, match[0], context);
    // What was cut off may hold the next address.
    pattern.lastIndex = start + Math.max(written.length, 2);
    // A path such as `a//b` in code is no address.
    if (kind === "bare" && !/^https?:[\\/]{2}/i.test(written)) continue;
    const end = start + written.length;
    if (values > 0 && links.some((one, at) => at < values && start >= one.start && end <= one.end)) continue;
    if (links.length >= LINKS_MAX) return { links, isClipped: true };
    links.push({ url: asRead(written), kind, start, end });
  }
  return { links, isClipped: false };
};

const writtenAddress = (text: string, start: number, found: string, { destination }: LinkContext): string => {
  if (destination === undefined) return trimmed(found);
  const pattern = destination === "angled" ? ANGLED_DESTINATION : PLAIN_DESTINATION;
  pattern.lastIndex = start;
  const whole = pattern.exec(text)?.[0] ?? found;
  return destination === "angled" ? whole : trimmed(whole);
};

const VALUES_MAX = 256;

/** Only those that the search for addresses cannot read as they stand. */
const loadedValues = (text: string): FoundLink[] => {
  const links: FoundLink[] = [];
  for (const match of text.matchAll(LOADED_VALUE)) {
    const value = match[1] ?? match[2] ?? "";
    if (!/[\s\u0000-\u001f]/.test(value)) continue;
    const valueStart = match.index + match[0].length - 1 - value.length;
    // A list of sources is parted by commas and white space, a single one may hold either.
    for (const one of [value, ...value.split(/,\s+/)]) {
      const url = asRead(one);
      if (!ADDRESS_START.test(url)) continue;
      const start = valueStart + value.indexOf(one);
      if (links.length < VALUES_MAX) links.push({ url, kind: "image", start, end: start + one.length });
    }
  }
  return links;
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
