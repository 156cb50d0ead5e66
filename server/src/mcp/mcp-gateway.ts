import type { IncomingMessage, ServerResponse } from "node:http";
import type { AgentDeclaration, Configuration, McpServerConfiguration, Mode, RouteConfiguration } from "@parapet/model";
import type { Keyring, RateLimits } from "#access";
import { addressOf, createHttpUpstream, createRefusalLog, type ExaminationPool } from "#gateway";
import { auditRecord, type RoadTools } from "#pipeline";
import type { Clock, Fault, Logger } from "#platform";
import { mcp } from "#protocols";
import { DEFAULT_TENANT } from "@parapet/model";
import { createCallers } from "./caller.ts";
import { createConversation } from "./conversation.ts";
import { createDoor } from "./door.ts";
import type { McpEndpoint } from "./endpoint.ts";
import { createLegacy, type Visit } from "./legacy.ts";
import { openHttpLink } from "./links/http-link.ts";
import type { LinkBounds, OpenLink } from "./links/link.ts";
import { createLinkPool, type PooledServer, type ServerHealth } from "./links/pool.ts";
import { environmentOf, type StdioServer } from "./links/spawn-server.ts";
import { openStdioLink } from "./links/stdio-link.ts";
import type { ListTools } from "./lists.ts";
import { createModern } from "./modern.ts";
import { createRecheck } from "./recheck.ts";
import { createRelay } from "./relay.ts";
import { createSessions } from "./sessions.ts";
import { createTokenDoor, type TokenDoor } from "./token-door.ts";
import { mayUse } from "./tool-scope.ts";

