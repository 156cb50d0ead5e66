import { createHash } from "node:crypto";

/**
 * Values that their issuers print in public: in documentation, in samples, in emulators that everybody runs with the
 * same key. They open nothing, and manuals and tests are full of them. First 16 hexadecimal digits of SHA-256, so
 * that this file itself holds no key.
 */
const DIGESTS: ReadonlySet<string> = new Set([
  // Stripe's documentation, secret and publishable.
  "2cafc0970149a84f",
  "b1471f544ceeea31",
  // The token on jwt.io, today's and the one before.
  "7f75367e78812551",
  "da816f9f2c16e6c5",
  // Azure's storage emulator and its Cosmos DB emulator.
  "0011cc25eb432071",
  "aa6547439583c3a2",
  // RFC 6749, access token, refresh token and client credentials.
  "6c96130f130ab0d6",
  "00cf4c781dc37003",
  "ca7459e2b26776de",
  // Keys of test projects in Google's own open source, such as the Firebase SDK for Android.
  "0b476bdf9acf2123",
  "2037abcaffb2b777",
  "27a9a42931dff7eb",
  "37f8f09bdf12c2f2",
  "3a8b61d0f636b007",
  "3f370c9dd8225c63",
  "49f777db995e8260",
  "4c98242dcadc8b29",
  "8731261cb72d8626",
  "a19f89ab3555eac1",
  "a6c814bc555ae62c",
  "dc0fcf046c61640c",
  "e4a5542bb7fd7b67",
  "ea9bb1082cf95663",
  "eb540d2b6ee2a0a4",
]);

/** Whether a value is a published sample. Asked only where a secret would otherwise be reported. */
export const isPublishedSample = (value: string): boolean =>
  DIGESTS.has(createHash("sha256").update(value).digest("hex").slice(0, 16));
