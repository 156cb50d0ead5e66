import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Configuration, type Diagnostic, type RouteConfiguration, type SourceConfiguration } from "@parapet/model";
import { loadYaml, resolveSecret } from "#platform";
import { StartRefused } from "./running.ts";

const DEFAULT_FILE = "parapet.yaml";

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Absolute; undefined when the defaults run without a file. */
  readonly file: string | undefined;
  /** Folder against which relative paths of the file are read. */
  readonly base: string;
}

export type ConfigurationResult =
  | ({ readonly ok: true } & LoadedConfiguration)
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export interface Overrides {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly port?: number | undefined;
}

/** The file named, else `parapet.yaml` in the working directory or beside the product; options win over the file. */
export const loadConfiguration = (overrides: Overrides, places: readonly string[]): ConfigurationResult => {
  const named = overrides.config;
  const file =
    named === undefined
      ? places.map((place) => resolve(place, DEFAULT_FILE)).find((path) => existsSync(path))
      : resolve(named);
  if (file !== undefined && !existsSync(file)) {
    return {
      ok: false,
      diagnostics: [
        { level: "error", file, message: "there is no such file", fix: "name an existing file with --config" },
      ],
    };
  }
  const loaded = loadYaml(file === undefined ? "{}" : readFileSync(file, "utf8"), file ?? "(defaults)", Configuration);
  if (!loaded.ok) return loaded;
  const { value } = loaded;
  const problems = [
    ...checkRoutes(value.routes, file ?? "(defaults)"),
    ...checkSources(value.sources, file ?? "(defaults)"),
    ...checkServers(value, file ?? "(defaults)"),
    ...checkGuards(value, file ?? "(defaults)"),
  ];
  if (problems.length > 0) return { ok: false, diagnostics: problems };
  const base = file === undefined ? (places[0] ?? ".") : dirname(file);
  const configuration: Configuration = {
    ...value,
    data: overrides.data === undefined ? resolve(base, value.data) : resolve(overrides.data),
    listen: { ...value.listen, ...(overrides.port !== undefined && { port: overrides.port }) },
  };
  return { ok: true, configuration, file, base };
};

const twice = (values: readonly string[]): readonly string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];

const checkRoutes = (routes: readonly RouteConfiguration[], file: string): Diagnostic[] => [
  ...checkNames(routes, file),
  ...routes.flatMap((route): Diagnostic[] => {
    if (route.divert_to === undefined) return [];
    const target = routes.find(({ id }) => id === route.divert_to);
    const problem = diversionProblem(route, target);
    if (problem === undefined) return [];
    const message = `route "${route.id}" diverts to "${route.divert_to}", ${problem}`;
    const fix = `name another route with protocol ${route.protocol} and a credential of its own, or leave divert_to out: a person decides then`;
    return [{ level: "error", file, message, fix }];
  }),
];

const diversionProblem = (route: RouteConfiguration, target: RouteConfiguration | undefined): string | undefined => {
  if (target === undefined) return "which does not exist";
  if (target.id === route.id) return "which is the same route";
  if (target.protocol !== route.protocol) return `which speaks ${target.protocol}`;
  if (target.credential === "caller" && target.upstream !== route.upstream)
    return "which would hand the caller's credential to another upstream";
  return undefined;
};

const checkNames = (routes: readonly RouteConfiguration[], file: string): Diagnostic[] =>
  (["id", "path"] as const).flatMap((what) =>
    twice(routes.map((route) => route[what])).map((value): Diagnostic => ({
      level: "error",
      file,
      message: `two routes have the ${what} "${value}"`,
      fix: `give each route its own ${what}`,
    })),
  );

const checkSources = (sources: readonly SourceConfiguration[], file: string): Diagnostic[] =>
  twice(sources.map(({ id }) => id)).map((id) => ({
    level: "error",
    file,
    message: `two sources have the id "${id}"`,
    fix: "give each source its own id",
  }));

