import { digitsOf, hasDateAt, lastDigitBy, luhn, mod1110, weighted } from "./checks.ts";
import { always, CONTEXT, nationalId, type NationalId } from "./national-id.ts";

const SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";
const spanishLetter = (text: string): boolean => {
  const plain = text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  const number = Number(plain.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter))));
  return SPANISH_LETTERS[number % 23] === plain.at(-1);
};

const frenchKey = (text: string): boolean => {
  const plain = text.toUpperCase().replace(/[^0-9AB]/g, "");
  const body = plain.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return 97 - Number(BigInt(body) % 97n) === Number(plain.slice(13));
};

const ITALIAN_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
const italianLetter = (text: string): boolean => {
  const plain = text.toUpperCase();
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const code = plain.charCodeAt(index);
    const value = code >= 65 ? code - 65 : code - 48;
    sum += index % 2 === 0 ? (ITALIAN_ODD[value] ?? 0) : value;
  }
  return String.fromCharCode(65 + (sum % 26)) === plain[15];
};

/** Ten digits of which exactly one is repeated (two or three times), then ISO 7064. */
const germanTaxId = (text: string): boolean => {
  const digits = digitsOf(text);
  const distinct = new Set(digits.slice(0, 10)).size;
  return digits[0] !== "0" && (distinct === 9 || distinct === 8) && mod1110(digits);
};

const GERMAN_PENSION_WEIGHTS = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
const germanPension = (text: string): boolean => {
  const plain = text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  const letter = String(plain.charCodeAt(8) - 64).padStart(2, "0");
  const digits = plain.slice(0, 8) + letter + plain.slice(9);
  const sum = GERMAN_PENSION_WEIGHTS.reduce((total, weight, index) => {
    const product = weight * Number(digits[index]);
    return total + Math.floor(product / 10) + (product % 10);
  }, 0);
  return sum % 10 === Number(digits.at(-1));
};

const belgian = (text: string): boolean => {
  const digits = digitsOf(text);
  const check = Number(digits.slice(9));
  const before2000 = 97 - (Number(digits.slice(0, 9)) % 97);
  const since2000 = 97 - (Number(`2${digits.slice(0, 9)}`) % 97);
  return (check === before2000 || check === since2000) && hasDateAt(digits, "ymd", 0, [0, 20, 40]);
};

const swedish = (text: string): boolean => {
  const digits = digitsOf(text).slice(-10);
  const day = Number(digits.slice(4, 6));
  const shifted = day > 60 ? `${digits.slice(0, 4)}${String(day - 60).padStart(2, "0")}` : digits;
  return hasDateAt(shifted, "ymd") && luhn(digits);
};

