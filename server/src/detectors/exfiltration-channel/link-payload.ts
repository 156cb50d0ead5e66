import { fromBase32 } from "../views/block-encodings.ts";
import { codeDecodings } from "../views/character-codes.ts";
import { DecodeBudget } from "../views/decode-budget.ts";
import { textOf } from "../views/text-likeness.ts";

/** What an address carries beyond naming a place. */
export interface LinkPayload {
  /** 0 nothing, 1 something short, 2 opaque and long, 3 readable data once decoded, or a slot for data. */
  readonly strength: 0 | 1 | 2 | 3;
  readonly where: "query" | "path" | "host" | "fragment";
  readonly what: string;
}

const NOTHING: LinkPayload = { strength: 0, where: "query", what: "" };

// Signatures and cache keys are long and opaque by nature.
const OPAQUE_NAMES =
  /^(?:x-(?:amz|goog)-.*|sig|signature|sv|se|sp|expires|policy|key-pair-id|v|ver|version|hash|h|etag|utm_.*|ixid|ixlib|s|fit|auto|w|q|width|height|size|format)$/i;

// More than this, seals and signatures left out, names no place. A stream holds back less than twice as much.
const ADDRESS_UNITS_MAX = 800;
const LONG_UNITS = 200;
export const TOO_LONG = "more than names a place";
/** Badges bring their own logo. */
const INNER_PICTURE = /^data:image\/[\w.+ -]{1,20};base64,(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|PHN2Zy|PD94bWwg)/i;
const INNER_START = /^data:[\w.+/-]{0,40};base64,/i;
const INNER_IMAGE = /^data(?::|%3A)image(?:\/|%2F)/i;

/** The strongest sign of data in an address; `url` as a browser reads it, with or without a scheme. */
export const payloadOf = (url: string): LinkPayload => {
  const found = /^(?:https?:)?\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(url);
  if (found === null) return NOTHING;
  const [, host = "", path = "", query = "", fragment = ""] = found;
  let best = NOTHING;
  const consider = (payload: LinkPayload): void => {
    if (payload.strength > best.strength) best = payload;
  };
  const values: string[] = [];
  let sealedUnits = 0;
  for (const pair of query.split(/&|;(?!base64,)/)) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? "" : pair.slice(0, equals);
    const value = equals < 0 ? pair : pair.slice(equals + 1);
    const payload = valuePayload(value, "query");
    const isSeal = OPAQUE_NAMES.test(name);
    if (isSeal || INNER_IMAGE.test(value)) sealedUnits += value.length;
    else values.push(value);
    consider(payload.strength === 2 && isSeal ? { ...payload, strength: 1 } : payload);
    consider(valuePayload(name, "query"));
  }
  // Ids stand in paths everywhere, so only what can be read there counts.
  const parts = path.split(/[/;=]/).map((part) => part.replace(EXTENSION, ""));
  for (const part of parts) {
    const payload = valuePayload(part, "path");
    const isPlain = (payload.what === "words" && isTitle(part)) || (payload.what === SLOT_FOR_DATA && isRoute(part));
    consider(payload.strength === 2 ? { ...payload, strength: 1 } : isPlain ? NOTHING : payload);
  }
  consider(piecesPayload(values, "query"));
  consider(piecesPayload(parts, "path"));
  // `#django.db.models.query.QuerySet` is a place on a page, and no request sends it.
  const anchor = valuePayload(fragment, "fragment");
  consider(anchor.what === "words" && isTitle(fragment) ? NOTHING : anchor);
  const at = host.lastIndexOf("@");
  consider(valuePayload(host.slice(0, Math.max(0, at)), "host"));
  consider(hostPayload(host.slice(at + 1).replace(/:\d+$/, "")));
  const ownUnits = url.length - sealedUnits;
  if (ownUnits > LONG_UNITS) consider({ strength: 1, where: "query", what: "a value" });
  return ownUnits > ADDRESS_UNITS_MAX && best.strength < 3 ? { strength: 2, where: "query", what: TOO_LONG } : best;
};

const EXTENSION = /\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|html?|php|css|js)$/i;
/** Fewer of them are read by chance. */
const PIECES_UNITS_MIN = 24;

// A text in pieces, one for each parameter, directory or label.
const piecesPayload = (pieces: readonly string[], where: LinkPayload["where"]): LinkPayload => {
  if (pieces.length < 2) return NOTHING;
  const joined = pieces.map(unescaped).join("");
  return joined.length >= PIECES_UNITS_MIN && decodedText(joined) !== undefined
    ? { strength: 3, where, what: "encoded text in pieces" }
    : NOTHING;
};

// `how-to-bake-bread` and `Raymond_III,_Count_of_Tripoli` are titles of pages.
const isTitle = (part: string): boolean => /^[^\s;|]+$/.test(unescaped(part));

