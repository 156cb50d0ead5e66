import type { IncomingMessage } from "node:http";
import { identityHeaders } from "./identify.ts";
import type { Peer } from "./peer.ts";
import type { Route } from "./route-table.ts";

/** Of a passage, what says who asks. */
interface Asked {
  readonly request: Pick<IncomingMessage, "headers">;
  readonly match: {
    readonly route: Pick<Route, "credential"> & {
      readonly protocol: Pick<Route["protocol"], "credential">;
      readonly peer?: Pick<Peer, "tells"> | undefined;
    };
  };
  readonly exchange: { readonly origin: Parameters<typeof identityHeaders>[0] };
}

/**
 * What an upstream is told of who asks: names, where its route says so, and the caller's own credential, where it has one
 * to pass on. `isGuarded`: callers prove themselves with a gateway key.
 */
export const callerHeaders = ({ request, match, exchange }: Asked, isGuarded: boolean): Record<string, string> => {
  const { protocol, credential, peer } = match.route;
  const headers = peer?.tells === true ? identityHeaders(exchange.origin) : {};
  // A caller that sent its gateway key as the bearer token has no credential of its own to pass on.
  const isGatewayKey = isGuarded && request.headers["x-parapet-key"] === undefined;
  if (credential() !== "caller" || isGatewayKey) return headers;
  const { header, also = [] } = protocol.credential;
  for (const name of [header, ...also]) {
    const own = request.headers[name];
    if (typeof own === "string" && own !== "") headers[name] = own;
  }
  return headers;
};

/** Whether such headers say who asks, and not only who handed it on. */
export const namesCaller = (headers: Readonly<Record<string, string>>): boolean =>
  Object.keys(headers).some((name) => name !== "x-parapet-on-behalf-of");
