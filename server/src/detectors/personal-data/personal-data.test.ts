import * as fc from "fast-check";
import validator from "validator";
import { describe, expect, test } from "vitest";
import { catalogued } from "../catalogued.ts";
import { createInspector } from "../engine.ts";
import { prepareText } from "../prepare.ts";
import { readSamples, sampleText } from "../sample-suite.ts";
import { luhn, verhoeff } from "./checks.ts";
import { personalDataDetector } from "./index.ts";
import { keccak256 } from "./keccak.ts";
import { NATIONAL_IDS } from "./settings.ts";

const frame = {
  provenance: "user",
  direction: "request",
  context: { systemPrompts: [], canaries: [], registeredSecrets: [], allowedHosts: [], knownHosts: new Set<string>() },
} as const;
const inspectorOf = (settings?: unknown) =>
  createInspector([catalogued(personalDataDetector)], settings === undefined ? {} : { "personal-data": settings });
const inspector = inspectorOf();
const find = (text: string, using = inspector) => using.inspect(prepareText(text), frame)[0]?.detections ?? [];
const samples = readSamples("personal-data");

const withLuhn = (digits: string): string => {
  for (let last = 0; last < 10; last += 1) if (luhn(digits + String(last))) return digits + String(last);
  return digits;
};

test("a span covers the number and nothing else", () => {
  const text = "card 4929 9482 3948 9495, exp 12/27";
  expect(find(text).map(({ start, end }) => text.slice(start, end))).toEqual(["4929 9482 3948 9495"]);
});

test("a reason never quotes what was found", () => {
  for (const sample of [...samples.positive, ...samples.evasion]) {
    const text = sampleText(sample);
    for (const { start, end, reason } of find(text)) expect(reason).not.toContain(text.slice(start, end));
  }
});

test("types and countries that are not asked for are not reported", () => {
  const text = "DNI 12345678Z, mail mara.lind@lindholm.se, PESEL 44051401359";
  expect(find(text).map(({ type }) => type)).toEqual(["ES_NIF", "EMAIL_ADDRESS", "PL_PESEL"]);
  expect(find(text, inspectorOf({ countries: ["PL"] })).map(({ type }) => type)).toEqual(["EMAIL_ADDRESS", "PL_PESEL"]);
  expect(find(text, inspectorOf({ types: ["ES_NIF"] })).map(({ type }) => type)).toEqual(["ES_NIF"]);
});

test("what words call an identity number is no telephone number, also where identity numbers are not looked for", () => {
  const phones = inspectorOf({ types: ["PHONE_NUMBER"] });
  expect(find("social security number 536 22 8714, phone 536 228 7145", phones).map(({ start }) => start)).toEqual([
    42,
  ]);
});

test("what only wording speaks for is off by default and never as sure as a check digit", () => {
  const text = "My name is Ilse Brandt, I live at 221 Harrow Field Road, Dorking RH4 1AA";
  expect(find(text)).toEqual([]);
  const found = find(text, inspectorOf({ types: ["PERSON", "STREET_ADDRESS", "ZIP_CODE"] }));
  expect(found.map(({ type }) => type)).toEqual(["PERSON", "STREET_ADDRESS", "ZIP_CODE"]);
  for (const { confidence } of found) expect(confidence).toBeLessThanOrEqual(0.85);
});

describe("a table of addresses", () => {
  const table = (rows: number): string =>
    Array.from({ length: rows }, (_, row) => `person${row}@lindholm.se, 12345678Z`).join("\n");
  const outcomeOf = (text: string, settings?: unknown) => inspectorOf(settings).inspect(prepareText(text), frame)[0];
  const mail = { types: ["EMAIL_ADDRESS", "PHONE_NUMBER"] };

  test("with more rows than are reported is unscannable, beside the surest", () => {
    expect(outcomeOf(table(501), mail)).toMatchObject({
      outcome: "unscannable",
      reason: "more than 500 pieces of personal data in one text",
    });
    expect(outcomeOf(table(501), mail)?.detections).toHaveLength(500);
    expect(outcomeOf(table(3_000))).toMatchObject({ outcome: "unscannable" });
  });

  test("what is read and not reported does not count", () => {
    expect(outcomeOf(table(500), mail)).toMatchObject({ outcome: "inspected" });
    expect(outcomeOf(table(500), mail)?.detections).toHaveLength(500);
  });

  test("that has other forms counts each address once", () => {
    const text = table(500).replaceAll("lindholm", "lind\u200bholm");
    expect(prepareText(text).forms.length).toBeGreaterThan(1);
    expect(outcomeOf(text, mail)).toMatchObject({ outcome: "inspected" });
  });
});

test("a type that does not exist is refused", () => {
  expect(() => inspectorOf({ types: ["SHOE_SIZE"] })).toThrow();
});

test("every identifier that needs no word has a form or check of its own", () => {
  for (const { type, contextRequired, pattern, check } of NATIONAL_IDS) {
    if (contextRequired) continue;
    const isPlainDigits = new RegExp(`^(?:${pattern.source})$`).test("1".repeat(11)) && check("1".repeat(11));
    expect(isPlainDigits, type).toBe(false);
  }
});

