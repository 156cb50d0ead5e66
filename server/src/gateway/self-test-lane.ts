import type { Lane, RouteConfiguration } from "@parapet/model";
import { constantTimeEqual } from "#platform";
import { whole } from "./demo-upstream.ts";
import type { Upstream } from "./upstream.ts";

/** Below which lanes are; reserved, so that no configured route can be there. */
const LANE_PATH = "/.self-test";

/** What the self-test sends to and who answers it. */
export interface SelfTestLaneOptions {
  /** The route that the lane mirrors. */
  readonly route: RouteConfiguration;
  /** Made for this process and kept in its memory: whoever presents it is the self-test, and nobody else is. */
  readonly secret: string;
  /** Body of the scripted answer to a request's body. */
  readonly answer: (request: unknown) => unknown;
}

/** What a route that is a lane has and others have not. */
export interface LaneDoor {
  readonly name: Lane;
  readonly admits: (presented: string | undefined) => boolean;
}

export const lanePath = (route: string): string => `${LANE_PATH}/${route}`;

/**
 * The route as the self-test uses it: the same inspection, policies and evidence, but it always enforces, plants a
 * canary, keeps its texts (they are ours), and has no upstream to reach.
 */
export const laneConfiguration = (route: RouteConfiguration): RouteConfiguration => ({
  ...route,
  upstream: undefined,
  credential: undefined,
  path: lanePath(route.id),
  protocol: "demo",
  mode: "enforce",
  capture: "full",
  block_as: "error",
  detail: "policy",
  canary: true,
  trust_identity_headers: false,
});

export const laneDoor = (name: Lane, secret: string): LaneDoor => ({
  name,
  admits: (presented) => presented !== undefined && constantTimeEqual(presented, secret),
});

/** Answers from a script; there is no network behind it. */
export const createScriptedUpstream = ({ answer }: SelfTestLaneOptions): Upstream => ({
  send: async ({ body }) => {
    const asked: unknown = body === undefined ? {} : JSON.parse(body.toString("utf8"));
    return whole(answer(asked));
  },
  close: () => Promise.resolve(),
});
