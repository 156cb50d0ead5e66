import { z } from "zod";
import { EUROPEAN_IDS } from "./european-ids.ts";
import { WORLD_IDS } from "./world-ids.ts";

export const NATIONAL_IDS = [...EUROPEAN_IDS, ...WORLD_IDS];

/** Types that a check digit, a numbering plan or a strict form speaks for. */
const SURE_TYPES: readonly string[] = [
  "CREDIT_CARD",
  "IBAN_CODE",
  "EMAIL_ADDRESS",
  "PHONE_NUMBER",
  "DATE_OF_BIRTH",
  "CRYPTO_WALLET",
  ...new Set(NATIONAL_IDS.map(({ type }) => type)),
];
/** Types that only wording speaks for, or that seldom point to a person. */
const LOOSE_TYPE_NAMES: readonly string[] = ["IP_ADDRESS", "PERSON", "STREET_ADDRESS", "ZIP_CODE"];

const Type = z.enum([...SURE_TYPES, ...LOOSE_TYPE_NAMES]);

export const PersonalDataSettings = z.strictObject({
  types: z
    .array(Type)
    .default([...SURE_TYPES])
    .describe(
      "Types to report. PERSON, STREET_ADDRESS, ZIP_CODE and IP_ADDRESS are off unless named: wording alone speaks for them",
    ),
  countries: z
    .array(z.string().regex(/^[A-Z]{2}$/))
    .default([])
    .describe("ISO 3166 codes of the countries whose identifiers are looked for; empty means all"),
  phoneCountries: z
    .array(
      z.enum([
        "US",
        "GB",
        "DE",
        "FR",
        "ES",
        "IT",
        "NL",
        "PL",
        "BE",
        "AT",
        "CH",
        "SE",
        "NO",
        "DK",
        "FI",
        "PT",
        "IE",
        "IN",
        "AU",
        "BR",
        "MX",
        "JP",
      ]),
    )
    .default(["US", "GB", "DE", "FR"])
    .describe("Countries whose national numbering plans are tried for numbers that no word announces"),
});
export type PersonalDataSettings = z.infer<typeof PersonalDataSettings>;
