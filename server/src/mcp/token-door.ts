import { readFileSync } from "node:fs";
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { McpAuthorization } from "@parapet/model";
import { createHttpClient, Fault, type Clock } from "#platform";
import { isObject } from "#protocols";

/** Whom a token names. */
export interface Bearer {
  readonly user?: string;
  readonly agent?: string;
  /** Actors before the agent, outermost first: nested `act` claims of RFC 8693. */
  readonly onBehalfOf?: string[];
}

/** Takes OAuth access tokens that were made for one endpoint, and says where to get them. */
export interface TokenDoor {
  /** Throws `unauthorized`, or `forbidden` where a scope is missing. */
  readonly admit: (token: string) => Promise<Bearer>;
  /** Protected resource metadata, RFC 9728. */
  readonly metadata: () => string;
  /** Value of `WWW-Authenticate` for a fault. */
  readonly challenge: (fault: Fault, metadataUrl: string) => string;
  readonly close: () => Promise<void>;
}

/** Asymmetric ones only: with a shared secret whoever can check a token can make one. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const FETCH_MS = 5_000;
/** Unknown keys have the set fetched again, this seldom. */
const REFETCH_MS = 30_000;
const STALE_MS = 3_600_000;
const NAME = /^[\x21-\x7e\u00a0-\uffff][\x20-\x7e\u00a0-\uffff]{0,199}$/;

export const looksLikeToken = (presented: string): boolean => presented.split(".").length === 3;

export const createTokenDoor = (settings: McpAuthorization, clock: Clock): TokenDoor => {
  const client = createHttpClient({ timeoutMs: FETCH_MS, allowPrivate: true });
  let keys: JWTVerifyGetKey | undefined;
  let fetchedMs = 0;

  const readSet = async (): Promise<unknown> => {
    if (settings.jwks.startsWith("file:")) return JSON.parse(readFileSync(settings.jwks.slice("file:".length), "utf8"));
    const result = await client.request({ url: settings.jwks, headers: { accept: "application/json" } });
    if (!result.ok || result.status !== 200)
      throw new Fault("overloaded", { detail: `the keys at ${settings.jwks} cannot be read`, retryAfterSeconds: 5 });
    return JSON.parse(result.body.toString("utf8"));
  };
  const fetchKeys = async (): Promise<JWTVerifyGetKey> => {
    const set = await readSet();
    if (!isKeySet(set)) throw new Fault("overloaded", { detail: `${settings.jwks} is no JWKS document` });
    fetchedMs = clock.monotonic();
    keys = createLocalJWKSet(set);
    return keys;
  };

  const verify = async (token: string, set: JWTVerifyGetKey) =>
    jwtVerify(token, set, {
      issuer: settings.issuer,
      audience: settings.resource,
      algorithms: ALGORITHMS,
      requiredClaims: ["exp"],
      currentDate: new Date(clock.now()),
    });

  const admit: TokenDoor["admit"] = async (token) => {
    const age = clock.monotonic() - fetchedMs;
    const set = keys === undefined || age > STALE_MS ? await fetchKeys() : keys;
    const { payload } = await verify(token, set)
      .catch(async (error: unknown) => {
        if (!(error instanceof errors.JWKSNoMatchingKey) || age < REFETCH_MS) throw error;
        return verify(token, await fetchKeys());
      })
      .catch((error: unknown) => {
        if (error instanceof Fault) throw error;
        throw new Fault("unauthorized", { detail: error instanceof Error ? error.message : String(error) });
      });
    const granted = new Set(typeof payload["scope"] === "string" ? payload["scope"].split(" ") : []);
    const missing = settings.scopes.filter((scope) => !granted.has(scope));
    if (missing.length > 0)
      throw new Fault("forbidden", { detail: "insufficient_scope", message: "The token lacks a scope." });
    const named = (claim: string): string | undefined => {
      const value = claim === "" ? undefined : payload[claim];
      return typeof value === "string" && NAME.test(value) ? value : undefined;
    };
    const user = named(settings.user_claim);
    const own = named(settings.agent_claim) ?? (settings.agent_claim === "azp" ? named("client_id") : undefined);
    const [actor, ...before] = actorsOf(payload["act"]);
    // Who acts now stands outermost in the claim.
    const agent = own ?? actor;
    return {
      ...(user !== undefined && { user }),
      ...(agent !== undefined && { agent }),
      ...(before.length > 0 && { onBehalfOf: before.toReversed() }),
    };
  };

  return {
    admit,
    metadata: () =>
      JSON.stringify({
        resource: settings.resource,
        authorization_servers: [settings.issuer],
        ...(settings.scopes.length > 0 && { scopes_supported: settings.scopes }),
        bearer_methods_supported: ["header"],
      }),
    challenge: (fault, url) => {
      const scope = settings.scopes.length > 0 ? `, scope="${settings.scopes.join(" ")}"` : "";
      const error = fault.detail === "insufficient_scope" ? ', error="insufficient_scope"' : "";
      return `Bearer resource_metadata="${url}"${scope}${error}`;
    },
    close: () => client.close(),
  };
};

const isKeySet = (value: unknown): value is JSONWebKeySet => isObject(value) && Array.isArray(value["keys"]);

const ACTORS_MAX = 8;

/** Names of those who act for the subject, the last one first; none where the chain is not one. */
const actorsOf = (claim: unknown): readonly string[] => {
  const names: string[] = [];
  for (let act = claim; act !== undefined;) {
    const name = isObject(act) ? act["sub"] : undefined;
    if (typeof name !== "string" || !NAME.test(name) || names.length >= ACTORS_MAX) return [];
    names.push(name);
    act = isObject(act) ? act["act"] : undefined;
  }
  return names;
};