const checkServers = ({ routes, mcp }: Configuration, file: string): Diagnostic[] => {
  const own = routes.filter(
    ({ protocol, upstream }) => protocol === "a2a" || (protocol === "mcp" && upstream !== undefined),
  );
  const ids = [...mcp.servers.map(({ id }) => id), ...own.map(({ id }) => id)];
  const repeated = twice(ids).map((id): Diagnostic => ({
    level: "error",
    file,
    message: `two MCP servers or agents have the id "${id}"`,
    fix: "give each its own id; what is at a route's upstream has the route's",
  }));
  const unknown = routes.flatMap(({ id, servers = [] }) =>
    servers
      .filter((server) => !mcp.servers.some((one) => one.id === server))
      .map((server): Diagnostic => ({
        level: "error",
        file,
        message: `the route "${id}" names the MCP server "${server}", which does not exist`,
        fix: "name one of mcp.servers",
      })),
  );
  return [...repeated, ...unknown];
};

/** Guards that nobody could ask, and services that have none to ask. */
const checkGuards = ({ routes, guards: { grpc }, listen }: Configuration, file: string): Diagnostic[] => {
  const error = (message: string, fix: string): Diagnostic => ({ level: "error", file, message, fix });
  if (grpc === undefined)
    return routes
      .filter(({ guard }) => guard === "ext-proc")
      .map(({ id }) =>
        error(
          `the route "${id}" has \`guard: ext-proc\`, and nothing listens for Envoy's gRPC services`,
          "set guards.grpc with a port",
        ),
      );
  return [
    ...(routes.some(({ guard }) => guard !== undefined)
      ? []
      : [
          error(
            "guards.grpc listens, and no route has a guard",
            "give a route `guard: ext-proc` or `guard: ext-authz`",
          ),
        ]),
    ...(grpc.port !== 0 && grpc.port === listen.port && grpc.host === listen.host
      ? [error(`guards.grpc and listen have the same port ${grpc.port}`, "give guards.grpc a port of its own")]
      : []),
  ];
};

/** A secret that a section of the configuration cannot do without. */
export const requireSecret = (reference: string, env: NodeJS.ProcessEnv, where: string): string => {
  const resolved = resolveSecret(reference, env, (path) => readFileSync(path, "utf8"));
  if (!resolved.ok) throw new StartRefused(`${where}: ${resolved.message}`);
  return resolved.value;
};

/** What `/metrics` asks for; undefined when it asks for nothing. */
export const metricsCredential = ({ metrics }: Configuration, env: NodeJS.ProcessEnv): CredentialResult =>
  metrics.credential === undefined
    ? { ok: true, value: undefined }
    : resolveSecret(metrics.credential, env, (path) => readFileSync(path, "utf8"));

export type CredentialResult =
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly message: string };

const CREDENTIAL_MS = 5_000;

/** What has a credential of its own: a route, or an MCP server. */
export type Credentialed = Pick<RouteConfiguration, "id" | "credential">;

/** Reads a route's credential at most every few seconds, so that a rotated file is seen and none is read per request. */
export const cachedCredentials = (resolve: (route: Credentialed) => string | undefined, now: () => number) => {
  const known = new Map<string, { readonly value: string | undefined; readonly untilMs: number }>();
  return (route: Credentialed): string | undefined => {
    const entry = known.get(route.id);
    if (entry !== undefined && entry.untilMs > now()) return entry.value;
    const value = resolve(route);
    known.set(route.id, { value, untilMs: now() + CREDENTIAL_MS });
    return value;
  };
};

/** A route's upstream credential; `stored` looks up what the API keeps sealed. */
export const resolveCredential = (
  route: Pick<Credentialed, "credential">,
  env: NodeJS.ProcessEnv,
  stored: (name: string) => string | undefined,
): CredentialResult => {
  const reference = route.credential;
  if (reference === undefined || reference === "caller") return { ok: true, value: reference };
  if (reference.startsWith("stored:")) {
    const value = stored(reference.slice("stored:".length));
    if (value !== undefined) return { ok: true, value };
    return {
      ok: false,
      message: `nothing is stored under "${reference.slice("stored:".length)}"; put it in the console's settings`,
    };
  }
  return resolveSecret(reference, env, (path) => readFileSync(path, "utf8"));
};
