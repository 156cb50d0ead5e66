import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mode } from "@parapet/model";
import { createKeyring, type Keyring } from "#access";
import { createRemoteGate, createUsualCalls } from "#approvals";
import type { EnvoyDoor } from "#envoy";
import { GatewayState } from "#ingest";
import { fileStore } from "#pins";
import { createMetrics, open, systemClock } from "#platform";
import { createAgentContent } from "./agent-content.ts";
import { openDataDirectory } from "./data-directory.ts";
import { checkEnvoyServices, openEnvoyServices } from "./envoy-services.ts";
import { createGatewayRole } from "./gateway-role.ts";
import { openSecondOpinion } from "./second-opinion.ts";
import { createHostCheck, isLoopbackHost } from "./host-check.ts";
import { closeServer, createListener, listen, urlOf } from "./listener.ts";
import { openContent } from "./live-content.ts";
import { cachedCredentials, requireSecret, resolveCredential } from "./load-configuration.ts";
import { openPins } from "./tool-pins.ts";
import { createMetricsDoor } from "./metrics-door.ts";
import { createShipping } from "./ship.ts";
import { measureSpool } from "./spool-metrics.ts";
import { rehearse } from "./rehearse.ts";
import { StartRefused, type Running, type UpOptions } from "./running.ts";
import { openSpool } from "./stores.ts";

const REFRESH_MS = 5_000;

/**
 * A gateway on a machine of its own: no store but its spool, which it ships to the monitor. Keys, modes and
 * credentials come from there and are cached, so that a monitor that is away stops nothing.
 */
export const startGateway = async ({ loaded, env, logger }: UpOptions): Promise<Running> => {
  const { configuration, base } = loaded;
  const { monitor } = configuration;
  if (monitor === undefined) {
    throw new StartRefused(
      "`parapet gateway` ships its records to a monitor: set monitor.url and monitor.credential, or run `parapet up`.",
    );
  }
  const directory = openDataDirectory(configuration.data, env);
  const metrics = createMetrics();
  const metricsDoor = createMetricsDoor(configuration, env, { render: metrics.render, logger });
  const secondOpinion = openSecondOpinion(configuration, base, env, metrics);
  const spool = await openSpool(directory);
  measureSpool(metrics, spool);
  const shipping = createShipping({
    url: monitor.url,
    credential: requireSecret(monitor.credential, env, "monitor.credential"),
    spool,
    logger,
  });
  const cache = join(directory.root, "gateway-state.json");
  let keyring: Keyring = createKeyring([], directory.keys.pepper);
  const agentContent = createAgentContent(
    { agents: configuration.agents, limits: configuration.business_limits },
    metrics,
  );
  const modes = new Map<string, Mode>();
  const credentials = new Map<string, string>();

  const console = (configuration.approvals.url ?? monitor.url).replace(/\/$/, "");
  const approvals = createRemoteGate({
    key: directory.keys.approvals,
    addressOf: ({ id }) => `${console}/approvals/${id}`,
    post: shipping.askApprovals,
  });
  const apply = (state: GatewayState): void => {
    approvals.refresh(state.held);
    keyring = createKeyring(state.keys, directory.keys.pepper);
    agentContent.confirm(state.agents);
    modes.clear();
    for (const { route, mode } of state.modes) modes.set(route, mode);
    credentials.clear();
    for (const { name, sealed } of state.credentials) {
      const value = open(directory.keys.credentials, Buffer.from(sealed, "base64"), name);
      if (value !== undefined) credentials.set(name, value.toString("utf8"));
    }
  };
  const refresh = async (): Promise<boolean> => {
    const state = await shipping.fetchState();
    if (state === undefined) return false;
    // A monitor that lost its keys must not turn a guarded gateway into an open one.
    if (keyring.guarded && state.keys.length === 0) {
      logger.warn({ monitor: monitor.url }, "the monitor names no keys; the ones known stay in force");
      return false;
    }
    apply(state);
    writeFileSync(`${cache}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${cache}.new`, cache);
    return true;
  };
  if (!(await refresh())) {
    const cached = existsSync(cache) ? GatewayState.safeParse(JSON.parse(readFileSync(cache, "utf8"))) : undefined;
    if (cached?.success !== true) {
      await spool.close();
      throw new StartRefused(
        `The monitor at ${monitor.url} does not answer, and no keys are cached from an earlier start.`,
      );
    }
    apply(cached.data);
    logger.warn({ monitor: monitor.url }, "the monitor does not answer; starting with cached keys");
  }
  if (!keyring.guarded && !isLoopbackHost(configuration.listen.host)) {
    await spool.close();
    throw new StartRefused(
      "No gateway key exists, and this gateway does not listen on loopback. Create a key on the monitor first.",
    );
  }
  const envoyStart = { configuration, base, isGuarded: keyring.guarded };
  try {
    checkEnvoyServices(envoyStart);
  } catch (error) {
    await spool.close();
    throw error;
  }
  const content = openContent({
    folders: { policies: configuration.policies, rules: [] },
    bindings: [],
    base,
    logger,
    now: systemClock.now,
    onReload: () => undefined,
  });
  const pins = await openPins({
    configuration,
    store: fileStore(join(directory.root, "tool-pins.json")),
    inspector: () => role.inspector,
    audit: (record) => spool.offer(JSON.stringify(record)),
    onApproved: () => undefined,
    metrics,
    logger,
  });
  const role = createGatewayRole({
    pins,
    configuration,
    directory,
    spool,
    policies: content.policies,
    mode: (route) => modes.get(route.id) ?? route.mode,
    credential: cachedCredentials((route) => {
      const resolved = resolveCredential(route, env, (name) => credentials.get(name));
      return resolved.ok ? resolved.value : undefined;
    }, systemClock.now),
    env,
    keyring: () => keyring,
    agents: agentContent.inForce,
    storedSecrets: () => [...credentials.values()],
    secondOpinion,
    approvals: { gate: approvals, usual: createUsualCalls(directory.keys.approvals) },
    metrics,
    logger,
  });
  const server = createListener(
    {
      gateway: role.gateway,
      mcp: role.mcp,
      gatewayRecords: undefined,
      telemetry: undefined,
      api: undefined,
      pages: undefined,
      ready: () => spool.status().failing === undefined,
      metrics: metricsDoor.shared,
      acceptsHost: createHostCheck(configuration),
    },
    configuration,
  );
  await rehearse(role.inspector, content.policies());
  const url = urlOf(configuration, await listen(server, configuration.listen));
  await metricsDoor.open();
  let envoy: EnvoyDoor | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    await Promise.all([closeServer(server, role.gateway.inFlight, graceMs), envoy?.close(graceMs)]);
    await metricsDoor.close();
    content.close();
    await role.gateway.close();
    await role.stop();
    await shipping.stop();
    await spool.close();
  };
  envoy = await openEnvoyServices({ ...envoyStart, gateway: role.gateway, metrics, logger }).catch(
    async (error: unknown) => {
      await stop(0);
      throw error;
    },
  );
  shipping.start();
  const refreshing = setInterval(() => {
    refresh().catch((error: unknown) => logger.warn({ error }, "the state from the monitor could not be kept"));
  }, REFRESH_MS);
  refreshing.unref();

  return {
    url,
    adminToken: undefined,
    stop: async (graceMs) => {
      clearInterval(refreshing);
      await stop(graceMs);
    },
  };
};
