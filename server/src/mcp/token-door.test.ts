import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { McpAuthorization } from "@parapet/model";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "#platform";
import { createTokenDoor, type TokenDoor } from "./token-door.ts";

const RESOURCE = "https://gate.example/mcp";
const ISSUER = "https://login.example";
const folder = mkdtempSync(join(tmpdir(), "parapet-door-"));
let key: CryptoKey;
let door: TokenDoor;

beforeAll(async () => {
  const pair = await generateKeyPair("ES256");
  key = pair.privateKey;
  const jwks = join(folder, "keys.json");
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: "ES256" }] }));
  door = createTokenDoor(
    McpAuthorization.parse({ resource: RESOURCE, issuer: ISSUER, jwks: `file:${jwks}` }),
    systemClock,
  );
});
afterAll(async () => {
  await door.close();
  rmSync(folder, { recursive: true, force: true });
});

const tokenWith = (claims: Record<string, unknown>): Promise<string> =>
  new SignJWT({ sub: "ada", ...claims })
    .setProtectedHeader({ alg: "ES256" })
    .setIssuer(ISSUER)
    .setAudience(RESOURCE)
    .setExpirationTime("5m")
    .sign(key);

const endless = (depth: number): unknown =>
  depth === 0 ? undefined : { sub: `a-${depth}`, ...(depth > 1 && { act: endless(depth - 1) }) };

test.each([
  ["a user alone", {}, { user: "ada" }],
  ["a client", { azp: "clerk" }, { user: "ada", agent: "clerk" }],
  ["who acts for the user", { act: { sub: "clerk" } }, { user: "ada", agent: "clerk" }],
  [
    "those before it, outermost first",
    { act: { sub: "clerk", act: { sub: "planner", act: { sub: "desk" } } } },
    { user: "ada", agent: "clerk", onBehalfOf: ["desk", "planner"] },
  ],
  [
    "the client by its own claim, and those before it",
    { azp: "app", act: { sub: "clerk", act: { sub: "planner" } } },
    { user: "ada", agent: "app", onBehalfOf: ["planner"] },
  ],
  ["nobody by a chain that is none", { act: { sub: "clerk", act: "planner" } }, { user: "ada" }],
  ["nobody by a chain without end", { act: endless(9) }, { user: "ada" }],
])("a token names %s", async (_, claims, expected) => {
  expect(await door.admit(await tokenWith(claims))).toEqual(expected);
});

test("a token for another endpoint is none", async () => {
  const other = await new SignJWT({ sub: "ada" })
    .setProtectedHeader({ alg: "ES256" })
    .setIssuer(ISSUER)
    .setAudience("https://elsewhere.example")
    .setExpirationTime("5m")
    .sign(key);
  await expect(door.admit(other)).rejects.toMatchObject({ code: "unauthorized" });
});
