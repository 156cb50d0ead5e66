import type { AppliedPolicy } from "@parapet/model";
import { callerHeaders, namesCaller } from "./caller-headers.ts";
import type { Passage } from "./passage.ts";
import type { UpstreamResponse } from "./upstream.ts";

/** What is asked of an agent. */
export interface PeerRequest {
  readonly operation: string;
  /** Path below the route: the binding that is spoken, in requests as in answers. */
  readonly path: string;
  /** Addresses that it is to send something to. */
  readonly callbacks: readonly string[];
  /** Address of the route as the caller knows it. */
  readonly base: string;
  /** Whether the agent is told who asks, in this very request. */
  readonly isNamed: boolean;
}

/** One request, by the card that its agent had when it was admitted. */
export interface PeerAdmission {
  /** What stops it whatever it says. */
  readonly applied: AppliedPolicy | undefined;
  /** What the agent says of itself: the definition of the tool that it is. */
  readonly definition: unknown;
  /** Path below the upstream's base, for a path below the route; undefined where it has no such interface. */
  readonly pathOf: (rest: string) => string | undefined;
  /** Asks it, or answers for it; answers that name its own address come back with the route's. */
  readonly ask: (upstream: () => Promise<UpstreamResponse>) => Promise<UpstreamResponse>;
}

/** The agent behind a route, known by whoever reads its card. */
export interface Peer {
  /** Reads its card where that is due. Throws a fault where it cannot be read, or what is asked for is not to be had here. */
  readonly admit: (asked: PeerRequest) => Promise<PeerAdmission>;
  /** Whether it is told for whom it is asked. */
  readonly tells: boolean;
  readonly close: () => Promise<void>;
}

/** What a request asks of the agent behind its route. */
export const peerRequestOf = (passage: Passage, isGuarded: boolean): PeerRequest => {
  const { operation, decoded, match, request } = passage;
  const { path, a2a } = match.route.configuration;
  const base = a2a?.url ?? `http://${request.headers.host ?? ""}${path}`;
  const isNamed = namesCaller(callerHeaders(passage, isGuarded));
  return { operation, path: match.rest, callbacks: decoded.callbacks ?? [], base, isNamed };
};
