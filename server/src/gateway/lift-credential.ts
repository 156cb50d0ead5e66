import type { IncomingMessage } from "node:http";
import type { RouteMatch } from "./route-table.ts";

/**
 * Moves a credential from the query to the header that the protocol has for it, so that there is one place where
 * callers' keys stand, and none of them in a path that is recorded or passed on. A header that is there stays.
 */
export const liftCredential = (request: IncomingMessage, match: RouteMatch): RouteMatch => {
  const { query: name, header } = match.route.protocol.credential;
  if (name === undefined || !match.query.includes(`${name}=`)) return match;
  const kept: string[] = [];
  for (const pair of match.query.slice(1).split("&")) {
    if (!pair.startsWith(`${name}=`)) kept.push(pair);
    else request.headers[header] ??= pair.slice(name.length + 1);
  }
  return { ...match, query: kept.length === 0 ? "" : `?${kept.join("&")}` };
};
