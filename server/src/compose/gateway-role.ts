import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { DEFAULT_TENANT, EventId, type Configuration, type Mode, type RouteConfiguration } from "@parapet/model";
import { createKeyring, createRateLimits, type Keyring } from "#access";
import { createInspector, DETECTORS, type Inspector } from "#detectors";
import { createGateway, createRouteTable, type Gateway, type GatewayMetrics } from "#gateway";
import {
  createContentHash,
  createInspectionMemory,
  createRecorder,
  createSessionRisk,
  type InspectionTools,
  type Recorder,
} from "#pipeline";
import { createMetrics, systemClock, toTimestamp, uuidv7, type Logger, type Metrics } from "#platform";
import type { PolicySet } from "#policy";
import { openMemorySharedState, type Spool } from "#storage";
import type { DataDirectory } from "./data-directory.ts";

const LATENCY_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

export interface GatewayRoleOptions {
  readonly configuration: Configuration;
  readonly directory: DataDirectory;
  readonly spool: Spool;
  readonly policies: () => PolicySet;
  readonly mode: (route: RouteConfiguration) => Mode;
  readonly credential: (route: RouteConfiguration) => string | undefined;
  readonly keyring: () => Keyring;
  readonly logger: Logger;
}

export interface GatewayRole {
  readonly gateway: Gateway;
  readonly recorder: Recorder;
  readonly inspection: InspectionTools;
  readonly metrics: Metrics;
  readonly node: string;
}

/** The parts of a gateway put together: detectors, memory, policies, recorder, routes. */
export const createGatewayRole = (options: GatewayRoleOptions): GatewayRole => {
  const { configuration, directory, spool, logger } = options;
  const inspection: InspectionTools = {
    inspector: configuredInspector(configuration),
    memory: createInspectionMemory(configuration.limits.memoryBytes),
    hash: createContentHash(directory.keys.content),
  };
  const metrics = createMetrics();
  const recorder = createRecorder(spool);
  const node = hostname();
  const boot = randomUUID();
  const gateway = createGateway({
    table: createRouteTable(configuration.routes, { mode: options.mode, credential: options.credential }),
    road: {
      inspection: () => inspection,
      policies: options.policies,
      recorder,
      sessions: createSessionRisk(),
      clock: systemClock,
    },
    keyring: options.keyring,
    limits: createRateLimits(openMemorySharedState()),
    bounds: configuration.limits,
    metrics: gatewayMetrics(metrics, spool, inspection),
    logger,
    node,
    boot,
    canaryKey: directory.keys.canary,
    registeredSecrets: () => [],
  });
  // Lets the monitor close what an earlier start of this gateway left open.
  const nowMs = systemClock.now();
  recorder.note({
    kind: "audit",
    schemaVersion: 1,
    id: EventId.parse(uuidv7(nowMs)),
    time: toTimestamp(nowMs),
    tenant: DEFAULT_TENANT,
    type: "gateway.started",
    actor: "system",
    target: node,
    outcome: "success",
    detail: { boot },
  });
  return { gateway, recorder, inspection, metrics, node };
};

/** Detectors with the configuration's settings; throws an error that names the detector. */
export const configuredInspector = (configuration: Pick<Configuration, "detectors">): Inspector =>
  createInspector(DETECTORS, configuration.detectors);

export const anonymousKeyring = (pepper: Buffer): Keyring => createKeyring([], pepper);

const gatewayMetrics = (metrics: Metrics, spool: Spool, inspection: InspectionTools): GatewayMetrics => {
  const exchanges = metrics.counter("parapet_exchanges_total", "Exchanges by route and verdict");
  const latency = metrics.histogram("parapet_exchange_duration_ms", "Whole exchange, milliseconds", LATENCY_BUCKETS);
  const faults = metrics.counter("parapet_faults_total", "Refusals and failures by code");
  metrics.gauge("parapet_spool_bytes", "Bytes in the spool").read(() => spool.status().bytes);
  metrics.gauge("parapet_spool_pending", "Records not yet drained").read(() => spool.status().pending);
  metrics.gauge("parapet_evidence_lost_total", "Records of best-effort routes that could not be written").read(() => spool.status().lost);
  metrics.gauge("parapet_inspection_memory_bytes", "Bytes of remembered inspections").read(() => inspection.memory.bytes());
  return {
    exchange: (route, verdict, ms) => {
      exchanges.add({ route, verdict });
      latency.observe({ route }, ms);
    },
    fault: (code) => faults.add({ code }),
  };
};