const norwegian = (text: string): boolean => {
  const digits = digitsOf(text);
  const first = (11 - (weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11;
  const second = (11 - (weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return first === Number(digits[9]) && second === Number(digits[10]) && hasDateAt(digits, "dmy", 0, [0, 40]);
};

const FINNISH_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY";
const finnish = (text: string): boolean => {
  const number = Number(text.slice(0, 6) + text.slice(7, 10));
  return FINNISH_LETTERS[number % 31] === text[10]?.toUpperCase() && hasDateAt(text, "dmy");
};

const polish = (text: string): boolean =>
  lastDigitBy([1, 3, 7, 9, 1, 3, 7, 9, 1, 3], 10)(text) && hasDateAt(digitsOf(text), "ymd", 0, [0, 20, 40, 60, 80]);

const czech = (text: string): boolean => {
  const digits = digitsOf(text);
  return Number(digits) % 11 === 0 && hasDateAt(digits, "ymd", 0, [0, 20, 50, 70]);
};

const dutch = (text: string): boolean => {
  const digits = digitsOf(text);
  return weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && !/^(\d)\1*$/.test(digits);
};

const austrian = (text: string): boolean => {
  const digits = digitsOf(text);
  const sum = weighted(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
  return sum % 11 === Number(digits[3]) && hasDateAt(digits, "dmy", 4);
};

const turkish = (text: string): boolean => {
  const digits = digitsOf(text);
  const odd = weighted(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
  const even = weighted(digits, [0, 1, 0, 1, 0, 1, 0, 1, 0]);
  const tenth = (((odd * 7 - even) % 10) + 10) % 10;
  return tenth === Number(digits[9]) && (odd + even + tenth) % 10 === Number(digits[10]);
};

const irish = (text: string): boolean => {
  const plain = text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  const extra = plain.length === 9 ? plain.charCodeAt(8) - 64 : 0;
  const rest = (weighted(plain, [8, 7, 6, 5, 4, 3, 2]) + 9 * extra) % 23;
  return (rest === 0 ? "W" : String.fromCharCode(64 + rest)) === plain[7];
};

/** One line an identifier. Weights and letters are those that the issuing offices publish. */
export const EUROPEAN_IDS: readonly NationalId[] = [
  nationalId(
    "GB",
    "UK_NINO",
    "UK National Insurance number",
    /(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]/,
    always,
    "national insurance|nino|ni number|ni no",
    { digitsMin: 6 },
  ),
  nationalId(
    "GB",
    "UK_NHS",
    "NHS number",
    /\d{3}[ -]?\d{3}[ -]?\d{4}/,
    lastDigitBy([10, 9, 8, 7, 6, 5, 4, 3, 2], 11),
    "nhs|national health",
    CONTEXT,
  ),
  nationalId(
    "DE",
    "DE_TAX_ID",
    "German tax id",
    /\d{2} ?\d{3} ?\d{3} ?\d{3}/,
    germanTaxId,
    "steuer-id|steuerid|steuer-identifikationsnummer|steueridentifikationsnummer|steuerliche identifikationsnummer|identifikationsnummer|idnr|tax id",
    CONTEXT,
  ),
  nationalId(
    "DE",
    "DE_SOCIAL_SECURITY",
    "German pension insurance number",
    /\d{2} ?\d{6} ?[A-Z] ?\d{3}/,
    germanPension,
    "sozialversicherungsnummer|rentenversicherungsnummer|versicherungsnummer|sv-nummer",
    CONTEXT,
  ),
  nationalId(
    "FR",
    "FR_NIR",
    "French social security number",
    /[12378] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d/,
    frenchKey,
    "sécurité sociale|securite sociale|nir|insee|numéro de sécu",
    { digitsMin: 13 },
  ),
  nationalId("ES", "ES_NIF", "Spanish DNI", /\d{8}[ -]?[A-HJ-NP-TV-Z]/, spanishLetter, "dni|nif|documento nacional", {
    digitsMin: 8,
  }),
  nationalId("ES", "ES_NIE", "Spanish NIE", /[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z]/, spanishLetter, "nie|extranjero", {
    digitsMin: 7,
  }),
  nationalId(
    "IT",
    "IT_FISCAL_CODE",
    "Italian codice fiscale",
    /[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPR-T][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]/i,
    italianLetter,
    "codice fiscale",
    { digitsMin: 4 },
  ),
  nationalId(
    "PT",
    "PT_NIF",
    "Portuguese NIF",
    /[1235689]\d{2} ?\d{3} ?\d{3}/,
    lastDigitBy([9, 8, 7, 6, 5, 4, 3, 2], 11, (rest) => rest % 10),
    "nif|contribuinte|número fiscal",
    CONTEXT,
  ),
  nationalId(
    "NL",
    "NL_BSN",
    "Dutch BSN",
    /\d{3}[ .]?\d{3}[ .]?\d{3}|\d{4}\.\d{2}\.\d{3}/,
    dutch,
    "bsn|burgerservicenummer|sofinummer|sofi",
    CONTEXT,
  ),
  nationalId(
    "BE",
    "BE_NATIONAL_NUMBER",
    "Belgian national number",
    /\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}/,
    belgian,
    "rijksregister|rijksregisternummer|registre national|numéro national|national number|insz|niss",
    CONTEXT,
  ),
  nationalId(
    "BE",
    "BE_NATIONAL_NUMBER",
    "Belgian national number",
    /\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}/,
    belgian,
    "rijksregister",
    { digitsMin: 11 },
  ),
  nationalId(
    "SE",
    "SE_PERSONNUMMER",
    "Swedish personnummer",
    /(?:\d{2})?\d{6}[-+]?\d{4}/,
    swedish,
    "personnummer|personnr|samordningsnummer",
    CONTEXT,
  ),
  nationalId(
    "NO",
    "NO_FODSELSNUMMER",
    "Norwegian fødselsnummer",
    /\d{6} ?\d{5}/,
    norwegian,
    "fødselsnummer|fodselsnummer|personnummer|d-nummer",
    CONTEXT,
  ),
  nationalId(
    "DK",
    "DK_CPR",
    "Danish CPR number",
    /\d{6}[- ]?\d{4}/,
    (text) => hasDateAt(digitsOf(text), "dmy"),
    "cpr|cpr-nummer|cpr-nr|personnummer",
    CONTEXT,
  ),
  nationalId(
    "FI",
    "FI_HETU",
    "Finnish personal identity code",
    /\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]/,
    finnish,
    "henkilötunnus|hetu|henkilotunnus",
    { digitsMin: 8 },
  ),
  nationalId("PL", "PL_PESEL", "Polish PESEL", /\d{11}/, polish, "pesel", CONTEXT),
  nationalId(
    "CZ",
    "CZ_BIRTH_NUMBER",
    "Czech or Slovak birth number",
    /\d{6}\/?\d{4}/,
    czech,
    "rodné číslo|rodne cislo|rodné čísla|r\\.č\\.|rč",
    CONTEXT,
  ),
  nationalId(
    "CH",
    "CH_AHV",
    "Swiss AHV number",
    /756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}/,
    lastDigitBy([1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3], 10),
    "ahv|avs",
    { digitsMin: 13 },
  ),
  nationalId(
    "AT",
    "AT_SOCIAL_SECURITY",
    "Austrian social security number",
    /\d{4}[ -]?\d{6}/,
    austrian,
    "sozialversicherungsnummer|svnr|sv-nummer|versicherungsnummer",
    CONTEXT,
  ),
  nationalId(
    "TR",
    "TR_ID",
    "Turkish identity number",
    /[1-9]\d{10}/,
    turkish,
    "t\\.c\\.|tc kimlik|kimlik no|kimlik numarası|tckn",
    CONTEXT,
  ),
  nationalId(
    "IE",
    "IE_PPS",
    "Irish PPS number",
    /\d{7}[A-W][ABHIW]?/,
    irish,
    "pps|ppsn|personal public service",
    CONTEXT,
  ),
];