test.each([
  ["DE_TAX_ID", "86095742719", (text: string) => validator.isTaxID(text, "de-DE")],
  ["FR_NIR", "295109912611193", undefined],
  ["ES_NIF", "12345678Z", (text: string) => validator.isIdentityCard(text, "ES")],
  ["ES_NIE", "X1234567L", (text: string) => validator.isIdentityCard(text, "ES")],
  ["IT_FISCAL_CODE", "RSSMRA85T10A562S", (text: string) => validator.isTaxID(text, "it-IT")],
  ["PT_NIF", "299999998", (text: string) => validator.isTaxID(text, "pt-PT")],
  ["NL_BSN", "174559434", (text: string) => validator.isTaxID(text, "nl-NL")],
  ["BE_NATIONAL_NUMBER", "00012511119", (text: string) => validator.isTaxID(text, "fr-BE")],
  ["SE_PERSONNUMMER", "6408233234", (text: string) => validator.isTaxID(text, "sv-SE")],
  ["NO_FODSELSNUMMER", "09053426694", (text: string) => validator.isIdentityCard(text, "NO")],
  ["FI_HETU", "131052-308T", (text: string) => validator.isTaxID(text, "fi-FI")],
  ["PL_PESEL", "99012229019", (text: string) => validator.isIdentityCard(text, "PL")],
  ["CH_AHV", "7569217076985", undefined],
  ["TR_ID", "10000000146", undefined],
  ["BR_CPF", "11144477735", (text: string) => validator.isTaxID(text, "pt-BR")],
  ["IN_AADHAAR", "298448863364", (text: string) => validator.isIdentityCard(text, "IN")],
  ["CN_RESIDENT_ID", "11010519491231002X", (text: string) => validator.isIdentityCard(text, "zh-CN")],
  ["CA_SIN", "130692544", (text: string) => validator.isTaxID(text, "en-CA")],
  ["AT_SOCIAL_SECURITY", "1237010180", undefined],
  ["UK_NHS", "9434765919", undefined],
  ["MX_CURP", "HEGG560427MVZRRL04", undefined],
] as const)(
  "%s accepts a published sample, as a second library does, and no sample with one digit changed",
  (type, sample, second) => {
    const accepts = (text: string): boolean =>
      NATIONAL_IDS.some(
        (id) => id.type === type && new RegExp(`^(?:${id.pattern.source})$`).test(text) && id.check(text),
      );
    expect(accepts(sample)).toBe(true);
    if (second !== undefined) expect(second(sample)).toBe(true);
    const at = sample.search(/\d(?=\D*$)/);
    const changed = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(
      (by) => sample.slice(0, at) + String((Number(sample[at]) + by) % 10) + sample.slice(at + 1),
    );
    expect(changed.filter(accepts).length).toBeLessThanOrEqual(1);
  },
);

test("Luhn and Verhoeff find every single changed digit", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{11,15}$/), fc.nat(), fc.integer({ min: 1, max: 9 }), (body, place, by) => {
      const valid = withLuhn(body);
      fc.pre(!/^(\d)\1*$/.test(valid));
      const at = place % valid.length;
      const changed = valid.slice(0, at) + String((Number(valid[at]) + by) % 10) + valid.slice(at + 1);
      expect(luhn(valid)).toBe(true);
      expect(luhn(changed)).toBe(false);
      const last = Array.from("0123456789").filter((digit) => verhoeff(body + digit));
      expect(last.length).toBeLessThanOrEqual(1);
    }),
  );
});

test("Keccak-256 gives the published digests", () => {
  expect(keccak256("")).toBe("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  expect(keccak256("abc")).toBe("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
});

test("any text is inspected without failure", () => {
  const every = inspectorOf({
    types: [
      "PERSON",
      "STREET_ADDRESS",
      "ZIP_CODE",
      "IP_ADDRESS",
      "CREDIT_CARD",
      "IBAN_CODE",
      "PHONE_NUMBER",
      "EMAIL_ADDRESS",
      "PASSPORT",
      "CRYPTO_WALLET",
    ],
  });
  const pieces = fc.constantFrom(
    "4929 ",
    "9482",
    "-",
    "+44",
    "(0)",
    "@",
    ".",
    "DE",
    "89",
    "0x",
    "phone ",
    "born on ",
    "passport ",
    "1/1/1990",
    "😀",
    "ñ",
    "::",
    "My name is ",
    "A",
    " Street",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 10 })), { maxLength: 40 }), (parts) => {
      expect(every.inspect(prepareText(parts.join("")), frame)[0]?.outcome).not.toBe("failed");
    }),
    { numRuns: 300 },
  );
});

describe("in a stream", () => {
  const texts = samples.positive
    .filter(({ settings }) => settings === undefined)
    .map((sample) => ({ name: sample.name, text: sampleText(sample) }));

  test.each(texts)("nothing is let go before it is known: $name", ({ text }) => {
    const full = `Of course. ${text} and that was all of it, nothing more to say.`;
    const spans = find(full);
    expect(spans).not.toEqual([]);
    const stream = inspector.stream(frame);
    const reported: { readonly start: number; readonly end: number }[] = [];
    for (const unit of full) {
      const { detections, releasable } = stream.feed(unit);
      reported.push(...detections);
      for (const { start, end } of spans) {
        const isKnown = reported.some((one) => one.start < end && start < one.end);
        if (!isKnown) expect(releasable, full.slice(start, end)).toBeLessThanOrEqual(start + 4);
      }
    }
  });

  test.each([
    ["a number that may go on", "card 4929 9482 ", 5],
    ["an IBAN that may go on", "iban GB82 WEST 12", 5],
    ["a word that may become an address of mail", "write to mara.lind", 9],
    ["a number whose word may follow", "ring 044 688 7538 whe", 5],
    ["a number that no word behind can name any more", "ring 044 688 7538 whenever you like, it is ", 43],
    ["a finished sentence", "That is all. ", 13],
  ])("holds from where a match could begin: %s", (_, window, from) => {
    const { stream } = personalDataDetector;
    expect(stream.kind === "span" && stream.holdFrom(window)).toBe(from);
  });
});
