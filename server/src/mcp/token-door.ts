import { jwtVerify, type JWTVerifyGetKey } from "jose";
import type { McpAuthorization } from "@parapet/model";
import { createKeySet, Fault, SIGNATURE_ALGORITHMS, type Clock } from "#platform";
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

const NAME = /^[\x21-\x7e\u00a0-\uffff][\x20-\x7e\u00a0-\uffff]{0,199}$/;

export const looksLikeToken = (presented: string): boolean => presented.split(".").length === 3;

export const createTokenDoor = (settings: McpAuthorization, clock: Clock): TokenDoor => {
  const keys = createKeySet(settings.jwks, clock);

  const verify = async (token: string, set: JWTVerifyGetKey) =>
    jwtVerify(token, set, {
      issuer: settings.issuer,
      audience: settings.resource,
      algorithms: SIGNATURE_ALGORITHMS,
      requiredClaims: ["exp"],
      currentDate: new Date(clock.now()),
    });

  const admit: TokenDoor["admit"] = async (token) => {
    const { payload } = await keys
      .verify((set) => verify(token, set))
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
    close: keys.close,
  };
};

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
