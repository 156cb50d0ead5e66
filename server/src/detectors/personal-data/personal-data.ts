import type { Severity } from "@parapet/model";
import { isValidIBAN } from "ibantools";
import { defineDetector, type Detection, type TextForm } from "../detector.ts";
import { countedPlaces, foundIn } from "../one-per-place.ts";
import { IP_V4, IP_V6, isPublicAddress } from "./address-of-machine.ts";
import { BIRTH_DATE, BIRTH_WORDS } from "./birth-date.ts";
import { CARD, judgeCard } from "./card.ts";
import { contextReader } from "./context-words.ts";
import { readEmail } from "./email.ts";
import { AFTER_UNITS, holdPersonalData } from "./hold.ts";
import { findPersons } from "./person.ts";
import { judgePhone, PHONE } from "./phone.ts";
import { findRegions, type Region } from "./regions.ts";
import { NATIONAL_IDS, PersonalDataSettings } from "./settings.ts";
import { STREET_FORMS, ZIP_AFTER_ADDRESS } from "./street-address.ts";
import { isWallet, WALLET } from "./wallet.ts";

interface Found {
  readonly type: string;
  readonly title: string;
  readonly confidence: number;
  readonly severity: Severity;
  readonly start: number;
  readonly end: number;
}

const BEFORE_UNITS = 64;
/** More than this in one text is a table, and unscannable; the bound keeps hostile text cheap. */
const DETECTIONS_MAX = 500;
/** Of these many spans are chosen: a number may be read in several ways before one is kept. */
const READ_MAX = DETECTIONS_MAX * 4;

/** A pattern that neither starts nor ends inside a longer number or word. */
const bounded = (pattern: RegExp): RegExp =>
  new RegExp(
    `(?<![\\p{L}\\d_])(?<!\\d[-./,])(?:${pattern.source})(?![\\p{L}\\d_])(?![-./,]\\d)`,
    `gu${pattern.flags.replace(/[gu]/g, "")}`,
  );

const CARD_BOUNDED = bounded(CARD);
const IBAN_BOUNDED = bounded(/[A-Z] ?[A-Z] ?\d ?\d(?:[ -]?[A-Z0-9]){11,30}/i);
const BIRTH_BOUNDED = bounded(BIRTH_DATE);
const WALLET_BOUNDED = bounded(WALLET);

/** Forms that a whole text has whether anybody hid something in it or not. */
const GUESSED = /rot13|reversed/;

const NUMBER_UNITS_MAX = 40;
const WALLET_UNITS_MAX = 76;

/** `1860-1950`, `(1990/91`: of all regions in prose, every second one. */
const YEARS = /^\(?[12]\d{3}\)?[-/\u2013 ]{1,3}\(?(?:[12]\d{3}|\d\d)$/;

const ranges = function* (
  pattern: RegExp,
  text: string,
): Generator<{ readonly text: string; readonly start: number; readonly end: number }> {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    yield { text: match[0], start: match.index, end: match.index + match[0].length };
    if (match[0] === "") pattern.lastIndex += 1;
  }
};

/** The longest IBAN that starts where the match does; what follows may be another word in capitals. */
const ibanLength = (text: string): number | undefined => {
  for (let end = text.length; end >= 15; end -= 1) {
    if (/[ -]/.test(text[end - 1] ?? "")) continue;
    if (/[A-Za-z0-9]/.test(text[end] ?? "")) continue;
    if (isValidIBAN(text.slice(0, end).replace(/[ -]/g, "").toUpperCase())) return end;
  }
  return undefined;
};

