import { readFileSync } from "node:fs";
import { createLocalJWKSet, errors, type JSONWebKeySet } from "jose";
import type { Clock } from "./clock.ts";
import { Fault } from "./fault.ts";
import { createHttpClient } from "./http-client.ts";

/** Finds the key that a signature names. */
export type VerifyKeys = ReturnType<typeof createLocalJWKSet>;

/** Public keys of somebody else, read when they are needed. */
export interface KeySet {
  /**
   * Calls `verify` with the keys, and once more with fresh ones where no key fits. Throws what `verify` throws, and
   * `overloaded` where the keys cannot be read.
   */
  readonly verify: <T>(verify: (keys: VerifyKeys) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** Asymmetric ones only: with a shared secret whoever can check a signature can make one. */
export const SIGNATURE_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];
const FETCH_MS = 5_000;
/** Unknown keys have the set fetched again, this seldom. */
const REFETCH_MS = 30_000;
const STALE_MS = 3_600_000;

/** `source`: the address of a JWKS document, or `file:/path` of one. */
export const createKeySet = (source: string, clock: Clock): KeySet => {
  const client = createHttpClient({ timeoutMs: FETCH_MS, allowPrivate: true });
  let keys: VerifyKeys | undefined;
  let fetchedMs = 0;

  const readText = async (): Promise<string> => {
    if (source.startsWith("file:")) return readFileSync(source.slice("file:".length), "utf8");
    const result = await client.request({ url: source, headers: { accept: "application/json" } });
    if (!result.ok || result.status !== 200) throw new Error("no answer with status 200");
    return result.body.toString("utf8");
  };
  const readSet = async (): Promise<JSONWebKeySet> => {
    try {
      const set: unknown = JSON.parse(await readText());
      if (isKeySet(set)) return set;
    } catch (error) {
      throw new Fault("overloaded", {
        detail: `the keys at ${source} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        retryAfterSeconds: 5,
      });
    }
    throw new Fault("overloaded", { detail: `${source} is no JWKS document` });
  };
  const fetchKeys = async (): Promise<VerifyKeys> => {
    const set = await readSet();
    fetchedMs = clock.monotonic();
    keys = createLocalJWKSet(set);
    return keys;
  };

  return {
    verify: async (verify) => {
      const age = clock.monotonic() - fetchedMs;
      const set = keys === undefined || age > STALE_MS ? await fetchKeys() : keys;
      try {
        return await verify(set);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || age < REFETCH_MS) throw error;
        return verify(await fetchKeys());
      }
    },
    close: () => client.close(),
  };
};

const isKeySet = (value: unknown): value is JSONWebKeySet =>
  typeof value === "object" && value !== null && "keys" in value && Array.isArray(value.keys);