// `[id].tsx` is how frameworks name the file of a route, `{userId}` how manuals write the address of an interface.
const isRoute = (part: string): boolean =>
  /^\[[\w.-]+\](?:\.\w{1,8})?$|^\{\w*(?:id|name|slug|version|locale|number|key)\}$/i.test(unescaped(part));

export const SLOT_FOR_DATA = "a slot for data";
// In capitals or by a word that speaks of data; `[trpc]` is a part of a file's name.
const SLOT =
  /\{\{?[\w .-]{2,60}\}?\}|\$\{[\w.]{2,60}\}|%7[Bb]%7?[Bb]?[\w.%-]{2,60}%7[Dd]|<[A-Z_]{3,40}>|\[(?:[A-Z_ ]{3,40}|(?:data|secret|conversation|history|summary)\b[\w -]{0,40})\]/;
// Written for files and routes in the query of a link to code: `?file=src%2Fpages%2F[id].tsx`, `&tag=%7BbookId%7D%2F`.
const ROUTE_SLOT = /\[[\w.-]{1,40}\]\.\w{1,5}\b|\/\{\w{0,30}(?:id|name|slug)\}/gi;

const valuePayload = (value: string, where: LinkPayload["where"]): LinkPayload => {
  if (value.length < 6) return NOTHING;
  if (SLOT.test(value) && SLOT.test(unescaped(value).replaceAll(ROUTE_SLOT, "")))
    return { strength: 3, where, what: SLOT_FOR_DATA };
  const plain = unescaped(value);
  if (/[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,10}/.test(plain)) return { strength: 3, where, what: "an e-mail address" };
  if (INNER_PICTURE.test(plain)) return { strength: 1, where, what: "a picture" };
  const decoded = decodedText(plain.replace(INNER_START, "")) ?? dottedText(plain);
  if (decoded !== undefined) return { strength: 3, where, what: "encoded text" };
  if (wordCount(plain) >= 4) return { strength: 3, where, what: "words" };
  if (plain.length >= 28 && looksOpaque(plain)) return { strength: 2, where, what: "a long opaque value" };
  return plain.length >= 12 ? { strength: 1, where, what: "a value" } : NOTHING;
};

const unescaped = (value: string): string => {
  const spaced = value.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
};

/** Readable text behind an encoding of a value; shorter ones are left to chance. */
const decodedText = (value: string): string | undefined => {
  const compact = value.replaceAll(" ", "+");
  return [compact, Array.from(compact).reverse().join("")].map(blockText).find(isFound) ?? codesText(value);
};

// A signed token is parted by dots too, and pictures are fetched with one.
const dottedText = (value: string): string | undefined =>
  value.length >= PIECES_UNITS_MIN && value.includes(".") && !value.startsWith("eyJ")
    ? decodedText(value.replaceAll(".", ""))
    : undefined;

const isFound = (text: string | undefined): boolean => text !== undefined;

const blockText = (block: string): string | undefined => {
  if (/^(?:[0-9a-f]{2}){8,}$/i.test(block)) return letters(textOf(Buffer.from(block, "hex")));
  if (block.length < 12 || !/^[\w+/-]+={0,2}$/.test(block)) return undefined;
  const text = letters(textOf(Buffer.from(block, "base64")));
  return text ?? (/^[a-z2-7]{16,}$/i.test(block) ? letters(textOf(fromBase32(block.toUpperCase()))) : undefined);
};

const codesText = (value: string): string | undefined =>
  letters(codeDecodings(value.replaceAll(/[.+_|-]/g, " "), new DecodeBudget())[0]?.text);

const letters = (text: string | undefined): string | undefined =>
  text !== undefined && /[\p{L}\d]{3}/u.test(text) ? text : undefined;

// Capitals among small letters stand in base64, not in words.
const WORD = /^(?:[\p{L}\p{M}][\p{Ll}\p{Lo}\p{M}]+|\p{Lu}{2,})$/u;
const wordCount = (value: string): number => value.split(/[\s,;_|.]+/).filter((word) => WORD.test(word)).length;

const looksOpaque = (value: string): boolean => /^[\w+/=.~-]+$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value);

// Labels that resolve to nothing anybody chose: data is carried to the name server of the last part.
const hostPayload = (host: string): LinkPayload => {
  const labels = host.split(".").slice(0, -2);
  const isEncoded =
    labels.some((label) => label.length >= 16 && decodedText(label) !== undefined) ||
    (labels.length > 1 && decodedText(labels.join("")) !== undefined);
  if (isEncoded) return { strength: 3, where: "host", what: "encoded text" };
  const carried = labels.some((label) => label.length >= 20 && /\d/.test(label) && !label.includes("--"));
  return carried ? { strength: 2, where: "host", what: "a long opaque label" } : NOTHING;
};
