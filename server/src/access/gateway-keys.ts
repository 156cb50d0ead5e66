import { DEFAULT_TENANT, KeyId, type GatewayKey, type TenantId } from "@parapet/model";
import type { KeyCreate } from "@parapet/model/api";
import { hmacHex, randomToken, toTimestamp, uuidv7 } from "#platform";
import type { StoredKey } from "#storage";

const SECRET_PREFIX = "pk_";
const SHOWN_CHARACTERS = 9;

export interface CreatedKey {
  readonly stored: StoredKey;
  /** Shown once, kept nowhere. */
  readonly secret: string;
}

/** Keyed hash under which a secret is stored and looked up. */
export const hashSecret = (pepper: Buffer, secret: string): string => hmacHex(pepper, "gateway-key", secret);

/** Makes a key with a secret of 256 random bits. */
export const createKey = (
  request: KeyCreate,
  pepper: Buffer,
  nowMs: number,
  tenant: TenantId = DEFAULT_TENANT,
): CreatedKey => {
  const secret = randomToken(SECRET_PREFIX, 32);
  const { name, routes, models, addresses, trustIdentityHeaders } = request;
  const stored: StoredKey = {
    id: KeyId.parse(uuidv7(nowMs)),
    tenant,
    prefix: secret.slice(0, SHOWN_CHARACTERS),
    secretHash: hashSecret(pepper, secret),
    createdAt: toTimestamp(nowMs),
    name,
    routes,
    models,
    addresses,
    trustIdentityHeaders,
    ...(request.requestsPerMinute !== undefined && { requestsPerMinute: request.requestsPerMinute }),
    ...(request.tokensPerMinute !== undefined && { tokensPerMinute: request.tokensPerMinute }),
    ...(request.agent !== undefined && { agent: request.agent }),
    ...(request.expiresAt !== undefined && { expiresAt: request.expiresAt }),
  };
  return { stored, secret };
};

/** A successor with the same scope; the old key works until the overlap ends, then expires. */
export const rotateKey = (
  old: StoredKey,
  overlapSeconds: number,
  pepper: Buffer,
  nowMs: number,
): { readonly successor: CreatedKey; readonly retired: StoredKey } => {
  const { secretHash: _hash, id: _id, prefix: _prefix, createdAt: _at, lastUsedAt: _used, ...scope } = old;
  const fresh = createKey({ ...scope }, pepper, nowMs, old.tenant);
  const overlapEnds = toTimestamp(nowMs + overlapSeconds * 1_000);
  const expiresAt =
    old.expiresAt !== undefined && Date.parse(old.expiresAt) < Date.parse(overlapEnds) ? old.expiresAt : overlapEnds;
  return { successor: fresh, retired: { ...old, expiresAt, rotatedTo: fresh.stored.id } };
};

export const revokeKey = (key: StoredKey, nowMs: number): StoredKey => ({ ...key, revokedAt: toTimestamp(nowMs) });

/** The key without its hash, for answers. */
export const publicKey = ({ secretHash: _hash, ...key }: StoredKey): GatewayKey => key;
