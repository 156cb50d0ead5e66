import type { IncomingHttpHeaders } from "node:http";
import type { ExchangeOrigin, RouteConfiguration } from "@parapet/model";
import { flatAscii, flatText, sha256Hex } from "#platform";
import type { PolicyQuestion } from "#policy";
import { mcp, type DecodedRequest } from "#protocols";
import type { StoredKey } from "#storage";
import { shortPrint } from "./examination.ts";

const NAME = /^[\x21-\x7e\u00a0-\uffff][\x20-\x7e\u00a0-\uffff]{0,199}$/;

const TRACE = /^[0-9a-f]{2}-([0-9a-f]{32})-/;

const named = (value: string | string[] | undefined): string | undefined =>
  typeof value === "string" && NAME.test(value) ? value : undefined;

export interface Identity {
  readonly principal: PolicyQuestion["principal"];
  readonly session: string;
  readonly sessionSource: ExchangeOrigin["sessionSource"];
  readonly user?: string;
  readonly agent?: string;
  /** Agents and services between the user and the one that calls, outermost first. */
  readonly onBehalfOf?: string[];
  readonly trace?: string;
  /** What the user asked for, in the user's own words, where the request itself has none: calls of tools and agents. */
  readonly said?: string;
}

/**
 * Who acts and in which session. Headers and body fields that name a user or an agent count only from
 * callers the route or their key trusts; a session name is a grouping, not a claim, and always counts.
 */
export const identify = (
  headers: IncomingHttpHeaders,
  decoded: Pick<DecodedRequest, "session" | "user" | "fingerprint">,
  key: StoredKey | undefined,
  route: RouteConfiguration,
): Identity => {
  const trusted = key?.trustIdentityHeaders ?? route.trust_identity_headers;
  const user = trusted ? (named(headers["x-parapet-user"]) ?? named(decoded.user)) : undefined;
  const agent = key?.agent ?? (trusted ? named(headers["x-parapet-agent"]) : undefined);
  const onBehalfOf = trusted ? chainOf(headers["x-parapet-on-behalf-of"]) : undefined;
  const said = trusted ? saidIn(headers["x-parapet-request"]) : undefined;
  const { traceparent } = headers;
  const trace = typeof traceparent === "string" ? TRACE.exec(traceparent)?.[1] : undefined;
  return {
    principal: principalOf(user, agent, key),
    ...sessionOf(headers, decoded, key),
    ...(user !== undefined && { user }),
    ...(agent !== undefined && { agent }),
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(trace !== undefined && { trace }),
    ...(said !== undefined && { said }),
  };
};

/** Longer than people ask; headers are bounded anyway. */
const SAID_UNITS_MAX = 8_192;

const saidIn = (value: string | string[] | undefined): string | undefined => {
  const text = typeof value === "string" ? mcp.decodeHeader(value) : undefined;
  return text === undefined || text.trim() === "" ? undefined : text.slice(0, SAID_UNITS_MAX);
};

/** What an upstream is told of the caller, in the words that callers themselves use. */
export const identityHeaders = ({
  user,
  agent,
  onBehalfOf,
}: Pick<ExchangeOrigin, "user" | "agent" | "onBehalfOf">): Record<string, string> => ({
  ...(user !== undefined && { "x-parapet-user": mcp.encodeHeader(user) }),
  ...(agent !== undefined && { "x-parapet-agent": mcp.encodeHeader(agent) }),
  ...(onBehalfOf !== undefined && { "x-parapet-on-behalf-of": mcp.encodeHeader(onBehalfOf.join(", ")) }),
});

const CHAIN_MAX = 8;

/** A chain with a name that is none, or without end, says nothing that could be relied on. */
const chainOf = (value: string | string[] | undefined): string[] | undefined => {
  if (typeof value !== "string") return undefined;
  const names = value.split(",").map((name) => name.trim());
  return names.length <= CHAIN_MAX && names.every((name) => NAME.test(name)) ? names : undefined;
};

const principalOf = (
  user: string | undefined,
  agent: string | undefined,
  key: StoredKey | undefined,
): Identity["principal"] => {
  if (user !== undefined) return { kind: "User", id: user };
  if (agent !== undefined) return { kind: "Agent", id: agent };
  if (key !== undefined) return { kind: "Key", id: key.name };
  return { kind: "Anonymous", id: "anonymous" };
};

/** `user:alice`, as records and the console name a principal. */
export const principalName = ({ kind, id }: Identity["principal"]): string =>
  kind === "Anonymous" ? "anonymous" : flatText(`${kind.toLowerCase()}:${id}`);

const sessionOf = (
  headers: IncomingHttpHeaders,
  decoded: Pick<DecodedRequest, "session" | "fingerprint">,
  key: StoredKey | undefined,
): Pick<Identity, "session" | "sessionSource"> => {
  const header = named(headers["x-parapet-session"]);
  if (header !== undefined) return { session: header, sessionSource: "header" };
  const own = named(decoded.session);
  if (own !== undefined) return { session: own, sessionSource: "protocol" };
  if (decoded.fingerprint.length === 0) return { session: "", sessionSource: "none" };
  const print = sha256Hex([key?.id ?? "", ...decoded.fingerprint.map(shortPrint)].join("\u0000"));
  return { session: flatAscii(`fp-${print.slice(0, 20)}`), sessionSource: "fingerprint" };
};
