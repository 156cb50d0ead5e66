import { digitsOf, hasDateAt, lastDigitBy, luhn, verhoeff, weighted } from "./checks.ts";
import { always, CONTEXT, nationalId, type NationalId } from "./national-id.ts";

// Area 000, 666 and 9xx, group 00 and serial 0000 were never issued; the others are known from advertisements, and
// 123-45-… and 111-22-3333 from every manual.
const ssn = (text: string): boolean => {
  const digits = digitsOf(text);
  return (
    !/^(?:000|666|9)|^...00|0000$/.test(digits) &&
    !["078051120", "219099999"].includes(digits) &&
    !/^12345|^(\d)\1\1(\d)\2(\d)\3{3}$/.test(digits) &&
    !/^(\d)\1*$/.test(digits)
  );
};

const fold10 = (rest: number): number => (rest >= 10 ? 0 : rest);

const brazilianPerson = (text: string): boolean => {
  const digits = digitsOf(text);
  return (
    !/^(\d)\1*$/.test(digits) &&
    fold10((11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11) === Number(digits[9]) &&
    fold10((11 - (weighted(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11) === Number(digits[10])
  );
};

const brazilianCompany = (text: string): boolean => {
  const digits = digitsOf(text);
  return (
    !/^(\d)\1*$/.test(digits) &&
    fold10((11 - (weighted(digits, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11) === Number(digits[12]) &&
    fold10((11 - (weighted(digits, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11) === Number(digits[13])
  );
};

const chinese = (text: string): boolean => {
  const rest = weighted(text, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
  return "10X98765432"[rest] === text[17]?.toUpperCase() && hasDateAt(text, "ymd", 8);
};

const japanese = (text: string): boolean => {
  const digits = digitsOf(text);
  const rest = weighted(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest <= 1 ? 0 : 11 - rest) === Number(digits[11]);
};

const korean = (text: string): boolean => {
  const digits = digitsOf(text);
  return (
    hasDateAt(digits, "ymd") &&
    (11 - (weighted(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(digits[12])
  );
};

const SINGAPORE_WEIGHTS = [2, 7, 6, 5, 4, 3, 2];
const singaporean = (text: string): boolean => {
  const plain = text.toUpperCase();
  const prefix = plain[0] ?? "";
  const offset = prefix === "T" || prefix === "G" ? 4 : prefix === "M" ? 3 : 0;
  const rest = (weighted(plain.slice(1), SINGAPORE_WEIGHTS) + offset) % 11;
  const letters = prefix === "S" || prefix === "T" ? "JZIHGFEDCBA" : prefix === "M" ? "KLJNPQRTUWX" : "XWUTRQPNMLK";
  return letters[prefix === "M" ? 10 - rest : rest] === plain[8];
};

const CURP_ALPHABET = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
const mexican = (text: string): boolean => {
  const plain = text.toUpperCase();
  let sum = 0;
  for (let index = 0; index < 17; index += 1) sum += CURP_ALPHABET.indexOf(plain[index] ?? "") * (18 - index);
  return (10 - (sum % 10)) % 10 === Number(plain[17]) && hasDateAt(plain, "ymd", 4);
};

const chilean = (text: string): boolean => {
  const plain = text.toUpperCase().replace(/[^0-9K]/g, "");
  let sum = 0;
  for (let index = plain.length - 2, weight = 2; index >= 0; index -= 1, weight = weight === 7 ? 2 : weight + 1)
    sum += Number(plain[index]) * weight;
  const rest = 11 - (sum % 11);
  return (rest === 11 ? "0" : rest === 10 ? "K" : String(rest)) === plain.at(-1);
};

export const WORLD_IDS: readonly NationalId[] = [
  nationalId("US", "US_SSN", "US social security number", /\d{3}-\d{2}-\d{4}/, ssn, "ssn|social security", {
    digitsMin: 9,
    severity: "critical",
  }),
  nationalId("US", "US_SSN", "US social security number", /\d{3}[ .]?\d{2}[ .]?\d{4}/, ssn, "ssn|social security", {
    contextRequired: true,
    severity: "critical",
  }),
  nationalId(
    "US",
    "US_ITIN",
    "US taxpayer number",
    /9\d{2}-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}/,
    always,
    "itin|taxpayer",
    { digitsMin: 9 },
  ),
  nationalId(
    "US",
    "US_DRIVER_LICENSE",
    "Driver's licence",
    /[A-Z]{0,2}\d{5,14}[A-Z]{0,2}|\d{4}-\d{2}-\d{4}|[A-Z]\d{2,4}(?:[- ]\d{2,4}){2,4}/,
    always,
    "driver's licen[sc]e|drivers licen[sc]e|driver licen[sc]e|driving licen[sc]e|führerschein|permis de conduire|licencia de conducir|patente di guida|rijbewijs|prawo jazdy",
    { contextRequired: true, digitsMin: 5 },
  ),
  nationalId(
    "ZZ",
    "PASSPORT",
    "Passport number",
    /[A-Z]{0,2}\d{6,9}|[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7,8}\d/,
    (text) => /\d{2}/.test(text),
    "passport|reisepass|passnummer|passeport|pasaporte|passaporto|paspoort|paszport",
    { contextRequired: true, digitsMin: 3 },
  ),
  nationalId("BR", "BR_CPF", "Brazilian CPF", /\d{3}\.\d{3}\.\d{3}-\d{2}/, brazilianPerson, "cpf", { digitsMin: 11 }),
  nationalId("BR", "BR_CPF", "Brazilian CPF", /\d{11}/, brazilianPerson, "cpf|cadastro de pessoa", CONTEXT),
  nationalId("BR", "BR_CNPJ", "Brazilian CNPJ", /\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}/, brazilianCompany, "cnpj", {
    digitsMin: 14,
    severity: "medium",
  }),
  nationalId(
    "IN",
    "IN_AADHAAR",
    "Indian Aadhaar number",
    /[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}/,
    verhoeff,
    "aadhaar|aadhar|uidai|आधार",
    CONTEXT,
  ),
  nationalId(
    "IN",
    "IN_PAN",
    "Indian PAN",
    /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]/,
    always,
    "pan|permanent account|income tax",
    { contextRequired: true, digitsMin: 4 },
  ),
  nationalId(
    "CN",
    "CN_RESIDENT_ID",
    "Chinese resident identity number",
    /[1-8]\d{5}(?:19|20)\d{9}[\dXx]/,
    chinese,
    "身份证|居民",
    { digitsMin: 17 },
  ),
  nationalId(
    "JP",
    "JP_MY_NUMBER",
    "Japanese My Number",
    /\d{4}[ -]?\d{4}[ -]?\d{4}/,
    japanese,
    "マイナンバー|個人番号|my number",
    CONTEXT,
  ),
  nationalId(
    "KR",
    "KR_RRN",
    "Korean resident number",
    /\d{6}-[1-8]\d{6}/,
    korean,
    "주민등록번호|resident registration",
    { digitsMin: 13 },
  ),
  nationalId(
    "ZA",
    "ZA_ID",
    "South African identity number",
    /\d{10}[01]\d{2}|\d{6} \d{4} [01]\d{2}/,
    (text) => luhn(text) && hasDateAt(digitsOf(text), "ymd"),
    "id number|identity number|south african id|sa id|id no",
    CONTEXT,
  ),
  nationalId(
    "AU",
    "AU_TFN",
    "Australian tax file number",
    /\d{3} ?\d{3} ?\d{3}/,
    (text) => weighted(digitsOf(text), [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
    "tfn|tax file",
    CONTEXT,
  ),
  nationalId(
    "AU",
    "AU_MEDICARE",
    "Australian Medicare number",
    /[2-6]\d{3} ?\d{5} ?\d/,
    (text) => weighted(digitsOf(text), [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(digitsOf(text)[8]),
    "medicare",
    CONTEXT,
  ),
  nationalId(
    "CA",
    "CA_SIN",
    "Canadian social insurance number",
    /[1-79]\d{2}[ -]?\d{3}[ -]?\d{3}/,
    luhn,
    "sin|social insurance|assurance sociale|nas",
    CONTEXT,
  ),
  nationalId("SG", "SG_NRIC", "Singaporean NRIC", /[STFGM]\d{7}[A-Z]/, singaporean, "nric|fin", { digitsMin: 7 }),
  nationalId("MX", "MX_CURP", "Mexican CURP", /[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d/, mexican, "curp", {
    digitsMin: 7,
  }),
  nationalId(
    "AR",
    "AR_CUIT",
    "Argentine CUIT or CUIL",
    /(?:20|2[3-7]|30|33|34)-?\d{8}-?\d/,
    lastDigitBy([5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11),
    "cuit|cuil",
    CONTEXT,
  ),
  nationalId("AR", "AR_DNI", "Argentine DNI", /\d{1,2}\.\d{3}\.\d{3}/, always, "dni|documento nacional", CONTEXT),
  nationalId("CL", "CL_RUT", "Chilean RUT", /\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]/, chilean, "rut|r\\.u\\.t", CONTEXT),
  nationalId("IL", "IL_ID", "Israeli identity number", /\d{9}/, luhn, "teudat zehut|תעודת זהות|israeli id", CONTEXT),
];
