import type { Mode, RouteConfiguration } from "@parapet/model";
import { protocolNamed, type Endpoint, type Protocol } from "#protocols";
import { createDemoUpstream } from "./demo-upstream.ts";
import { createHttpUpstream } from "./http-upstream.ts";
import {
  createScriptedUpstream,
  laneConfiguration,
  laneDoor,
  type LaneDoor,
  type SelfTestLaneOptions,
} from "./self-test-lane.ts";
import { probeConfiguration, type ProbeLaneOptions } from "./probe-lane.ts";
import type { Upstream } from "./upstream.ts";

export interface Route {
  readonly configuration: RouteConfiguration;
  readonly protocol: Protocol;
  readonly upstream: Upstream;
  /** Effective mode now: the console's overlay over the file's. */
  readonly mode: () => Mode;
  /** Upstream credential; `caller` passes the caller's own on, undefined sends none. */
  readonly credential: () => string | undefined;
  /** Present where only Parapet itself may enter. */
  readonly lane?: LaneDoor;
}

export interface RouteOptions {
  readonly mode: (route: RouteConfiguration) => Mode;
  readonly credential: (route: RouteConfiguration) => string | undefined;
  readonly lanes?: readonly SelfTestLaneOptions[];
  readonly probes?: readonly ProbeLaneOptions[];
}

export interface RouteMatch {
  readonly route: Route;
  /** Path below the route, with a leading slash, without query. */
  readonly rest: string;
  readonly query: string;
}

const protocolOf = (id: string): Protocol => {
  const protocol = protocolNamed(id);
  if (protocol === undefined) throw new Error(`no protocol ${id} in the catalogue`);
  return protocol;
};

/** Routes by longest path first. */
export const createRouteTable = (routes: readonly RouteConfiguration[], options: RouteOptions) => {
  const lanes = (options.lanes ?? []).map((lane): Route => {
    const configuration = laneConfiguration(lane.route);
    return {
      configuration,
      protocol: protocolOf(configuration.protocol),
      upstream: createScriptedUpstream(lane),
      mode: () => configuration.mode,
      credential: () => undefined,
      lane: laneDoor("self-test", lane.secret),
    };
  });
  const upstreamOf = (configuration: RouteConfiguration): Upstream =>
    configuration.protocol === "demo" ? createDemoUpstream() : createHttpUpstream(configuration);
  const probes = (options.probes ?? []).map(({ route, secret }): Route => {
    const configuration = probeConfiguration(route);
    return {
      configuration,
      protocol: protocolOf(configuration.protocol),
      upstream: upstreamOf(configuration),
      mode: () => configuration.mode,
      credential: () => options.credential(route),
      lane: laneDoor("probe", secret),
    };
  });
  const table = routes
    .map((configuration): Route => ({
      configuration,
      protocol: protocolOf(configuration.protocol),
      upstream: upstreamOf(configuration),
      mode: () => options.mode(configuration),
      credential: () => options.credential(configuration),
    }))
    .concat(lanes, probes)
    .sort((a, b) => b.configuration.path.length - a.configuration.path.length);

  const match = (url: string): RouteMatch | undefined => {
    const mark = url.indexOf("?");
    const path = mark === -1 ? url : url.slice(0, mark);
    for (const route of table) {
      const base = route.configuration.path;
      if (!path.startsWith(base)) continue;
      if (path.length !== base.length && path.charCodeAt(base.length) !== SLASH) continue;
      return { route, rest: path.slice(base.length) || "/", query: mark === -1 ? "" : url.slice(mark) };
    }
    return undefined;
  };

  return {
    match,
    routes: table,
    close: async (): Promise<void> => {
      await Promise.all(table.map(({ upstream }) => upstream.close()));
    },
  };
};

export type RouteTable = ReturnType<typeof createRouteTable>;

const SLASH = "/".charCodeAt(0);

/** The endpoint of a request, by exact method and path; anything else is denied. */
export const endpointOf = (protocol: Protocol, method: string, path: string): Endpoint | undefined =>
  protocol.endpoints.find((endpoint) => endpoint.method === method && matchesPath(endpoint.path, path));

/** `{name}` in a pattern stands for one path segment without escapes; `..` would lead the upstream elsewhere. */
const matchesPath = (pattern: string, path: string): boolean => {
  if (!pattern.includes("{")) return pattern === path;
  const wanted = pattern.split("/");
  const parts = path.split("/");
  return (
    wanted.length === parts.length &&
    wanted.every((part, index) =>
      part.startsWith("{") ? /^(?!\.{1,2}$)[\w.:@-]{1,200}$/.test(parts[index] ?? "") : part === parts[index],
    )
  );
};

const VERSION_ONLY: NonNullable<Endpoint["query"]> = { "api-version": /^[\w.-]{1,40}$/ };

/** Each parameter known to the endpoint, once, without escapes; `query` begins with a question mark. */
export const acceptsQuery = ({ query: accepted = VERSION_ONLY }: Endpoint, query: string): boolean => {
  const seen = new Set<string>();
  return query
    .slice(1)
    .split("&")
    .every((pair) => {
      const [name = "", value, ...rest] = pair.split("=");
      if (value === undefined || rest.length > 0 || seen.has(name) || !Object.hasOwn(accepted, name)) return false;
      seen.add(name);
      return accepted[name]?.test(value) === true;
    });
};
