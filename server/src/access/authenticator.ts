import type { Role, TenantId } from "@parapet/model";
import { constantTimeEqual, hmacHex, randomToken, toTimestamp, type Clock } from "#platform";
import type { ControlStore } from "#storage";
import { hashToken } from "./users.ts";

const SESSION_MS = 12 * 3_600_000;
const COOKIE = "parapet_session";

export interface Authenticated {
  readonly name: string;
  readonly role: Role;
  readonly tenant: TenantId;
  /** Present for cookie sessions: changes must send it back. */
  readonly csrf?: string;
}

/** What of a request authentication reads. Header names in lower case. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  readonly csrf?: string | undefined;
  /** Whether the request may change something. */
  readonly mutating: boolean;
}

export type AuthenticationResult =
  | { readonly ok: true; readonly user: Authenticated }
  | { readonly ok: false; readonly code: "unauthorized" | "forbidden"; readonly reason: string };

export interface Authenticator {
  /** The one door of the management API, before any query. */
  readonly authenticate: (credentials: Credentials) => Promise<AuthenticationResult>;
  /** Exchanges a token for a session; the answer holds the Set-Cookie value. */
  readonly signIn: (
    token: string,
    secure: boolean,
  ) => Promise<{ readonly user: Authenticated; readonly cookie: string } | undefined>;
  /** Ends the session; answers the Set-Cookie value that clears it. */
  readonly signOut: (cookie: string | undefined) => Promise<string>;
}

const readCookie = (header: string | undefined): string | undefined =>
  header
    ?.split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);

export const createAuthenticator = (store: ControlStore, pepper: Buffer, clock: Clock): Authenticator => {
  const userOf = async (tokenHash: string): Promise<Authenticated | undefined> => {
    const user = await store.findUserByTokenHash(tokenHash);
    if (user === undefined || user.disabled) return undefined;
    return { name: user.name, role: user.role, tenant: user.tenant };
  };

  const bySession = async (id: string): Promise<Authenticated | undefined> => {
    const session = await store.getSession(hmacHex(pepper, "session", id));
    if (session === undefined || Date.parse(session.expiresAt) <= clock.now()) return undefined;
    // A session is bound to the token that opened it: a replaced or disabled token ends it.
    const user = await userOf(session.user);
    return user === undefined ? undefined : { ...user, csrf: session.csrf };
  };

  const authenticate = async (credentials: Credentials): Promise<AuthenticationResult> => {
    const bearer = /^Bearer ([\x21-\x7e]{1,200})$/.exec(credentials.authorization ?? "")?.[1];
    if (bearer !== undefined) {
      const user = await userOf(hashToken(pepper, bearer));
      return user === undefined ? refuse("unauthorized", "unknown or disabled token") : { ok: true, user };
    }
    const cookie = readCookie(credentials.cookie);
    const user = cookie === undefined ? undefined : await bySession(cookie);
    if (user === undefined) return refuse("unauthorized", "sign in first");
    if (credentials.mutating && !constantTimeEqual(credentials.csrf ?? "", user.csrf ?? "")) {
      return refuse("forbidden", "x-parapet-csrf is missing or wrong");
    }
    return { ok: true, user };
  };

  const signIn: Authenticator["signIn"] = async (token, secure) => {
    const tokenHash = hashToken(pepper, token);
    const user = await userOf(tokenHash);
    if (user === undefined) return undefined;
    const id = randomToken("", 32);
    const csrf = randomToken("", 24);
    const expiresAt = toTimestamp(clock.now() + SESSION_MS);
    await store.putSession({ idHash: hmacHex(pepper, "session", id), user: tokenHash, csrf, expiresAt });
    const flags = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_MS / 1_000}${secure ? "; Secure" : ""}`;
    return { user: { ...user, csrf }, cookie: `${COOKIE}=${id}; ${flags}` };
  };

  const signOut = async (header: string | undefined): Promise<string> => {
    const cookie = readCookie(header);
    if (cookie !== undefined) await store.deleteSession(hmacHex(pepper, "session", cookie));
    return `${COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
  };

  return { authenticate, signIn, signOut };
};

const refuse = (code: "unauthorized" | "forbidden", reason: string): AuthenticationResult => ({
  ok: false,
  code,
  reason,
});
