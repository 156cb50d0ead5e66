import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DEFAULT_TENANT,
  type Configuration,
  type Mode,
  type RouteConfiguration,
  type SpoolRecord,
  type ToolDeclaration,
} from "@parapet/model";
import { createRateLimits, type Keyring } from "#access";
import { DETECTORS, type Inspector } from "#detectors";
import {
  createExaminationPool,
  createGateway,
  createKeptObjects,
  createRouteTable,
  lanePath,
  type Gateway,
  type GatewayMetrics,
  type ProbeLaneOptions,
  type RouteTable,
  type SelfTestLaneOptions,
} from "#gateway";
import {
  auditRecord,
  createAgentSessions,
  createCallCounters,
  createCountedKnowledge,
  createContentHash,
  createInspectionMemory,
  createMaskVault,
  type CallKnowledge,
  createSessionRisk,
  type ApprovalTools,
  type InspectionTools,
  type OpinionTools,
  type Recorder,
  type RoadTools,
} from "#pipeline";
import { createPeers } from "#a2a";
import { createMcpGateway, serversOf, type McpGateway, type McpGatewayOptions } from "#mcp";
import { createApplicationPins, type PinBook } from "#pins";
import { Fault, resolveSecret, systemClock, type Logger, type Metrics } from "#platform";
import type { PolicySet } from "#policy";
import { openSqliteSharedState, type Spool } from "#storage";
import type { AgentsInForce } from "./agent-content.ts";
import { startRecorder } from "./catch-up.ts";
import type { DataDirectory } from "./data-directory.ts";
import { configuredDetectors, detectorSettings } from "./detector-settings.ts";
import { createHostCheck } from "./host-check.ts";
import type { Credentialed } from "./load-configuration.ts";
import { StartRefused } from "./running.ts";

const LATENCY_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

export interface GatewayRoleOptions {
  readonly configuration: Configuration;
  readonly directory: DataDirectory;
  readonly spool: Spool;
  readonly policies: () => PolicySet;
  readonly mode: (route: RouteConfiguration) => Mode;
  readonly credential: (of: Credentialed) => string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Definitions of tools that are in force, and those that wait for approval. */
  readonly pins: PinBook;
  readonly keyring: () => Keyring;
  /** What agents may do, as it is in force. */
  readonly agents: () => AgentsInForce;
  /** Secrets stored through the API, in clear, in memory only. */
  readonly storedSecrets: () => readonly string[];
  /** Who is asked about doubtful requests. */
  readonly secondOpinion?: OpinionTools | undefined;
  /** Who is asked about what policies hold; left out: it stays stopped. */
  readonly approvals?: ApprovalTools | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Lanes of the self-test, and who reads the records that it makes. */
  readonly selfTest?: {
    readonly lanes: readonly SelfTestLaneOptions[];
    readonly observe: (record: SpoolRecord) => void;
  };
  /** Lanes of the probes. */
  readonly probes?: readonly ProbeLaneOptions[];
}

export interface GatewayRole {
  readonly gateway: Gateway;
  /** Routes of `protocol: mcp`. */
  readonly mcp: McpGateway;
  readonly recorder: Recorder;
  /** All detectors, for loose texts. */
  readonly inspector: Inspector;
  /** After the gateway's own end: writes what still waits. */
  readonly stop: () => Promise<void>;
}

