import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js/min";
import { digitsOf } from "./checks.ts";

/** Candidate: digits in groups, an optional `+` or brackets, an optional extension. */
export const PHONE = /(?:\+|\(\+?)?\d(?:[ \u00a0.\-\u2011/()]{0,2}\d){5,15}(?:\s?(?:x|ext\.?|#)\s?\d{1,6})?/g;

const STRONG =
  /(?:phones?|tel|telephone|telefono|teléfono|telefon|téléphone|telefone|telefoonnummer|telefonnummer|tlf|mobile|mobil|móvil|portable|handy|cell|cellphone|fax|desk|office|whatsapp|signal|sms|hotline|rufnummer|cellulare|komórka|puhelin|電話|电话|телефон)(?:\s?(?:number|no\.?|nr\.?|numer|numéro|número|numero|#))?(?: is| est| es| ist| è| jest)?\.?[^\p{L}\d.!?;]{0,6}$/iu;
const WEAK =
  /(?:\b(?:call|calling|reach|reached|ring|text|dial|phone|contact|answering|anrufen|erreichen|llamar|appeler|chiamare|bellen)(?: (?:me|us|him|her|them|someone|back))?(?: (?:at|on|under|unter|au|al|op))?|messages? (?:to|on|at)|number is|you can call)[ \t:("'*]{0,4}$/iu;
const AFTER = /^\s?[-–(]{0,2}\s?(?:office|fax|mobile|mobil|cell|home|work|desk|tel|phone|m\)|h\)|w\))(?![\p{L}/])/iu;
const NATIONAL_SHAPE = /^\(?0\d{1,4}\)?[ /-]|^\(\d{3}\) ?\d{3}[-. ]\d{4}|^\d{3}[-.]\d{3}[-.]\d{4}$|^0\d(?:\.\d\d){4}$/;
/** Fewest digits of a number that no word announces: dates, prices and codes have fewer. */
const UNNAMED_DIGITS_MIN = 9;
const DATE =
  /^(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])$|^\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}){1,2}$/;
const NOT_PHONE = /^\d{1,3}(?:\.\d{1,3}){3}$|^\d{1,3}(?:[.,]\d{3}){2,}$|^\d{5}-\d{4}$/;
/** `94.0.4590.2`, `3.140000`: versions and decimals, unless grouped as numbers of telephones are. */
const DOTTED = /^\+?\d+(?:\.\d+)+$/;
const DOTTED_PHONE =
  /^(?:\+?\d{1,3}\.)?(?:\d{3}\.\d{3}\.\d{4}|\d{2}(?:\.\d{2}){4}|\d{2,4}\.\d{5,8})$|^\+\d{1,3}\.\d{6,12}$/;

/** `01 02 03 04 05`, `<Buffer a0 8b 01 00 00 00>`: bytes, a table's row. */
const inHexRow = (text: string, before: string, after: string): boolean =>
  /(?:^|[^\p{L}\d])(?:[0-9a-f]{2}|[0-9a-f]{4,5}) $/iu.test(before) ||
  /^ (?:[0-9a-f]{2}|[0-9a-f]{4,5})(?![\p{L}\d])/iu.test(after) ||
  /(?:^|[\s(<])<?Buffer $/.test(before) ||
  /^(?:\d{4}[ .])+\d{4}$/.test(text);

/** `1234567890`, `5555555555`: what is typed where a number is asked for. */
const isFiller = (digits: string): boolean =>
  /(\d)\1{6}/.test(digits) ||
  "01234567890123".includes(digits.slice(-9)) ||
  "98765432109876".includes(digits.slice(-9));

const OTHER_NUMBER =
  /(?<!\p{L})(?:part|article|artikel|item|order|sku|serial|model|invoice|reference|ref|ticket|case|batch|lot|isbn|issn|doi|pmid|ean|upc|imei|vin|version|build|id)[\s:#.]{0,3}(?:(?:no|nr|number|code)[\s:#.]{0,3})?$/iu;

/** Part of a path, an address or a code; groups that count; columns. What a number without a word must not be. */
const isOtherThing = (text: string, before: string, after: string): boolean => {
  const groups = text.split(/\D+/).map(Number);
  const counts = groups.length > 2 && groups.every((group, at) => at === 0 || group === (groups[at - 1] ?? 0) + 1);
  return (
    counts ||
    / {2}/.test(text) ||
    /[/=_-]$/.test(before) ||
    /^(?:[/_=]|[-.]\w)/.test(after) ||
    OTHER_NUMBER.test(before)
  );
};

const isBalanced = (text: string): boolean => {
  const opened = text.indexOf("(");
  const closed = text.indexOf(")");
  return (opened === -1) === (closed === -1) && opened <= closed;
};

/**
 * Confidence that the text is a phone number, or nothing. International numbers are judged by their numbering plan,
 * national ones by the words beside them: plans change, and people leave out prefixes.
 *
 * @param asWritten whether the text stands there like this; in what was decoded only announced numbers count
 */
export const judgePhone = (
  text: string,
  before: string,
  after: string,
  countries: readonly CountryCode[],
  asWritten: boolean,
): number | undefined => {
  const digits = digitsOf(text.replace(/\s?(?:x|ext\.?|#)\s?\d+$/i, ""));
  if (digits.length < 7 || digits.length > 15 || isFiller(digits) || !isBalanced(text)) return undefined;
  if (DATE.test(text) || (DOTTED.test(text) && !DOTTED_PHONE.test(text))) return undefined;
  const named = STRONG.test(before) || AFTER.test(after);
  if (text.startsWith("+") || text.startsWith("(+")) {
    const number = parsePhoneNumberFromString(text);
    // `+49.30901820` as registrars write it; `+3.140000` is a decimal.
    const dotted = /^\+(\d+)\.\d+$/.exec(text)?.[1];
    if (dotted !== undefined && number?.countryCallingCode !== dotted) return undefined;
    if (number?.isValid() === true) return 0.95;
    return named || WEAK.test(before) || (asWritten && number?.isPossible() === true) ? 0.8 : undefined;
  }
  if (!named && NOT_PHONE.test(text)) return undefined;
  if (named) return digits.length > 12 && !digits.startsWith("00") ? undefined : 0.85;
  if (WEAK.test(before)) return 0.75;
  if (!asWritten || digits.length < UNNAMED_DIGITS_MIN || inHexRow(text, before, after)) return undefined;
  if (isOtherThing(text, before, after)) return undefined;
  if (/^00[1-9]/.test(digits) && parsePhoneNumberFromString(`+${digits.slice(2)}`)?.isValid() === true) return 0.8;
  // Without a word only the shapes that nothing else has, and only where a plan knows the number.
  if (!NATIONAL_SHAPE.test(text)) return undefined;
  return countries.some((country) => parsePhoneNumberFromString(text, country)?.isValid() === true) ? 0.7 : undefined;
};
