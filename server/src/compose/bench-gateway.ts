import type { Configuration } from "@parapet/model";
import { createKeyring } from "#access";
import { createMetrics, silentLogger, systemClock } from "#platform";
import { openDataDirectory } from "./data-directory.ts";
import { createGatewayRole } from "./gateway-role.ts";
import { createHostCheck } from "./host-check.ts";
import { createListener, listen } from "./listener.ts";
import { openContent } from "./live-content.ts";
import { openPins } from "./tool-pins.ts";
import { openSpool } from "./stores.ts";

/** The gateway role alone, for benchmarks: what it records stays in its spool. */
export const startBenchGateway = async (configuration: Configuration): Promise<void> => {
  const directory = openDataDirectory(configuration.data, {});
  const spool = await openSpool(directory);
  const content = openContent({
    folders: { policies: configuration.policies, rules: [] },
    bindings: [],
    base: ".",
    logger: silentLogger,
    now: systemClock.now,
    onReload: () => undefined,
  });
  const pins = await openPins({
    configuration,
    store: { load: async () => [], save: async () => undefined },
    inspector: () => inspector,
    audit: () => undefined,
    onApproved: () => undefined,
    metrics: createMetrics(),
    logger: silentLogger,
  });
  const keyring = createKeyring([], directory.keys.pepper);
  const { gateway, mcp, inspector } = createGatewayRole({
    pins,
    env: process.env,
    configuration,
    directory,
    spool,
    policies: content.policies,
    mode: (route) => route.mode,
    credential: () => undefined,
    agents: () => ({ agents: configuration.agents, limits: configuration.business_limits }),
    keyring: () => keyring,
    storedSecrets: () => [],
    metrics: createMetrics(),
    logger: silentLogger,
  });
  const surfaces = {
    gateway,
    mcp,
    gatewayRecords: undefined,
    telemetry: undefined,
    api: undefined,
    pages: undefined,
    ready: () => true,
    metrics: undefined,
    acceptsHost: createHostCheck(configuration),
  };
  await listen(createListener(surfaces, configuration), configuration.listen);
};