/** The parts of a gateway put together: detectors, memory, policies, recorder, routes. */
export const createGatewayRole = (options: GatewayRoleOptions): GatewayRole => {
  const { configuration, directory, spool, metrics, logger, secondOpinion } = options;
  const inspection = createInspections(configuration, directory.keys.content);
  const { node } = directory;
  const { recorder, stop } = startRecorder(spool, node);
  const boot = randomUUID();
  const masks = createMaskVault(directory.keys.masks, systemClock);
  const shared = openSqliteSharedState(directory.sharedState, directory.keys.content);
  // Read at each call, so that what a person confirms holds for sessions that go on, too.
  const declared = {
    tools: [...configuration.tools, ...peerTools(configuration)],
    get agents() {
      return options.agents().agents;
    },
  };
  const agents = createAgentSessions({ content: () => declared, shared });
  const counters = createCallCounters({
    get limits() {
      return options.agents().limits;
    },
    get agents() {
      return options.agents().agents;
    },
    breaker: configuration.breaker,
    shared,
    hashKey: directory.keys.content,
    clock: systemClock,
  });
  const road: RoadTools = {
    inspection: inspectionWithLanes(inspection.of, options.selfTest?.lanes ?? []),
    ...(secondOpinion !== undefined && {
      secondOpinion: (route: RouteConfiguration) => (route.second_opinion ? secondOpinion : undefined),
    }),
    policies: options.policies,
    recorder: watched(recorder, options.selfTest?.observe),
    sessions: createSessionRisk(),
    masks,
    agents: {
      sessions: agents,
      knowledge: withPins(createCountedKnowledge(counters), options),
    },
    approvals: options.approvals,
    clock: systemClock,
  };
  const limits = createRateLimits(shared);
  const secrets = registeredSecrets(options);
  const workers = { settings: detectorSettings(configuration), contentKey: directory.keys.content };
  const pool = createExaminationPool(workers, logger);
  const gateway = createGateway({
    table: openRoutes(options),
    road,
    keyring: options.keyring,
    limits,
    kept: createKeptObjects(shared),
    bounds: configuration.limits,
    metrics: gatewayMetrics(metrics, {
      inspection: inspection.memoryBytes,
      masks: masks.bytes,
      sessions: agents.bytes,
    }),
    pool,
    logger,
    node,
    boot,
    canaryKey: directory.keys.canary,
    registeredSecrets: secrets,
  });
  const mcp = openMcp(options, { road, limits, node, boot, pool, registeredSecrets: secrets });
  metrics.gauge("parapet_in_flight_bytes", "Bytes of bodies that exchanges in flight hold").read(gateway.bytesInFlight);
  metrics
    .gauge("parapet_upload_bytes", "Bytes of uploads in parts that are kept until they are completed")
    .read(gateway.uploadBytes);
  const stopAll = async (): Promise<void> => {
    await mcp.close();
    await stop();
    await secondOpinion?.opinion.close();
    await shared.close();
  };
  // Lets the monitor close what an earlier start of this gateway left open.
  const started = { tenant: DEFAULT_TENANT, type: "gateway.started", actor: "system", target: node } as const;
  recorder.note(auditRecord({ ...started, outcome: "success", detail: { boot } }, systemClock.now()));
  return { gateway, mcp, recorder, inspector: inspection.everything.inspector, stop: stopAll };
};

/** Shorter values would be found by accident. */
const REGISTERED_UNITS_MIN = 12;

/** What must never appear in an answer, in any encoding: this installation's own upstream credentials. One list as long as none changes. */
const registeredSecrets = ({
  configuration,
  credential,
  storedSecrets,
}: GatewayRoleOptions): (() => readonly string[]) => {
  const owners = [...configuration.routes, ...serversOf(configuration)];
  let all: readonly (string | undefined)[] = [];
  let list: readonly string[] = [];
  return () => {
    const now = [...owners.map(credential), ...storedSecrets()];
    if (now.length === all.length && now.every((value, index) => value === all[index])) return list;
    all = now;
    const registered = all.flatMap((value) => (value === undefined || value === "caller" ? [] : [value]));
    list = [...new Set(registered)].filter((value) => value.length >= REGISTERED_UNITS_MIN);
    return list;
  };
};

/** A lane has its route's detectors and no memory: a run must look at each text again. */
const inspectionWithLanes = (
  of: RoadTools["inspection"],
  lanes: readonly SelfTestLaneOptions[],
): RoadTools["inspection"] => {
  if (lanes.length === 0) return of;
  const tools = new Map(
    lanes.map(({ route }) => [lanePath(route.id), { ...of(route), memory: createInspectionMemory(0) }] as const),
  );
  return (route) => tools.get(route.path) ?? of(route);
};

