import { ORIGINS, type ArgumentRole, type Origin } from "@parapet/model";
import { keyFor, type Occurrence, type SessionIndex, type Trust } from "./session-index.ts";
import { decimalOf, hostOf, wholeValues, type Value, type ValueKind } from "./values.ts";
import { fold, wordsOf } from "./words.ts";

/** Where a value comes from, with the source it was found in. */
export interface Judged {
  readonly origin: Origin;
  readonly source?: number;
}

const RANK = new Map(ORIGINS.map((origin, index) => [origin, index]));

export const worse = (one: Judged, other: Judged): Judged =>
  (RANK.get(other.origin) ?? 0) > (RANK.get(one.origin) ?? 0) ? other : one;

const NONE: Judged = { origin: "none" };
const MODEL: Judged = { origin: "model" };

/** Roles in which a value says whom or what a call reaches. */
export const TARGET_ROLES: ReadonlySet<ArgumentRole> = new Set([
  "recipient",
  "account",
  "url",
  "host",
  "path",
  "command",
]);

const PHRASE_WORDS = 14;

/** Judges one argument's value. A list in a string is as bad as the worst of it. */
export const originOf = (index: SessionIndex, text: string, role: ArgumentRole | undefined): Judged => {
  const trimmed = text.trim();
  if (trimmed === "") return NONE;
  const whole = wholeValues(trimmed);
  if (role === "url" || role === "host" || whole[0]?.kind === "url") return originOfAddress(index, trimmed, whole);
  if (whole.length > 0) return whole.map((value) => originOfValue(index, value, trimmed)).reduce(worse, NONE);
  const words = wordsOf(fold(trimmed));
  if (role === "command") return originOfCommand(index, trimmed, words);
  if (words.length > PHRASE_WORDS) return originOfPassages(index, words);
  if (role === "recipient" && /[,;]/u.test(trimmed)) {
    return trimmed
      .split(/[,;]/u)
      .map((part) => originOfPhrase(index, wordsOf(fold(part)), part, true))
      .reduce(worse, NONE);
  }
  return originOfPhrase(index, words, trimmed, role !== undefined && TARGET_ROLES.has(role));
};

const trusts = (index: SessionIndex, places: readonly Occurrence[]): ReadonlyMap<Trust, number> =>
  new Map(places.toReversed().map(({ source }) => [index.sources[source]?.trust ?? "untrusted", source]));

const bestTrusted = (found: ReadonlyMap<Trust, number>): Judged | undefined => {
  for (const trust of ["user", "trusted"] as const) {
    const source = found.get(trust);
    if (source !== undefined) return { origin: trust, source };
  }
  return undefined;
};

const originOfValue = (index: SessionIndex, { kind, key }: Value, text: string): Judged => {
  const places = index.occurrencesOf(keyFor(kind, key));
  const found = trusts(index, places);
  const trusted = bestTrusted(found);
  if (trusted !== undefined) return trusted;
  const untrusted = places.filter(({ source }) => index.sources[source]?.trust === "untrusted");
  if (untrusted.length > 0) return judgePlaces(index, kind, key, untrusted);
  if (kind === "email" || kind === "account") return originOfUnseen(index, key);
  return originOfPhrase(index, wordsOf(fold(text)), text, true);
};

/** A value that stands nowhere as it is: said with other punctuation, or made up. */
const originOfUnseen = (index: SessionIndex, key: string): Judged => {
  const sources = index.sourcesWith(wordsOf(key)).map((source) => index.sources[source]?.trust);
  if (sources.includes("user")) return { origin: "user" };
  if (sources.includes("trusted")) return { origin: "trusted" };
  const [, domain = ""] = key.split("@");
  const near = index.sourcesWith(wordsOf(domain)).map((source) => index.sources[source]?.trust);
  if (
    sources.includes("untrusted") ||
    (near.includes("untrusted") && !near.includes("user") && !near.includes("trusted"))
  )
    return { origin: "untrusted" };
  return MODEL;
};

/** Whether content that the user pointed at gives this value, and no other that could be meant. */
const judgePlaces = (index: SessionIndex, kind: ValueKind, key: string, places: readonly Occurrence[]): Judged => {
  const [first] = places;
  const delegated = places.find((place) => isDelegated(index, kind, key, place));
  if (delegated !== undefined) return { origin: "delegated", source: delegated.source };
  return { origin: "untrusted", ...(first !== undefined && { source: first.source }) };
};

const isDelegated = (index: SessionIndex, kind: ValueKind, key: string, place: Occurrence): boolean => {
  if (index.sources[place.source]?.pointed !== true) return false;
  const named = index.namedOf(kind);
  const isNamed = index.isNamed(key, place);
  // Who else was named is meant, and this one came along.
  if (!isNamed && named.size > 0 && !named.has(key)) return false;
  if (kind === "account") return !hasRival(index, kind, key, place, true);
  if (place.whole) return true;
  if (hasRival(index, kind, key, place, false)) return false;
  return kind === "url" || kind === "path" || index.saysOwnName(key);
};

