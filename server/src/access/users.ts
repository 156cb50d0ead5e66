import { DEFAULT_TENANT, type Role, type TenantId } from "@parapet/model";
import { Fault, hmacHex, randomToken, toTimestamp } from "#platform";
import type { ControlStore, StoredUser } from "#storage";

const TOKEN_PREFIX = "pt_";
const ADMINISTRATOR = "admin";
/** A bearer token may be tried as often as the line carries: a short one would be found. */
const CONFIGURED_UNITS_MIN = 16;

export const hashToken = (pepper: Buffer, token: string): string => hmacHex(pepper, "user-token", token);

export const createUser = async (
  store: ControlStore,
  pepper: Buffer,
  user: { readonly name: string; readonly role: Role; readonly token?: string },
  nowMs: number,
  tenant: TenantId = DEFAULT_TENANT,
): Promise<{ readonly user: StoredUser; readonly token: string }> => {
  const token = user.token ?? randomToken(TOKEN_PREFIX, 24);
  const stored: StoredUser = {
    name: user.name,
    tenant,
    role: user.role,
    tokenHash: hashToken(pepper, token),
    createdAt: toTimestamp(nowMs),
    disabled: false,
  };
  await store.putUser(stored);
  return { user: stored, token };
};

/**
 * The first administrator. With `configured` (PARAPET_ADMIN_TOKEN) that token is set, at every start;
 * without it one is made when no user exists, and answered so that it can be printed once. Throws a `Fault` for one
 * that could be guessed.
 */
export const ensureAdministrator = async (
  store: ControlStore,
  pepper: Buffer,
  configured: string | undefined,
  nowMs: number,
): Promise<string | undefined> => {
  if (configured !== undefined && configured !== "") {
    if (configured.length < CONFIGURED_UNITS_MIN) {
      throw new Fault("internal", {
        detail: `PARAPET_ADMIN_TOKEN must have at least ${CONFIGURED_UNITS_MIN} characters (openssl rand -hex 24)`,
      });
    }
    await createUser(store, pepper, { name: ADMINISTRATOR, role: "administrator", token: configured }, nowMs);
    return undefined;
  }
  const users = await store.listUsers(DEFAULT_TENANT);
  if (users.length > 0) return undefined;
  const made = await createUser(store, pepper, { name: ADMINISTRATOR, role: "administrator" }, nowMs);
  return made.token;
};