const watched = (recorder: Recorder, observe: ((record: SpoolRecord) => void) | undefined): Recorder =>
  observe === undefined
    ? recorder
    : {
        record: (record, evidence) => {
          observe(record);
          return recorder.record(record, evidence);
        },
        note: (record) => {
          observe(record);
          recorder.note(record);
        },
      };

/** A server's tools are known by their pins, those of applications by the definitions that their requests bring. */
const withPins = (knowledge: CallKnowledge, { pins, configuration }: GatewayRoleOptions): CallKnowledge => {
  const ofApplications = createApplicationPins(pins);
  const watch = new Map(configuration.routes.map(({ id, tool_definitions: how }) => [id, how]));
  return {
    ...knowledge,
    asked: (request) => {
      knowledge.asked(request);
      const how = watch.get(request.route) ?? "off";
      if (how !== "off") ofApplications.offered({ ...request, holds: how === "pin" });
    },
    of: async (call) => {
      const known = await knowledge.of(call);
      const pin = call.server === "" ? ofApplications.stateOf(call.definition) : pins.stateOf(call.server, call.name);
      return { ...known, pin };
    },
  };
};

/** Whatever is asked of another agent tells it something, and outsiders may have written what it answers. */
const peerTools = ({ routes }: Configuration): readonly ToolDeclaration[] =>
  routes
    .filter(({ protocol }) => protocol === "a2a")
    .map(({ id }) => ({ name: "*", server: id, effects: ["communicate"] }));

/** MCP servers with their credentials and environments, which are read when they are needed. */
const openMcp = (
  options: GatewayRoleOptions,
  shared: Pick<McpGatewayOptions, "road" | "limits" | "node" | "boot" | "pool" | "registeredSecrets">,
): McpGateway => {
  const { configuration, directory, metrics, logger, env, keyring, mode, credential, pins } = options;
  const duration = metrics.histogram(
    "parapet_mcp_message_duration_ms",
    "MCP messages of clients, milliseconds",
    LATENCY_BUCKETS,
  );
  const mcp = createMcpGateway({
    ...shared,
    configuration,
    keyring,
    mode,
    logger,
    clock: systemClock,
    credential,
    environment: ({ id, environment }) =>
      Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, variable(value, env, `${id}: ${name}`)]),
      ),
    directoryOf: ({ id }) => {
      const own = join(directory.root, "mcp", id);
      mkdirSync(own, { recursive: true, mode: 0o700 });
      return own;
    },
    acceptsHost: createHostCheck(configuration),
    pins,
    metrics: { message: (route, method, ms) => duration.observe({ route, method }, ms) },
  });
  metrics.gauge("parapet_mcp_sessions", "MCP sessions of clients").read(mcp.sessions);
  const perServer = (read: (one: ReturnType<McpGateway["health"]>[number]) => number) => () =>
    mcp.health().map((one) => [{ server: one.server }, read(one)] as const);
  metrics
    .gauge("parapet_mcp_server_links", "Conversations with each MCP server")
    .readEach(perServer(({ links }) => links));
  metrics
    .gauge("parapet_mcp_server_failures", "Failures of each MCP server since it last answered")
    .readEach(perServer(({ failures }) => failures));
  return mcp;
};

const REFERENCE = /^(?:\$\{\w+\}|file:.+)$/s;

/** A variable of a server's process: a text as it stands, or a secret by reference. */
const variable = (value: string, env: NodeJS.ProcessEnv, where: string): string => {
  if (!REFERENCE.test(value)) return value;
  const resolved = resolveSecret(value, env, (path) => readFileSync(path, "utf8"));
  if (!resolved.ok) throw new Fault("upstream_unreachable", { detail: `mcp.servers: ${where}: ${resolved.message}` });
  return resolved.value;
};

