/** How a link comes into effect: an image is fetched without a click. */
export type LinkKind = "image" | "link" | "bare";

export interface FoundLink {
  readonly url: string;
  readonly kind: LinkKind;
  readonly start: number;
  readonly end: number;
}

// What may stand in an address; white space, quotes and angle brackets end it.
const ADDRESS = /(?:https?:)?[\\/]{2}[^\s<>"'`|\\^]{4,8192}/gi;
const LOOK_BACK_UNITS = 300;
const LINKS_MAX = 512;

/** Addresses of the web in a text with how they are embedded; at most {@link LINKS_MAX}. */
export const findLinks = (text: string): FoundLink[] => {
  const links: FoundLink[] = [];
  if (!text.includes("//")) return links;
  const imageReferences = text.includes("![");
  const pattern = new RegExp(ADDRESS);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const start = match.index;
    const before = text.slice(Math.max(0, start - LOOK_BACK_UNITS), start);
    const kind = kindOf(before, imageReferences);
    const url = trimmed(match[0]);
    // What was cut off may hold the next address.
    pattern.lastIndex = start + Math.max(url.length, 2);
    // A path such as `a//b` in code is no address.
    if (!/^https?:/i.test(url) && kind === "bare") continue;
    links.push({ url, kind, start, end: start + url.length });
    if (links.length >= LINKS_MAX) break;
  }
  return links;
};

const kindOf = (before: string, imageReferences: boolean): LinkKind => {
  const tail = before.trimEnd();
  if (/\]\(\s{0,8}<?$/.test(before)) return /!\[[^\]]{0,280}\]\(\s{0,8}<?$/.test(before) ? "image" : "link";
  // `![alt][id]` with `[id]: address` elsewhere is an image too.
  if (/(?:^|\n)\s{0,3}\[[^\]\n]{1,80}\]:\s{0,8}<?$/.test(before)) return imageReferences ? "image" : "link";
  if (
    /\b(?:src|srcset|background|poster|data-src)\s{0,4}=\s{0,4}["']?$/i.test(before) ||
    /url\(\s{0,4}["']?$/i.test(before)
  )
    return "image";
  if (/\b(?:href|action|xlink:href)\s{0,4}=\s{0,4}["']?$/i.test(before))
    return /<link\b[^>]{0,200}$/i.test(tail) ? "image" : "link";
  return "bare";
};

// Brackets that close what opened before the address, and full stops, belong to the sentence.
const trimmed = (url: string): string => {
  let depth = 0;
  let end = 0;
  for (; end < url.length; end++) {
    const unit = url.charAt(end);
    if (unit === "(" || unit === "[" || unit === "{") depth++;
    else if ((unit === ")" || unit === "]" || unit === "}") && --depth < 0) break;
  }
  while (end > 0 && ".,;:!?*_~".includes(url.charAt(end - 1))) end--;
  return url.slice(0, end);
};
