/**
 * Finds personal data: cards, accounts, phone numbers, addresses of mail and identifiers issued by states.
 *
 * It must not guess where a check digit, a numbering plan or the words beside a number can decide, and must not quote
 * what it found. Invariant: what only wording speaks for is never surer than 0.6 and is off unless asked for.
 */
export { personalDataDetector } from "./personal-data.ts";
export { PersonalDataSettings } from "./settings.ts";