const openRoutes = (options: GatewayRoleOptions): RouteTable => {
  const { configuration, mode, credential, selfTest, probes = [], pins, logger, metrics } = options;
  const cards = metrics.counter("parapet_agent_cards_total", "Readings of A2A agents' cards by what they showed");
  const onCard = (route: string, outcome: string): void => cards.add({ route, outcome });
  const peer = createPeers({ mode, credential, pins, clock: systemClock, logger, onCard });
  try {
    const routes = configuration.routes.filter(({ protocol }) => protocol !== "mcp");
    return createRouteTable(routes, { mode, credential, peer, lanes: selfTest?.lanes ?? [], probes });
  } catch (error) {
    // An upstream that the egress rules forbid is a mistake in the configuration, told before anything listens.
    throw error instanceof Fault ? new StartRefused(error.detail) : error;
  }
};

/** Detectors and memory per route: routes that name no detectors of their own share one set. */
const createInspections = (configuration: Configuration, contentKey: Buffer) => {
  const hash = createContentHash(contentKey);
  const everything: InspectionTools = {
    inspector: configuredDetectors(configuration),
    memory: createInspectionMemory(configuration.limits.memoryBytes),
    hash,
  };
  const own = new Map(
    configuration.routes.flatMap(({ id, detectors }): [string, InspectionTools][] => {
      if (detectors === undefined) return [];
      const unknown = detectors.find((name) => !DETECTORS.some((detector) => detector.id === name));
      if (unknown !== undefined)
        throw new StartRefused(`route ${id} names a detector "${unknown}" that does not exist`);
      const chosen = DETECTORS.filter((detector) => detectors.includes(detector.id));
      return [
        [
          id,
          {
            inspector: configuredDetectors(configuration, chosen),
            memory: createInspectionMemory(configuration.limits.memoryBytes),
            hash,
          },
        ],
      ];
    }),
  );
  return {
    everything,
    of: (route: RouteConfiguration): InspectionTools => own.get(route.id) ?? everything,
    memoryBytes: (): number => [everything, ...own.values()].reduce((sum, { memory }) => sum + memory.bytes(), 0),
  };
};

const gatewayMetrics = (
  metrics: Metrics,
  memory: Readonly<Record<"inspection" | "masks" | "sessions", () => number>>,
): GatewayMetrics => {
  const exchanges = metrics.counter("parapet_exchanges_total", "Exchanges by route and verdict");
  const latency = metrics.histogram("parapet_exchange_duration_ms", "Whole exchange, milliseconds", LATENCY_BUCKETS);
  const faults = metrics.counter("parapet_faults_total", "Refusals and failures by code");
  metrics.gauge("parapet_inspection_memory_bytes", "Bytes of remembered inspections").read(memory.inspection);
  metrics.gauge("parapet_mask_memory_bytes", "Bytes of values remembered behind tokens").read(memory.masks);
  metrics
    .gauge("parapet_session_memory_bytes", "Bytes of what agents' sessions hold, for the origins of arguments")
    .read(memory.sessions);
  const toolCalls = metrics.counter("parapet_tool_calls_total", "Tool calls by gravest effect and decision");
  const masked = metrics.counter("parapet_masked_values_total", "Values that upstreams saw as tokens, by route");
  const restored = metrics.counter("parapet_unmasked_values_total", "Values put back in responses, by route");
  const refusals = metrics.counter("parapet_refusals_total", "Answers in which the model declined, by route");
  return {
    exchange: (route, verdict, ms) => {
      exchanges.add({ route, verdict });
      latency.observe({ route }, ms);
    },
    masking: (route, counts) => {
      if (counts.masked > 0) masked.add({ route }, counts.masked);
      if (counts.restored > 0) restored.add({ route }, counts.restored);
    },
    toolCall: (effect, decision) => toolCalls.add({ effect, decision }),
    refusal: (route) => refusals.add({ route }),
    fault: (code) => faults.add({ code }),
  };
};
