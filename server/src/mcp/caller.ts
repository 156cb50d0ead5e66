import type { IncomingMessage } from "node:http";
import { DEFAULT_TENANT, type RouteConfiguration, type TenantId } from "@parapet/model";
import type { Keyring, RateLimits } from "#access";
import { addressOf, identify } from "#gateway";
import { Fault, type Clock } from "#platform";
import type { PolicyQuestion } from "#policy";
import type { StoredKey } from "#storage";
import { looksLikeToken, type TokenDoor } from "./token-door.ts";

/** Who sends a message. */
export interface Caller {
  readonly tenant: TenantId;
  readonly principal: PolicyQuestion["principal"];
  readonly key?: StoredKey;
  readonly user?: string;
  readonly agent?: string;
  /** Agents and services that handed the task on to `agent`, outermost first. */
  readonly onBehalfOf?: string[];
  readonly trace?: string;
  /** What the user asked for, as a caller says it that is believed. */
  readonly said?: string;
  /** Session that the caller names itself, beside that of MCP. */
  readonly session?: string;
  readonly address: string;
  /** Whose sessions these are: nobody else may use them. */
  readonly owner: string;
}

export interface CallerOptions {
  readonly keyring: () => Keyring;
  readonly limits: RateLimits;
  readonly clock: Clock;
  readonly doorOf: (route: RouteConfiguration) => TokenDoor | undefined;
}

const NOTHING_DECODED = { session: "", user: "", fingerprint: [] } as const;

/** One function for all ways in: a token for this endpoint, else a gateway key, else nobody where no key exists. */
export const createCallers = ({ keyring, limits, clock, doorOf }: CallerOptions) => {
  const limited = async (key: StoredKey, nowMs: number): Promise<void> => {
    const admitted = await limits.admit(key, nowMs);
    if (admitted.ok) return;
    const { retryAfterSeconds, what } = admitted;
    throw new Fault("rate_limited", { retryAfterSeconds, message: `This key is over its ${what}.` });
  };

  return async (request: IncomingMessage, route: RouteConfiguration): Promise<Caller> => {
    const address = addressOf(request);
    const door = doorOf(route);
    const presented = presentedSecret(request);
    if (door !== undefined && presented !== undefined && looksLikeToken(presented)) {
      const bearer = await door.admit(presented);
      const who = identify(request.headers, NOTHING_DECODED, undefined, { ...route, trust_identity_headers: false });
      return {
        tenant: DEFAULT_TENANT,
        principal:
          bearer.user !== undefined
            ? { kind: "User", id: bearer.user }
            : { kind: "Agent", id: bearer.agent ?? "unnamed" },
        address,
        owner: `token:${bearer.user ?? ""}:${bearer.agent ?? ""}`,
        ...(bearer.user !== undefined && { user: bearer.user }),
        ...(bearer.agent !== undefined && { agent: bearer.agent }),
        ...(bearer.onBehalfOf !== undefined && { onBehalfOf: bearer.onBehalfOf }),
        ...traceAndSession(who),
      };
    }
    const ring = keyring();
    const nowMs = clock.now();
    let key: StoredKey | undefined;
    if (ring.guarded || door !== undefined) {
      const check = ring.authenticate(presented, { route: route.id, address, nowMs });
      if (!check.ok) throw new Fault(check.code, { detail: check.reason });
      key = check.key;
      await limited(key, nowMs);
    }
    const who = identify(request.headers, NOTHING_DECODED, key, route);
    return {
      tenant: key?.tenant ?? DEFAULT_TENANT,
      principal: who.principal,
      address,
      owner: `key:${key?.id ?? ""}:${who.user ?? ""}:${who.agent ?? ""}`,
      ...(key !== undefined && { key }),
      ...(who.user !== undefined && { user: who.user }),
      ...(who.agent !== undefined && { agent: who.agent }),
      ...(who.onBehalfOf !== undefined && { onBehalfOf: who.onBehalfOf }),
      ...(who.said !== undefined && { said: who.said }),
      ...traceAndSession(who),
    };
  };
};

const traceAndSession = ({
  trace,
  session,
  sessionSource,
}: ReturnType<typeof identify>): Pick<Caller, "trace" | "session"> => ({
  ...(trace !== undefined && { trace }),
  ...(sessionSource === "header" && { session }),
});

const presentedSecret = ({ headers }: IncomingMessage): string | undefined => {
  const own = headers["x-parapet-key"];
  if (typeof own === "string") return own;
  return /^Bearer (\S{1,8192})$/i.exec(headers.authorization ?? "")?.[1];
};
