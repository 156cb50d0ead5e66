/**
 * Who may do what: gateway keys for applications, tokens and sessions for people.
 *
 * Authentication is one function per door, called before anything else is read. Secrets are looked up
 * by keyed hash and stored nowhere. Must not know what an exchange says.
 */
export { allowsModel, createKeyring, type Keyring, type KeyUse } from "./keyring.ts";
export { createKey, publicKey, revokeKey, rotateKey, type CreatedKey } from "./gateway-keys.ts";
export { createRateLimits, type RateLimits } from "./rate-limits.ts";
export { createAuthenticator, type Authenticated, type Authenticator } from "./authenticator.ts";
export { ensureAdministrator, createUser } from "./users.ts";