export const personalDataDetector = defineDetector<PersonalDataSettings>({
  id: "personal-data",
  version: "4",
  title: "Personal data",
  description:
    "Cards, accounts, phone numbers, addresses of mail and national identifiers of thirty countries, told by check digits, numbering plans and the words beside them; names of persons and streets when asked for.",
  categories: ["personal_data"],
  contextual: false,
  stream: { kind: "span", reach: 192, holdFrom: holdPersonalData },
  settings: PersonalDataSettings,
  create: (settings) => {
    const enabled = new Set(settings.types);
    const countries = new Set(settings.countries);
    // What words call an identity number is no telephone number, whether it is to be reported or not.
    const isRead = (type: string): boolean => enabled.has(type) || enabled.has("PHONE_NUMBER");
    const ids = NATIONAL_IDS.filter(
      ({ type, country }) => isRead(type) && (countries.size === 0 || country === "ZZ" || countries.has(country)),
    ).map((id) => ({ id, pattern: bounded(id.pattern) }));
    const readContext = contextReader(ids.map(({ id }) => id));
    const streets = enabled.has("STREET_ADDRESS") || enabled.has("ZIP_CODE") ? STREET_FORMS : [];

    const readRegion = function* (text: string, { start, end, digits }: Region, asWritten: boolean): Generator<Found> {
      const window = text.slice(start, end);
      if (YEARS.test(window)) return;
      // One long token without a separator: no number of a person has so many places, only a wallet's address.
      if (end - start > NUMBER_UNITS_MAX && (!enabled.has("CRYPTO_WALLET") || end - start > WALLET_UNITS_MAX)) {
        if (/^[A-Za-z0-9]+$/.test(window)) return;
      }
      const before = text.slice(Math.max(0, start - BEFORE_UNITS), start);
      const after = text.slice(end, end + AFTER_UNITS);
      // Capitals taken into the region may be a word of context: `PAN 4111…`.
      const around = `${before}${/^[A-Z]*/.exec(window)?.[0] ?? ""}\u0000${after}`;
      const found = (
        type: string,
        title: string,
        confidence: number,
        severity: Severity,
        span: { readonly start: number; readonly end: number },
      ): Found => ({
        type,
        title,
        confidence,
        severity,
        start: start + span.start,
        end: start + span.end,
      });

      if (digits >= 12) {
        if (enabled.has("CREDIT_CARD")) {
          for (const span of ranges(CARD_BOUNDED, window)) {
            const left = text.slice(Math.max(0, start + span.start - 8), start + span.start);
            const confidence = judgeCard(span.text, around, left, text.slice(start + span.end, start + span.end + 8));
            if (confidence !== undefined) yield found("CREDIT_CARD", "Payment card number", confidence, "high", span);
          }
        }
        if (enabled.has("IBAN_CODE")) {
          for (const span of ranges(IBAN_BOUNDED, window)) {
            const length = ibanLength(span.text);
            if (length !== undefined)
              yield found("IBAN_CODE", "Bank account number (IBAN)", 0.98, "high", {
                start: span.start,
                end: span.start + length,
              });
          }
        }
      }
      if (enabled.has("CRYPTO_WALLET") && end - start >= 26) {
        for (const span of ranges(WALLET_BOUNDED, window)) {
          if (isWallet(span.text)) yield found("CRYPTO_WALLET", "Wallet address", 0.95, "medium", span);
        }
      }
      const named = readContext(around);
      for (const { id, pattern } of ids) {
        if (digits < id.digitsMin || ((id.contextRequired || !enabled.has(id.type)) && !named.has(id))) continue;
        for (const span of ranges(pattern, window)) {
          if (id.check(span.text)) yield found(id.type, id.title, named.has(id) ? 0.95 : 0.8, id.severity, span);
        }
      }
      if (enabled.has("DATE_OF_BIRTH") && digits >= 4 && BIRTH_WORDS.test(before)) {
        for (const span of ranges(BIRTH_BOUNDED, window))
          yield found("DATE_OF_BIRTH", "Date of birth", 0.85, "medium", span);
      }
      if (enabled.has("PHONE_NUMBER") && digits >= 7) {
        for (const span of ranges(PHONE, window)) {
          const [left, right] = [text[start + span.start - 1] ?? "", text[start + span.end] ?? ""];
          if (/[\p{L}\d_]/u.test(left) || /[\p{L}\d_]/u.test(right)) continue;
          const confidence = judgePhone(
            span.text,
            text.slice(Math.max(0, start + span.start - 40), start + span.start),
            text.slice(start + span.end, start + span.end + 16),
            settings.phoneCountries,
            asWritten,
          );
          if (confidence !== undefined) yield found("PHONE_NUMBER", "Phone number", confidence, "medium", span);
        }
      }
      if (enabled.has("IP_ADDRESS")) {
        for (const pattern of window.includes(":") ? [IP_V6, IP_V4] : [IP_V4]) {
          for (const span of ranges(pattern, window)) {
            if (
              /[\w.]/.test(window[span.start - 1] ?? "") ||
              /^(?:[\w]|\.\d)/.test(window.slice(span.end, span.end + 2))
            )
              continue;
            if (isPublicAddress(span.text, text.slice(Math.max(0, start + span.start - 16), start + span.start))) {
              yield found("IP_ADDRESS", "Public network address", 0.6, "low", span);
            }
          }
        }
      }
    };

    const readForm = function* ({ text, view, path }: TextForm): Generator<Found> {
      const asWritten = view === "original" || view === "normalised";
      for (const region of findRegions(text)) yield* readRegion(text, region, asWritten);
      if (enabled.has("EMAIL_ADDRESS")) {
        for (let index = text.indexOf("@"); index !== -1; index = text.indexOf("@", index + 1)) {
          const span = readEmail(text, index, GUESSED.test(path));
          if (span !== undefined)
            yield { ...span, type: "EMAIL_ADDRESS", title: "E-mail address", confidence: 0.95, severity: "medium" };
        }
      }
      if (!asWritten) return;
      if (enabled.has("PERSON")) {
        for (const person of findPersons(text))
          yield { ...person, type: "PERSON", title: "Name of a person", severity: "low" };
      }
      for (const { pattern, confidence } of streets) yield* readStreets(text, pattern, confidence);
    };

    const readStreets = function* (text: string, pattern: RegExp, confidence: number): Generator<Found> {
      for (const match of text.matchAll(pattern)) {
        const start = match.index;
        const end = start + match[0].length;
        if (enabled.has("STREET_ADDRESS"))
          yield { type: "STREET_ADDRESS", title: "Street address", confidence, severity: "low", start, end };
        const zip = enabled.has("ZIP_CODE") ? ZIP_AFTER_ADDRESS.exec(text.slice(end, end + 100)) : null;
        if (zip === null) continue;
        const until = end + zip[0].length;
        const from = until - (zip.groups?.["span"] ?? "").length;
        yield { type: "ZIP_CODE", title: "Postal code", confidence: 0.5, severity: "low", start: from, end: until };
      }
    };

    /** What the forms show, each span and type once, and whether there was more than can be chosen from. */
    const readForms = (forms: readonly TextForm[]): { detections: readonly Detection[]; isCut: boolean } => {
      const seen = new Map<string, Detection>();
      for (const form of forms) {
        for (const found of readForm(form)) {
          const span = form.origin(found.start, found.end);
          const key = `${found.type} ${span.start} ${span.end}`;
          const other = seen.get(key);
          if (other !== undefined && (other.view === "original" || other.confidence >= found.confidence)) continue;
          if (other === undefined && seen.size >= READ_MAX) return { detections: [...seen.values()], isCut: true };
          seen.set(key, {
            category: "personal_data",
            type: found.type,
            confidence: found.confidence,
            severity: found.severity,
            ...span,
            reason: foundIn(found.title, form),
            view: form.view,
          });
        }
      }
      return { detections: [...seen.values()], isCut: false };
    };

    return ({ prepared }) =>
      countedPlaces({
        ...readForms(prepared.forms),
        detectionsMax: DETECTIONS_MAX,
        what: "pieces of personal data",
        isReported: ({ type }) => enabled.has(type),
      });
  },
});
