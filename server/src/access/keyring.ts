import { cidrContains, parseCidr } from "#platform";
import type { StoredKey } from "#storage";
import { hashSecret } from "./gateway-keys.ts";

export interface KeyUse {
  readonly route: string;
  readonly address: string;
  readonly nowMs: number;
}

export type KeyCheck =
  | { readonly ok: true; readonly key: StoredKey }
  | { readonly ok: false; readonly code: "unauthorized" | "forbidden"; readonly reason: string };

/** An immutable view of the keys; a change of keys makes a new one. */
export interface Keyring {
  /** Whether any key was ever made: with none the gateway is open, on loopback only. */
  readonly guarded: boolean;
  readonly authenticate: (secret: string | undefined, use: KeyUse) => KeyCheck;
}

/** Whether a key may ask for a model; `*` at the end of an entry stands for anything. */
export const allowsModel = (key: StoredKey, model: string): boolean =>
  key.models.length === 0 ||
  key.models.some((entry) => (entry.endsWith("*") ? model.startsWith(entry.slice(0, -1)) : entry === model));

/** Looks keys up by keyed hash, so that the time taken says nothing about a secret. */
export const createKeyring = (keys: readonly StoredKey[], pepper: Buffer): Keyring => {
  const byHash = new Map(
    keys.map((key) => [key.secretHash, { key, ranges: key.addresses.flatMap((entry) => parseCidr(entry) ?? []) }]),
  );

  const authenticate = (secret: string | undefined, use: KeyUse): KeyCheck => {
    if (secret === undefined || secret === "") return refuse("unauthorized", "no gateway key was sent");
    const entry = byHash.get(hashSecret(pepper, secret));
    if (entry === undefined) return refuse("unauthorized", "unknown gateway key");
    const { key, ranges } = entry;
    if (key.revokedAt !== undefined) return refuse("unauthorized", "revoked gateway key");
    if (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= use.nowMs) {
      return refuse("unauthorized", "expired gateway key");
    }
    if (key.routes.length > 0 && !key.routes.includes(use.route)) {
      return refuse("forbidden", `key is not for route ${use.route}`);
    }
    // An entry that cannot be read admits nobody; it must not turn the list off.
    if (key.addresses.length > 0 && !ranges.some((range) => cidrContains(range, use.address))) {
      return refuse("forbidden", "address is not on the key's list");
    }
    return { ok: true, key };
  };
  return { guarded: keys.length > 0, authenticate };
};

const refuse = (code: "unauthorized" | "forbidden", reason: string): KeyCheck => ({ ok: false, code, reason });