/** Whether another value of the kind stands in the same source that could be meant as well. */
const hasRival = (
  index: SessionIndex,
  kind: ValueKind,
  key: string,
  place: Occurrence,
  relatedOnly: boolean,
): boolean =>
  index
    .valuesOf(place.source, kind)
    .entries()
    .some(
      ([other, places]) =>
        other !== key &&
        bestTrusted(trusts(index, index.occurrencesOf(keyFor(kind, other)))) === undefined &&
        places.some((each) => !relatedOnly || index.areRelated(each.record, place.record)),
    );

/** Addresses: where they lead counts, and whether data was put into them. */
const originOfAddress = (index: SessionIndex, text: string, whole: readonly Value[]): Judged => {
  const [value] = whole;
  if (value?.kind === "url") {
    const places = index.occurrencesOf(keyFor("url", value.key));
    const trusted = bestTrusted(trusts(index, places));
    if (trusted !== undefined) return trusted;
    const untrusted = places.filter(({ source }) => index.sources[source]?.trust === "untrusted");
    if (untrusted.length > 0) return judgePlaces(index, "url", value.key, untrusted);
  }
  const host = hostOf(text);
  if (host === undefined) return originOfPhrase(index, wordsOf(fold(text)), text, true);
  const sources = index.sourcesWith(wordsOf(host)).map((source) => index.sources[source]?.trust);
  if (sources.includes("user")) return { origin: "user" };
  if (sources.includes("trusted")) return { origin: "trusted" };
  return sources.includes("untrusted") ? { origin: "untrusted" } : MODEL;
};

const originOfCommand = (index: SessionIndex, text: string, words: readonly string[]): Judged => {
  const inner = text.match(/[^\s"'`|;&<>()]+/gu) ?? [];
  const values = inner.slice(0, 64).flatMap((part) => {
    const [value] = wholeValues(part);
    return value === undefined || value.kind === "number"
      ? []
      : [originOf(index, part, value.kind === "url" ? "url" : "path")];
  });
  const parts = values.reduce(worse, NONE);
  const line = words.length > 1 ? originOfPhrase(index, words, text, true) : NONE;
  return worse(parts.origin === "none" ? line : parts, line.origin === "untrusted" ? line : NONE);
};

const decodings = (text: string): readonly string[] => {
  const found: string[] = [];
  if (/%[0-9a-f]{2}/iu.test(text)) {
    try {
      found.push(decodeURIComponent(text));
    } catch {
      // Not an encoding after all.
    }
  }
  if (/^[A-Za-z0-9+/_-]{12,}={0,2}$/u.test(text)) {
    const decoded = Buffer.from(text, "base64").toString("utf8");
    if (/^[\p{L}\p{N}\p{P}\p{S}\s]+$/u.test(decoded)) found.push(decoded);
  }
  return found.filter((each) => each !== text);
};

/** Short values without a form of their own: names, titles, ids, numbers. */
const originOfPhrase = (index: SessionIndex, words: readonly string[], text: string, strict: boolean): Judged => {
  if (words.length === 0) return MODEL;
  const decimal = decimalOf(text);
  const sources = [...index.sourcesWith(words), ...(decimal === undefined ? [] : index.sourcesWith(wordsOf(decimal)))];
  const found = new Map(
    sources.toReversed().map((source) => [index.sources[source]?.trust ?? "untrusted", source] as const),
  );
  const trusted = bestTrusted(found);
  if (trusted !== undefined) return trusted;
  if (words.every((word) => index.userSays(word))) return { origin: "user" };
  const last = text.split(/[/\\]/u).at(-1) ?? "";
  if (
    last !== text &&
    last !== "" &&
    index.sourcesWith(wordsOf(fold(last))).some((source) => index.sources[source]?.trust === "user")
  )
    return { origin: "user" };
  for (const decoded of decodings(text)) {
    const inner = originOf(index, decoded, undefined);
    if (inner.origin !== "model") return inner;
  }
  const source = found.get("untrusted");
  if (source === undefined) return MODEL;
  const fields = index
    .occurrencesOf(keyFor("field", words.join(" ")))
    .filter((each) => index.sources[each.source]?.trust === "untrusted");
  const field = fields.find((each) => index.sources[each.source]?.pointed === true);
  if (field !== undefined) return { origin: "delegated", source: field.source };
  if (!strict && index.sources[source]?.pointed === true) return { origin: "delegated", source };
  return { origin: "untrusted", source };
};

/** Long texts: written by the model, or with passages of what was read. */
const originOfPassages = (index: SessionIndex, words: readonly string[]): Judged => {
  const sources = [...index.sourcesOfPassages(words)];
  const strayed = sources.find((source) => index.sources[source]?.pointed !== true);
  if (strayed !== undefined) return { origin: "untrusted", source: strayed };
  const [source] = sources;
  if (source !== undefined) return { origin: "delegated", source };
  return index.sourcesWith(words.slice(0, PHRASE_WORDS)).some((each) => index.sources[each]?.trust === "user")
    ? { origin: "user" }
    : MODEL;
};
