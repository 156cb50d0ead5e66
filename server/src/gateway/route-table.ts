import type { Mode, RouteConfiguration } from "@parapet/model";
import { protocolNamed, type Endpoint, type Protocol } from "#protocols";
import { createDemoUpstream } from "./demo-upstream.ts";
import { createAbsentUpstream, createEchoUpstream, createYesUpstream } from "./guard-upstream.ts";
import { createHttpUpstream } from "./http-upstream.ts";
import {
  createScriptedUpstream,
  laneConfiguration,
  laneDoor,
  type LaneDoor,
  type SelfTestLaneOptions,
} from "./self-test-lane.ts";
import { probeConfiguration, type ProbeLaneOptions } from "./probe-lane.ts";
import type { Peer } from "./peer.ts";
import type { Upstream } from "./upstream.ts";

export interface Route {
  readonly configuration: RouteConfiguration;
  readonly protocol: Protocol;
  readonly upstream: Upstream;
  /** Effective mode now: the console's overlay over the file's. */
  readonly mode: () => Mode;
  /** Upstream credential; `caller` passes the caller's own on, undefined sends none. */
  readonly credential: () => string | undefined;
  /** The agent that it leads to, where one answers. */
  readonly peer?: Peer;
  /** Present where only Parapet itself may enter. */
  readonly lane?: LaneDoor;
}

export interface RouteOptions {
  readonly mode: (route: RouteConfiguration) => Mode;
  readonly credential: (route: RouteConfiguration) => string | undefined;
  /** The agent behind a route; undefined where a model is. */
  readonly peer?: (route: RouteConfiguration) => Peer | undefined;
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
  const upstreamOf = (configuration: RouteConfiguration): Upstream => {
    if (configuration.guard === "ext-authz") return createYesUpstream();
    if (configuration.guard === "ext-proc") return createAbsentUpstream();
    if (protocolOf(configuration.protocol).isGuard === true) return createEchoUpstream();
    return configuration.protocol === "demo" ? createDemoUpstream() : createHttpUpstream(configuration);
  };
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
    .map((configuration): Route => {
      const peer = options.peer?.(configuration);
      return {
        configuration,
        protocol: protocolOf(configuration.protocol),
        upstream: upstreamOf(configuration),
        mode: () => options.mode(configuration),
        credential: () => options.credential(configuration),
        ...(peer !== undefined && { peer }),
      };
    })
    .concat(lanes, probes)
    .sort((a, b) => b.configuration.path.length - a.configuration.path.length);

  const safer = new Map(
    table.flatMap((route): [Route, Route][] => {
      if (route.lane !== undefined) return [];
      const target = table.find(
        ({ configuration, lane }) => lane === undefined && configuration.id === route.configuration.divert_to,
      );
      return target === undefined ? [] : [[route, target]];
    }),
  );

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
    /** Whose upstream gets what is diverted; undefined: a person decides. */
    saferThan: (route: Route): Route | undefined => safer.get(route),
    routes: table,
    close: async (): Promise<void> => {
      await Promise.all(table.flatMap(({ upstream, peer }) => [upstream.close(), peer?.close() ?? Promise.resolve()]));
    },
  };
};

export type RouteTable = ReturnType<typeof createRouteTable>;

const SLASH = "/".charCodeAt(0);

/** The endpoint of a request, by exact method and path; anything else is denied, and what is denied by name is none. */
export const endpointOf = (protocol: Protocol, method: string, path: string): Endpoint | undefined =>
  denialOf(protocol, path) === undefined
    ? protocol.endpoints.find((endpoint) => endpoint.method === method && readPath(endpoint.path, path) !== undefined)
    : undefined;

/** Why a path is none, where the protocol says more than that. */
export const denialOf = ({ denied = [] }: Protocol, path: string): { readonly message: string } | undefined => {
  const found = denied.find((one) => one.path.test(path));
  return found === undefined ? undefined : { message: found.message };
};

const NO_VALUES: ReadonlyMap<string, string> = new Map();
const HOLE = /^\{(?<name>\w+)(?<escapes>%?)\}(?<suffix>.*)$/;

/**
 * What stands in a part of a path where its pattern is `{name}suffix`; undefined where it does not fit. Without
 * escapes, but with `{name%}` those of a colon and a slash; `..` would lead the upstream elsewhere.
 */
const filled = (pattern: string, part: string): readonly [name: string, value: string] | undefined => {
  const { name = "", escapes = "", suffix = "" } = HOLE.exec(pattern)?.groups ?? {};
  if (name === "" || !part.endsWith(suffix)) return undefined;
  const whole = part.slice(0, part.length - suffix.length);
  const value = escapes === "" ? whole : whole.replaceAll(/%3a/gi, ":").replaceAll(/%2f/gi, "/");
  const pieces = escapes === "" ? [value] : value.split("/");
  // A second verb behind the name would be read by the upstream, and by nobody here.
  const plain = suffix.startsWith(":") ? /^(?!\.{1,2}$)[\w.@-]{1,200}$/ : /^(?!\.{1,2}$)[\w.:@-]{1,200}$/;
  return pieces.every((piece) => plain.test(piece)) ? [name, value] : undefined;
};

/** The values of a pattern's holes in a path; undefined where it does not fit. */
const readPath = (pattern: string, path: string): ReadonlyMap<string, string> | undefined => {
  if (!pattern.includes("{")) return pattern === path ? NO_VALUES : undefined;
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return undefined;
  const values = new Map<string, string>();
  for (const [index, part] of wanted.entries()) {
    if (part === parts[index]) continue;
    const found = filled(part, parts[index] ?? "");
    if (found === undefined) return undefined;
    values.set(...found);
  }
  return values;
};

/** What a request's path names in a hole of its pattern; empty where there is none. */
export const valueInPath = ({ path: pattern }: Endpoint, path: string, name: string): string =>
  pattern.includes(`{${name}`) ? (readPath(pattern, path)?.get(name) ?? "") : "";

/** The model that a request's path names; empty where it names none. */
export const modelInPath = (endpoint: Endpoint, path: string): string => valueInPath(endpoint, path, "model");

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
