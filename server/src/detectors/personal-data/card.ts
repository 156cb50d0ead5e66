import { digitsOf, luhn } from "./checks.ts";

interface Brand {
  readonly name: string;
  readonly prefix: RegExp;
  readonly lengths: readonly number[];
  /** Ranges so wide or old that the number alone says little. */
  readonly contextRequired?: boolean;
}

/** Issuer ranges of ISO/IEC 7812 as the schemes publish them. */
const BRANDS: readonly Brand[] = [
  { name: "Visa", prefix: /^4/, lengths: [16] },
  { name: "Mastercard", prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { name: "American Express", prefix: /^3[47]/, lengths: [15] },
  { name: "Discover", prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 19] },
  { name: "JCB", prefix: /^35(?:2[89]|[3-8])/, lengths: [16] },
  { name: "Mir", prefix: /^220[0-4]/, lengths: [16] },
  { name: "UnionPay", prefix: /^62/, lengths: [16] },
  { name: "Diners Club", prefix: /^(?:30[0-59]|3[689])/, lengths: [14], contextRequired: true },
  { name: "Visa", prefix: /^4/, lengths: [13, 19], contextRequired: true },
  { name: "JCB", prefix: /^35/, lengths: [16], contextRequired: true },
  { name: "JCB", prefix: /^(?:2131|1800)/, lengths: [15], contextRequired: true },
  { name: "UnionPay", prefix: /^62/, lengths: [17, 18, 19], contextRequired: true },
  { name: "Maestro", prefix: /^(?:50|5[6-9]|6)/, lengths: [12, 13, 14, 15, 16, 17, 18, 19], contextRequired: true },
];

export const CARD = /\d{12,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}|\d(?: \d){12,18}/;
const CARD_WORDS =
  /card|\bcc\b|credit|debit|visa|master|amex|american express|discover|diners|jcb|maestro|payment|\bpan\b|karte|kreditk|carte|tarjeta|carta|kaart|karta|cartão|kort|カード|卡/i;
const OTHER_WORDS =
  /order|invoice|tracking|parcel|shipment|serial|imei|isbn|ean|barcode|ticket|transaction id|reference|\bref\b|bestell|rechnung|sendung/i;

/** `5120 5121 5122 5123`, or one of many groups in a table: code points, prices, measurements. */
const inTable = (text: string, left: string, right: string): boolean => {
  const groups = text.split(/[ -]/).map(Number);
  if (
    groups.length > 2 &&
    groups.every((group, index) => index === 0 || Math.abs(group - (groups[index - 1] ?? 0)) < 10)
  )
    return true;
  return (
    groups.length > 1 &&
    (/(?<![\p{L}\d])[0-9a-f]{4,6}\s$/iu.test(left) || /^\s[0-9a-f]{4,6}(?![\p{L}\d])/iu.test(right))
  );
};

/** Confidence that the text is a card's number, or nothing. `left` and `right` are the few units that touch it. */
export const judgeCard = (text: string, context: string, left = "", right = ""): number | undefined => {
  const digits = digitsOf(text);
  // `-.5446307051249019` is a fraction.
  if (!luhn(digits) || /[.,]$/.test(left)) return undefined;
  const hasContext = CARD_WORDS.test(context);
  // The schemes' published test numbers repeat one digit; so do fillers, which nobody calls a card.
  if (/(\d)\1{8}/.test(digits) && !hasContext) return undefined;
  const brand = BRANDS.find(({ prefix, lengths }) => prefix.test(digits) && lengths.includes(digits.length));
  // Single digits with spaces between are a disguise, or a row of a table.
  const isSpread = /^\d \d \d/.test(text);
  if (brand === undefined || ((isSpread || brand.contextRequired === true) && !hasContext)) return undefined;
  if (hasContext) return 0.97;
  if (OTHER_WORDS.test(context) || inTable(text, left, right)) return undefined;
  return text.length > digits.length ? 0.9 : 0.75;
};
