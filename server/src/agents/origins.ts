import { ORIGINS, type ArgumentRole, type Origin } from "@parapet/model";
import type { ArgumentValue } from "./arguments.ts";
import { contradictsUser } from "./contradiction.ts";
import type { Pointer } from "./point-words.ts";
import { isTelling, keyFor, type Occurrence, type SessionIndex, type Trust } from "./session-index.ts";
import { decimalOf, hostOf, valuesIn, wholeValues, type Value, type ValueKind } from "./values.ts";
import { fold, nameWords, wordsOf } from "./words.ts";

/** Where a value comes from, with the source it was found in. */
export interface Judged {
  readonly origin: Origin;
  readonly source?: number;
  /** Whether it stands only inside longer texts there, as people write them. */
  readonly prose?: boolean;
}

/** What a value is asked about besides itself. */
export interface Asked {
  readonly role: ArgumentRole | undefined;
  /** Whether the call does more than read. */
  readonly acts: boolean;
  /** Whether what it carries goes to somebody else. */
  readonly leaves: boolean;
  /** Whether it cannot be taken back. */
  readonly destroys: boolean;
  /** Whether it reaches somebody else or cannot be taken back. */
  readonly grave: boolean;
  /** Whether the call gives money back, which goes where it came from. */
  readonly returns: boolean;
  /** Whether the user hands the task over to content: "do what the list says". */
  readonly follows: boolean;
  /** What the user's words point at in content. */
  readonly points: ReadonlySet<Pointer>;
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

/** Judges one value of the arguments. @param options the values that the schema allows */
export const judgeValue = (
  index: SessionIndex,
  { text, isText, isFlag }: ArgumentValue,
  { options, ...asked }: Asked & { readonly options: readonly string[] | undefined },
): Judged => {
  if (isFlag) return MODEL;
  if (options === undefined || !isText) return originOf(index, text, asked);
  // A choice is the model's, unless the user said another.
  const said = (option: string): boolean => nameWords(option).some((word) => word.length > 2 && index.userSays(word));
  const other = options.some((option) => option !== text && said(option));
  return { origin: other && !said(text) ? "untrusted" : "model" };
};

/** Judges one argument's value. A list in a string is as bad as the worst of it. */
const originOf = (index: SessionIndex, text: string, asked: Asked): Judged => {
  const trimmed = text.trim();
  if (trimmed === "") return NONE;
  const { role } = asked;
  const whole = wholeValues(trimmed);
  if (role === "url" || role === "host" || whole[0]?.kind === "url")
    return originOfAddress(index, trimmed, whole, asked);
  if (whole.length > 0) return whole.map((value) => originOfValue(index, value, trimmed, asked)).reduce(worse, NONE);
  const words = wordsOf(fold(trimmed));
  if (role === "command") return originOfCommand(index, trimmed, words, asked);
  if (words.length > PHRASE_WORDS || ((role === "content" || role === undefined) && words.length > 5))
    return originOfText(index, trimmed, words, asked);
  if (role === "recipient" && /[,;]/u.test(trimmed)) {
    return trimmed
      .split(/[,;]/u)
      .map((part) => originOfPhrase(index, wordsOf(fold(part)), part, asked))
      .reduce(worse, NONE);
  }
  return originOfPhrase(index, words, trimmed, asked);
};

const trustOf = (index: SessionIndex, source: number): Trust => index.sources[source]?.trust ?? "untrusted";

const bestTrusted = (index: SessionIndex, sources: readonly number[]): Judged | undefined => {
  for (const trust of ["user", "trusted"] as const) {
    const source = sources.find((each) => trustOf(index, each) === trust);
    if (source !== undefined) return { origin: trust, source };
  }
  return undefined;
};

const isUntrusted = (index: SessionIndex, source: number): boolean => trustOf(index, source) === "untrusted";

const originOfValue = (index: SessionIndex, { kind, key }: Value, text: string, asked: Asked): Judged => {
  const places = index.occurrencesOf(keyFor(kind, key));
  const trusted = bestTrusted(
    index,
    places.map(({ source }) => source),
  );
  if (trusted !== undefined) return trusted;
  const untrusted = places.filter(({ source }) => isUntrusted(index, source) || trustOf(index, source) === "offered");
  const isAccount = kind === "number" && asked.role === "account";
  if (!isAccount && (kind === "path" || kind === "number" || kind === "handle"))
    return originOfPhrase(index, wordsOf(fold(text)), text, asked);
  if (untrusted.length > 0) return judgePlaces(index, kind, key, untrusted, asked);
  return isAccount ? originOfPhrase(index, wordsOf(fold(text)), text, asked) : originOfUnseen(index, key);
};

/** A value that stands nowhere as it is: said with other punctuation, or made up. */
const originOfUnseen = (index: SessionIndex, key: string): Judged => {
  const trusts = index.sourcesWith(wordsOf(key)).map((source) => trustOf(index, source));
  if (trusts.includes("user")) return { origin: "user" };
  if (trusts.includes("trusted")) return { origin: "trusted" };
  const [, domain = ""] = key.split("@");
  const near = index.sourcesWith(wordsOf(domain)).map((source) => trustOf(index, source));
  // A colleague's address that the model completed: a domain of one's own, a name that the user said.
  if (domain !== "" && (near.includes("trusted") || near.includes("user")))
    return { origin: index.saysOwnName(key.slice(0, key.indexOf("@"))) ? "user" : "delegated" };
  if (
    trusts.includes("untrusted") ||
    (near.includes("untrusted") && !near.includes("user") && !near.includes("trusted"))
  )
    return { origin: "untrusted" };
  return MODEL;
};

/** Whether content that the user pointed at gives this value, and no other that could be meant. */
const judgePlaces = (
  index: SessionIndex,
  kind: ValueKind,
  key: string,
  places: readonly Occurrence[],
  asked: Asked,
): Judged => {
  const prose = places.every(({ whole }) => !whole);
  const delegated = places.find((place) => isDelegated(index, kind, key, place, asked));
  if (delegated !== undefined) return { origin: "delegated", source: delegated.source, prose };
  const [first] = places;
  return { origin: "untrusted", prose, ...(first !== undefined && { source: first.source }) };
};

const isDelegated = (index: SessionIndex, kind: ValueKind, key: string, place: Occurrence, asked: Asked): boolean => {
  const source = index.sources[place.source];
  if (source?.pointed !== true) return false;
  if (kind === "email") {
    // The same name at another domain: one of the two only looks like the other.
    if (index.hasDouble(key)) return false;
    if (isOwnDomain(index, key.slice(key.indexOf("@") + 1))) return true;
  }
  const named = index.namedOf(kind);
  const isNamed = index.isNamed(key, place);
  const isNear = isNamed || index.isAnchored(place.record);
  // Who else was named is meant, and this one came along.
  if (!isNear && !source.named && named.size > 0 && !named.has(key)) return false;
  if (place.whole)
    return kind === "account" ? !hasRival(index, kind, key, place) : isNear || !index.isPassedOver(place);
  if (!source.named && !(isNear && index.isBestAnchored(place))) return false;
  // Anybody can take a domain with the right name in it.
  const isOwn = kind !== "url" && index.saysExactly(kind === "email" ? key.slice(0, key.indexOf("@")) : key);
  if (!isOwn && !isPointedAt(index, kind, asked)) return false;
  return !hasRival(index, kind, key, place) || index.isInList(kind, key, place);
};

/** Domains at which anybody gets an address. */
const PUBLIC_DOMAINS = new Set(
  "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com me.com mac.com proton.me protonmail.com pm.me gmx.net gmx.de gmx.com web.de t-online.de freenet.de mail.com zoho.com fastmail.com tutanota.com tuta.com yandex.ru yandex.com mail.ru bk.ru list.ru inbox.ru rambler.ru qq.com 163.com 126.com sina.com foxmail.com naver.com daum.net hanmail.net orange.fr free.fr laposte.net wanadoo.fr libero.it virgilio.it uol.com.br bol.com.br terra.com.br wp.pl o2.pl onet.pl interia.pl seznam.cz hey.com posteo.de mailbox.org".split(
    " ",
  ),
);

/** Whether the operator, or something trusted, names this domain as one's own: nobody outside has an address there. */
const isOwnDomain = (index: SessionIndex, domain: string): boolean =>
  !PUBLIC_DOMAINS.has(domain) &&
  index.sourcesWith(wordsOf(domain)).some((source) => trustOf(index, source) === "trusted");

/** Whether the user's words point at such a value in a text. Paying is pointing at an account. */
const isPointedAt = (index: SessionIndex, kind: ValueKind, { points, returns }: Asked): boolean => {
  // Who says an address himself means that one.
  if (index.userNames(kind)) return false;
  if (kind === "account" || kind === "number")
    return !returns || ["account", "iban", "konto"].some((word) => index.userSays(word));
  return points.has(kind === "url" ? "place" : "person");
};

/** Whether another value of the kind that could be meant as well stands beside it or in something else that the user named. */
const hasRival = (index: SessionIndex, kind: ValueKind, key: string, place: Occurrence): boolean =>
  index
    .rivalsOf(kind, key)
    .some(
      (other) =>
        (other.source === place.source &&
          (kind === "account" ? index.areRelated(other.record, place.record) : !other.whole)) ||
        (!place.whole && !other.whole && other.source !== place.source && index.sources[other.source]?.named === true),
    );

/** Addresses: where they lead counts, and whether data was put into them. */
const originOfAddress = (index: SessionIndex, text: string, whole: readonly Value[], asked: Asked): Judged => {
  const [value] = whole;
  if (value?.kind === "url") {
    const places = index.occurrencesOf(keyFor("url", value.key));
    const trusted = bestTrusted(
      index,
      places.map(({ source }) => source),
    );
    if (trusted !== undefined) return trusted;
    const untrusted = places.filter(({ source }) => isUntrusted(index, source));
    if (untrusted.length > 0) return judgePlaces(index, "url", value.key, untrusted, asked);
  }
  const host = hostOf(text);
  if (host === undefined) return originOfPhrase(index, wordsOf(fold(text)), text, asked);
  const trusts = index.sourcesWith(wordsOf(host)).map((source) => trustOf(index, source));
  if (trusts.includes("user")) return { origin: "user" };
  if (trusts.includes("trusted")) return { origin: "trusted" };
  return trusts.includes("untrusted") ? { origin: "untrusted", prose: true } : MODEL;
};

/** Commands are the model's to write; what counts is what they reach and whether outsiders wrote the line. */
const originOfCommand = (index: SessionIndex, text: string, words: readonly string[], asked: Asked): Judged => {
  const inner = text.match(/[^\s"'`|;&<>()]+/gu) ?? [];
  const values = inner.slice(0, 64).flatMap((part) => {
    const [value] = wholeValues(part);
    if (value?.kind === "url" || value?.kind === "email")
      return [originOf(index, part, { ...asked, role: value.kind === "url" ? "url" : "recipient" })];
    return value?.kind === "path" ? [originOf(index, part, { ...asked, role: "content" })] : [];
  });
  const line = words.length > 1 ? originOfPhrase(index, words, text, { ...asked, role: "content" }) : MODEL;
  const prose = [line, ...values].some((each) => each.origin === "delegated" && each.prose === true);
  return { ...values.filter(({ origin }) => origin === "untrusted").reduce(worse, line), prose };
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

/** Short values without a form of their own: names, titles, ids, paths, numbers. */
const originOfPhrase = (index: SessionIndex, words: readonly string[], text: string, asked: Asked): Judged => {
  if (words.length === 0) return MODEL;
  const decimal = decimalOf(text);
  const sources = [...index.sourcesWith(words), ...(decimal === undefined ? [] : index.sourcesOfNumber(decimal))];
  const trusted = bestTrusted(index, sources);
  if (trusted !== undefined) return trusted;
  if (words.every((word) => index.userSays(word))) return { origin: "user" };
  const last = asked.role === "path" ? wordsOf(fold(text.split(/[/\\]/u).at(-1) ?? "")) : [];
  if (last.length > 0 && index.sourcesWith(last).some((source) => trustOf(index, source) === "user"))
    return { origin: "user" };
  for (const decoded of decodings(text)) {
    const inner = originOf(index, decoded, asked);
    if (inner.origin !== "model") return inner;
  }
  const fields = index
    .occurrencesOf(keyFor("field", words.join(" ")))
    .filter(({ source }) => isUntrusted(index, source));
  const untrusted = sources.filter((source) => isUntrusted(index, source));
  const [source = fields[0]?.source] = untrusted;
  if (source === undefined) return originOfParts(index, text, asked);
  return fields.length > 0 ? judgeFields(index, fields, untrusted, asked) : judgeProse(index, untrusted, text, asked);
};

/** What the model put together from what it read, such as a mail's id and a file's name. */
const originOfParts = (index: SessionIndex, text: string, asked: Asked): Judged => {
  const parts = text.split(":").filter((part) => part.trim() !== "");
  if (parts.length > 1 && parts.length < 5 && asked.role !== "time" && !/\s|\d:\d/u.test(text))
    return parts.map((part) => originOf(index, part, { ...asked, role: "id" })).reduce(worse, NONE);
  return asked.destroys && asked.role === "id" && /\d/u.test(text) ? { origin: "untrusted" } : MODEL;
};

/** A value that fills a field of a record. */
const judgeFields = (
  index: SessionIndex,
  fields: readonly Occurrence[],
  others: readonly number[],
  { role, acts, grave, follows }: Asked,
): Judged => {
  const selects = acts && (role === "id" || role === "recipient" || role === "path");
  const chooses = selects && grave && !follows;
  const field = fields.find(
    (each) => index.sources[each.source]?.pointed === true && !(chooses && index.isPassedOver(each)),
  );
  const prose =
    selects || field !== undefined ? undefined : others.find((each) => index.sources[each]?.pointed === true);
  const source = field?.source ?? prose ?? fields[0]?.source ?? 0;
  const wrong = field === undefined && prose === undefined && (selects || grave);
  return { origin: wrong ? "untrusted" : "delegated", source, prose: prose !== undefined };
};

/** A value that stands only within what somebody wrote. */
const judgeProse = (
  index: SessionIndex,
  sources: readonly number[],
  text: string,
  { role, acts, leaves, grave, follows }: Asked,
): Judged => {
  const pointed = sources.find((each) => index.sources[each]?.pointed === true);
  const named = sources.find((each) => index.sources[each]?.pointed === true && index.sources[each]?.named === true);
  const source = named ?? pointed ?? sources[0] ?? 0;
  if (named !== undefined && follows) return { origin: "delegated", source, prose: true };
  const selects =
    acts &&
    ((role === "recipient" && leaves) || role === "account" || role === "path" || (role === "id" && /\d/u.test(text)));
  const other = role === "path" && index.userNames("path");
  const wrong = selects ? named === undefined || role === "recipient" || other : grave && pointed === undefined;
  return { origin: wrong || contradictsUser(index, text, role) ? "untrusted" : "delegated", source, prose: true };
};

/** Longer texts: written by the model, or with passages, addresses and names of what was read. */
const originOfText = (index: SessionIndex, text: string, words: readonly string[], asked: Asked): Judged => {
  const sources = [...index.sourcesOfPassages(words)];
  if (asked.leaves) {
    const strayed = sources.find((source) => index.sources[source]?.pointed !== true);
    if (strayed !== undefined) return { origin: "untrusted", source: strayed };
    if (words.some((word) => isTelling(word) && index.isOnlyStrayed(word))) return { origin: "untrusted" };
    if (index.hasUnaskedSecret(text)) return { origin: "untrusted" };
  }
  // Who hands a task over to content hands on the links in it as well.
  const passing = asked.follows ? { ...asked, points: new Set([...asked.points, "place" as const]) } : asked;
  const inner = valuesIn(fold(text))
    .slice(0, 32)
    .filter(({ kind }) => kind === "url" || kind === "email" || kind === "account")
    .map((value) => originOfValue(index, value, value.key, passing))
    .find(({ origin }) => origin === "untrusted");
  if (inner !== undefined) return inner;
  if (contradictsUser(index, text, asked.role)) return { origin: "untrusted" };
  const [source] = sources;
  if (source !== undefined) return { origin: "delegated", source };
  const [first] = words.length <= PHRASE_WORDS ? index.sourcesWith(words) : [];
  if (first === undefined) return MODEL;
  const trust = trustOf(index, first);
  if (trust === "offered") return MODEL;
  return { origin: trust === "untrusted" ? "delegated" : trust, source: first };
};
