import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, FlattenedSign, generateKeyPair, type CryptoKey, type JWK } from "jose";
import { canonical } from "#ledger";
import { createKeySet, systemClock, type KeySet } from "#platform";
import { a2a, type JsonObject } from "#protocols";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSignatures } from "./card-signature.ts";

const folder = mkdtempSync(join(tmpdir(), "parapet-cards-"));
const CARD = { name: "n", description: "", skills: [], supportedInterfaces: [], capabilities: { streaming: false } };
/** What SDKs sign of it, and of the same with requirements without scopes. */
const CLEAN = { name: "n", capabilities: { streaming: false } };
const KEY = { schemes: { key: { list: [] } } };
const asking = (...securityRequirements: unknown[]): JsonObject => ({ ...CARD, securityRequirements });
let own: CryptoKey;
let stranger: CryptoKey;
let published: JWK;
let keys: KeySet;

beforeAll(async () => {
  const pair = await generateKeyPair("ES256");
  own = pair.privateKey;
  stranger = (await generateKeyPair("ES256")).privateKey;
  published = await exportJWK(pair.publicKey);
  const path = join(folder, "keys.json");
  writeFileSync(path, JSON.stringify({ keys: [{ ...published, kid: "k1", alg: "ES256" }] }));
  keys = createKeySet(`file:${path}`, systemClock);
});
afterAll(async () => {
  await keys.close();
  rmSync(folder, { recursive: true });
});

const sign = (value: unknown, key: CryptoKey | Uint8Array, head: { alg: string; kid: string }) =>
  new FlattenedSign(Buffer.from(canonical(value))).setProtectedHeader(head).sign(key);
const cardWith = async (
  signed: unknown,
  key: CryptoKey | Uint8Array = own,
  head = { alg: "ES256", kid: "k1" },
  shown: JsonObject = CARD,
): Promise<a2a.AgentCard> => {
  const { payload: _payload, ...signature } = await sign(signed, key, head);
  const card = a2a.readCard({ ...shown, signatures: [signature] }, "https://a.example");
  if (card === undefined) throw new Error("no card");
  return card;
};

describe("the signatures of a card", () => {
  test.each([
    ["over the card as it stands", () => cardWith(CARD), "good"],
    ["over what of it says something", () => cardWith({ name: "n", capabilities: { streaming: false } }), "good"],
    ["over another card", () => cardWith({ ...CARD, name: "m" }), "bad"],
    [
      "over a card that was added to since",
      () => cardWith(CARD, own, undefined, { ...CARD, provider: { url: "x" } }),
      "bad",
    ],
    ["over what SDKs leave of one that asks who calls", () => cardWith(CLEAN, own, undefined, asking(KEY)), "good"],
    ["over one that lets anybody call", () => cardWith(asking(KEY, {}), own, undefined, asking(KEY, {})), "good"],
    ...[{}, { schemes: {} }, null, ""].map((nobody): [string, () => Promise<a2a.AgentCard>, string] => [
      `over one that lets anybody call since, by ${JSON.stringify(nobody)}`,
      () => cardWith(CLEAN, own, undefined, asking(KEY, nobody)),
      "bad",
    ]),
    [
      "over one with a skill that anybody may call since",
      () =>
        cardWith({ ...CLEAN, skills: [{ id: "a" }] }, own, undefined, {
          ...CARD,
          skills: [{ id: "a", security_requirements: [{}] }],
        }),
      "bad",
    ],
    ["by a stranger who says to be somebody else", () => cardWith(CARD, stranger), "bad"],
    ["by a key that nobody published", () => cardWith(CARD, own, { alg: "ES256", kid: "k2" }), "bad"],
    [
      "made with the public key as a shared secret",
      () => cardWith(CARD, Buffer.from(JSON.stringify(published)), { alg: "HS256", kid: "k1" }),
      "bad",
    ],
  ])("%s are %s", async (_, make, state) => expect(await checkSignatures(await make(), keys)).toBe(state));

  test("are none where nobody signed, or nobody said whose keys count", async () => {
    const bare = a2a.readCard(CARD, "https://a.example");
    expect(bare && (await checkSignatures(bare, keys))).toBe("none");
    expect(await checkSignatures(await cardWith(CARD), undefined)).toBe("none");
  });

  test("cannot be judged where the keys cannot be read", async () => {
    const missing = createKeySet(`file:${join(folder, "missing.json")}`, systemClock);
    await expect(checkSignatures(await cardWith(CARD), missing)).rejects.toThrow();
    await missing.close();
  });
});
