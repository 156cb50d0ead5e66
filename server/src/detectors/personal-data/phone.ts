import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js/min";
import { digitsOf } from "./checks.ts";

/** Candidate: digits in groups, an optional `+` or brackets, an optional extension. */
export const PHONE = /(?:\+|\(\+?)?\d(?:[ \u00a0.\-\u2011/()]{0,2}\d){5,15}(?:\s?(?:x|ext\.?|#)\s?\d{1,6})?/g;

const STRONG =
  /(?:phones?|tel|telephone|telefono|teléfono|telefon|téléphone|telefone|telefoonnummer|telefonnummer|tlf|mobile|mobil|móvil|portable|handy|cell|cellphone|fax|desk|office|whatsapp|signal|sms|hotline|rufnummer|cellulare|komórka|puhelin|電話|电话|телефон)(?:\s?(?:number|no\.?|nr\.?|numer|numéro|número|numero|#))?(?: is| est| es| ist| è| jest)?\W{0,6}$/iu;
const WEAK =
  /(?:\b(?:call|calling|reach|reached|ring|text|dial|phone|contact|answering|anrufen|erreichen|llamar|appeler|chiamare|bellen)(?: (?:me|us|him|her|them|someone|back))?(?: (?:at|on|under|unter|au|al|op))?|messages? (?:to|on|at)|number is|you can call)\W{0,4}$/iu;
const AFTER = /^\W{0,4}(?:-|–)?\s?(?:office|fax|mobile|mobil|cell|home|work|desk|tel|phone|\(m\)|\(h\)|\(w\))\b/i;
const NATIONAL_SHAPE = /^\(?0\d{1,4}\)?[ ./-]|^\(\d{3}\) ?\d{3}[-. ]\d{4}|^\d{3}[-.]\d{3}[-.]\d{4}$/;
const NOT_PHONE =
  /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$|^\d{1,3}(?:\.\d{1,3}){3}$|^\d{1,3}(?:[.,]\d{3}){2,}$/;

/**
 * Confidence that the text is a phone number, or nothing. International numbers are judged by their numbering plan,
 * national ones by the words beside them: plans change, and people leave out prefixes.
 */
export const judgePhone = (
  text: string,
  before: string,
  after: string,
  countries: readonly CountryCode[],
): number | undefined => {
  const digits = digitsOf(text.replace(/\s?(?:x|ext\.?|#)\s?\d+$/i, ""));
  if (digits.length < 7 || digits.length > 15 || /^(\d)\1*$/.test(digits)) return undefined;
  const named = STRONG.test(before) || AFTER.test(after);
  if (text.startsWith("+") || text.startsWith("(+")) {
    const number = parsePhoneNumberFromString(text);
    if (number?.isValid() === true) return 0.95;
    return named || WEAK.test(before) || number?.isPossible() === true ? 0.8 : undefined;
  }
  if (!named && NOT_PHONE.test(text)) return undefined;
  if (named) return digits.length > 12 && !digits.startsWith("00") ? undefined : 0.85;
  if (WEAK.test(before)) return 0.75;
  if (/^00[1-9]/.test(digits) && parsePhoneNumberFromString(`+${digits.slice(2)}`)?.isValid() === true) return 0.8;
  // Without a word only the shapes that nothing else has, and only where a plan knows the number.
  if (!NATIONAL_SHAPE.test(text)) return undefined;
  return countries.some((country) => parsePhoneNumberFromString(text, country)?.isValid() === true) ? 0.7 : undefined;
};
