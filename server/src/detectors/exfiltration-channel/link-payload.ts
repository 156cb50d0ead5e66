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

/** The strongest sign of data in an address; `url` as found, with or without a scheme. */
export const payloadOf = (url: string): LinkPayload => {
  const parts = /^(?:https?:)?\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(url);
  if (parts === null) return NOTHING;
  const [, host = "", path = "", query = "", fragment = ""] = parts;
  let best = NOTHING;
  const consider = (payload: LinkPayload): void => {
    if (payload.strength > best.strength) best = payload;
  };
  for (const pair of query.split(/[&;]/)) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? "" : pair.slice(0, equals);
    const value = equals < 0 ? pair : pair.slice(equals + 1);
    const payload = valuePayload(value, "query");
    consider(payload.strength === 2 && OPAQUE_NAMES.test(name) ? { ...payload, strength: 1 } : payload);
  }
  // Ids stand in paths everywhere, so only what can be read there counts.
  for (const part of path.split("/")) {
    const payload = valuePayload(part, "path");
    const isPlain = (payload.what === "words" && isTitle(part)) || (payload.what === SLOT_FOR_DATA && isRoute(part));
    consider(payload.strength === 2 ? { ...payload, strength: 1 } : isPlain ? NOTHING : payload);
  }
  consider(valuePayload(fragment, "fragment"));
  consider(hostPayload(host.replace(/^[^@]*@/, "").replace(/:\d+$/, "")));
  return best;
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
  const decoded = decodedText(plain);
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

/** Readable text behind base64, hex or reversal of a value; shorter ones are left to chance. */
const decodedText = (value: string): string | undefined => {
  const compact = value.replaceAll(" ", "+");
  if (/^(?:[0-9a-f]{2}){8,}$/i.test(compact)) return letters(textOf(Buffer.from(compact, "hex")));
  if (compact.length < 12 || !/^[\w+/-]+={0,2}$/.test(compact)) return undefined;
  return letters(textOf(Buffer.from(compact, "base64")));
};

const letters = (text: string | undefined): string | undefined =>
  text !== undefined && /[\p{L}\d]{3}/u.test(text) ? text : undefined;

const wordCount = (value: string): number =>
  value.split(/[\s,;_|.]+/).filter((word) => /^\p{L}{2,}$/u.test(word)).length;

const looksOpaque = (value: string): boolean => /^[\w+/=.~-]+$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value);

// Labels that resolve to nothing anybody chose: data is carried to the name server of the last part.
const hostPayload = (host: string): LinkPayload => {
  const labels = host.split(".").slice(0, -2);
  const carried = labels.filter((label) => label.length >= 20 && /\d/.test(label) && !label.includes("--"));
  for (const label of carried) {
    if (/^(?:[0-9a-f]{2})+$/i.test(label) && letters(textOf(Buffer.from(label, "hex"))) !== undefined) {
      return { strength: 3, where: "host", what: "encoded text" };
    }
  }
  const decoded = labels.find(
    (label) => label.length >= 16 && letters(textOf(Buffer.from(label, "base64"))) !== undefined,
  );
  if (decoded !== undefined) return { strength: 3, where: "host", what: "encoded text" };
  if (carried.length > 0) return { strength: 2, where: "host", what: "a long opaque label" };
  return NOTHING;
};
