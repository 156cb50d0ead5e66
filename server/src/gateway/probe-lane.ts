import type { RouteConfiguration } from "@parapet/model";

/** Below which probes' lanes are; reserved, so that no configured route can be there. */
const LANE_PATH = "/.probe";

/** What probes send to. */
export interface ProbeLaneOptions {
  /** The route whose upstream is asked. */
  readonly route: RouteConfiguration;
  /** Made for this process and kept in its memory: whoever presents it is a probe, and nobody else is. */
  readonly secret: string;
}

export const probePath = (route: string): string => `${LANE_PATH}/${route}`;

/**
 * The route as probes use it: its upstream and credential, but nothing is changed or stopped on the way, and no text is
 * kept, so that what is compared is the model alone.
 */
export const probeConfiguration = (route: RouteConfiguration): RouteConfiguration => ({
  ...route,
  path: probePath(route.id),
  mode: "observe",
  on_failure: "open",
  evidence: "best-effort",
  capture: "hash",
  canary: false,
  trust_identity_headers: false,
});