export interface McpGatewayOptions {
  readonly configuration: Configuration;
  readonly road: RoadTools;
  readonly node: string;
  readonly boot: string;
  readonly keyring: () => Keyring;
  readonly limits: RateLimits;
  readonly mode: (route: RouteConfiguration) => Mode;
  /** Bearer token for a server over HTTP; undefined: none. */
  readonly credential: (server: McpServerConfiguration) => string | undefined;
  /** What a process gets beside what every process gets. */
  readonly environment: (server: McpServerConfiguration) => Readonly<Record<string, string>>;
  /** Working directory of a process that names none. */
  readonly directoryOf: (server: McpServerConfiguration) => string;
  readonly registeredSecrets: () => readonly string[];
  readonly pool: ExaminationPool;
  readonly acceptsHost: (host: string | undefined) => boolean;
  readonly pins: ListTools["pins"];
  readonly metrics: McpMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface McpMetrics {
  readonly message: (route: string, method: string, ms: number) => void;
}

export interface McpGateway {
  readonly owns: (url: string) => boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly inFlight: () => number;
  readonly sessions: () => number;
  readonly health: () => readonly ServerHealth[];
  /** Tells clients that the tools they may use have changed. */
  readonly toolsChanged: () => void;
  readonly close: () => Promise<void>;
}

/** The servers behind a route: those that it names, or the one at its upstream, which has the route's id. */
export const serversOf = (configuration: Configuration): readonly McpServerConfiguration[] => [
  ...configuration.mcp.servers,
  ...configuration.routes.flatMap((route): McpServerConfiguration[] => {
    if (route.protocol !== "mcp" || route.upstream === undefined) return [];
    return [
      {
        id: route.id,
        url: route.upstream,
        ...(route.credential !== undefined && { credential: route.credential }),
        allow_private: route.allow_private_upstream,
        environment: {},
        limits: NO_LIMITS,
        trust_annotations: false,
        forward_identity: false,
      },
    ];
  }),
];

const NO_LIMITS: McpServerConfiguration["limits"] = {
  memoryBytes: 0,
  openFiles: 0,
  processesMax: 10_000,
  idleSeconds: 600,
  startMs: 30_000,
};

/** The MCP routes of a configuration put together: endpoints, servers, sessions. */
export const createMcpGateway = (options: McpGatewayOptions): McpGateway => {
  const { configuration, logger, clock, road } = options;
  const { limits, mcp: settings } = configuration;
  const routes = configuration.routes.filter(({ protocol }) => protocol === "mcp");
  const agents = new Map<string, AgentDeclaration>(configuration.agents.map((agent) => [agent.id, agent]));
  const withheld = new Set<string>();
  const refusals = createRefusalLog();
  const closers: (() => Promise<void>)[] = [];

  const used = new Set(routes.flatMap((route) => route.servers ?? [route.id]));
  const pool = createLinkPool(
    serversOf(configuration)
      .filter(({ id }) => used.has(id))
      .map((server) => pooled(server, options, closers)),
    clock,
    logger,
  );
  const trusted = new Set(settings.servers.filter((one) => one.trust_annotations).map(({ id }) => id));
  const told = new Set(settings.servers.filter((one) => one.forward_identity).map(({ id }) => id));
  const recheck = createRecheck(logger);
  const relay = createRelay({ ...options, depthMax: limits.depthMax });
  const doors = new Map<string, TokenDoor>(
    routes.flatMap(({ id, authorization }) =>
      authorization === undefined ? [] : [[id, createTokenDoor(authorization, clock)]],
    ),
  );
  const endpoints = routes
    .map((route): McpEndpoint => {
      const servers = route.servers ?? [route.id];
      const namespace = mcp.createNamespace(servers);
      const tools = {
        servers,
        namespace,
        pool,
        relay,
        logger,
        withheld,
        recheck,
        pins: options.pins,
        trusts: (server: string) => trusted.has(server),
        tells: (server: string) => told.has(server),
        addressOf: (approval: { readonly id: string }) => road.approvals?.gate.addressOf(approval) ?? "",
        policyVersion: () => road.policies().version,
        mayUse: (caller: Parameters<ListTools["mayUse"]>[0], server: string, tool: string) =>
          mayUse(caller.agent === undefined ? undefined : agents.get(caller.agent), server, tool),
      };
      return {
        route,
        mode: () => options.mode(route),
        servers,
        namespace,
        door: doors.get(route.id),
        converse: (conversation) => createConversation(tools, conversation),
      };
    })
    .sort((a, b) => b.route.path.length - a.route.path.length);
  const sessions = createSessions({
    sessionsMax: settings.sessionsMax,
    idleMs: settings.sessionIdleSeconds * 1_000,
    answerMs: Math.max(1_000, ...routes.map(({ timeouts }) => timeouts.wholeMs)),
    clock,
  });
  const legacy = createLegacy(sessions, logger);
  const modern = createModern({ clock, logger, idleMs: settings.sessionIdleSeconds * 1_000 });
  const callers = createCallers({ ...options, doorOf: ({ id }) => doors.get(id) });

  const noteRefusal = (fault: Fault, { endpoint, request, id }: Pick<Visit, "endpoint" | "request" | "id">): void => {
    const nowMs = clock.now();
    const route = endpoint.route.id;
    const suppressed = refusals.admit(`${addressOf(request)} ${route} ${fault.code}`, nowMs);
    if (suppressed === undefined) return;
    const detail = {
      exchange: id,
      code: fault.code,
      status: fault.status,
      reason: fault.detail,
      ...(suppressed > 0 && { suppressed }),
    };
    road.recorder.note(
      auditRecord(
        {
          tenant: DEFAULT_TENANT,
          type: "exchange.refused",
          actor: "anonymous",
          address: addressOf(request),
          target: route,
          outcome: "failure",
          detail,
        },
        nowMs,
      ),
    );
  };
  const door = createDoor({
    endpoints,
    admit: (request, { route }) => callers(request, route),
    legacy,
    modern,
    bounds: limits,
    acceptsHost: options.acceptsHost,
    noteRefusal,
    measure: options.metrics.message,
    logger,
    clock,
  });

  return {
    ...door,
    sessions: sessions.count,
    health: pool.health,
    toolsChanged: () => {
      modern.changed(TOOLS_CHANGED);
      sessions.tell(TOOLS_CHANGED);
    },
    close: async () => {
      await modern.close();
      await sessions.close();
      await pool.close();
      await Promise.all([...closers, ...[...doors.values()].map(({ close }) => close)].map((close) => close()));
    },
  };
};

const TOOLS_CHANGED = "notifications/tools/list_changed";
const NO_TIMEOUTS = { connectMs: 5_000, headersMs: 120_000, idleMs: 300_000, wholeMs: 0, readerMs: 0 };

const isStdio = (server: McpServerConfiguration): server is StdioServer => server.command !== undefined;

/** How conversations with a server are opened, over its process or its endpoint. */
const pooled = (
  server: McpServerConfiguration,
  options: McpGatewayOptions,
  closers: (() => Promise<void>)[],
): PooledServer => {
  const { configuration, logger } = options;
  const route = configuration.routes.find(({ id, protocol }) => protocol === "mcp" && id === server.id);
  const bounds: LinkBounds = {
    messageBytesMax: configuration.limits.responseBytesMax,
    depthMax: configuration.limits.depthMax,
    answerMs: route?.timeouts.wholeMs ?? ANSWER_MS,
  };
  const { id, limits } = server;
  const common = { id, linksMax: limits.processesMax, idleMs: limits.idleSeconds * 1_000 };
  if (isStdio(server)) {
    const environment = (): Record<string, string> => environmentOf(options.environment(server), process.env);
    const directory = server.directory ?? options.directoryOf(server);
    const tools = { server, environment, directory, bounds, logger, era: { known: undefined } };
    const open: OpenLink = (link) => openStdioLink(tools, link);
    return { ...common, isOne: false, open };
  }
  const url = new URL(server.url ?? "");
  const upstream = createHttpUpstream({
    upstream: url.origin + url.pathname,
    allow_private_upstream: server.allow_private,
    timeouts: route?.timeouts ?? NO_TIMEOUTS,
  });
  closers.push(upstream.close);
  const tools = {
    server: id,
    path: (url.pathname === "/" ? "/" : "") + url.search,
    upstream,
    credential: () => options.credential(server),
    bounds,
    era: { known: undefined },
  };
  return { ...common, isOne: true, linksMax: LINKS_MAX, open: (link) => openHttpLink(tools, link) };
};

/** Longest wait for the result of a call where no route says how long. */
const ANSWER_MS = 1_800_000;
const LINKS_MAX = 10_000;
