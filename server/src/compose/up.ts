import { createServer } from "node:http";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_TENANT } from "@parapet/model";
import { composeApprovals } from "./approvals.ts";
import { createAuthenticator, createKeyring, ensureAdministrator, type Keyring } from "#access";
import { answerGate } from "#approvals";
import type { EnvoyDoor } from "#envoy";
import { confirmedScopes, createApi, ENDPOINTS, forgetInScopes, type ApiTools } from "#api";
import { createGatewayIngest } from "#ingest";
import { verifyLog } from "#ledger";
import { createMetrics, systemClock } from "#platform";
import { notesStore } from "#pins";
import { loadPolicies } from "#policy";
import { createAgentContent } from "./agent-content.ts";
import { answerInspect } from "./answer-inspect.ts";
import { auditedNow } from "./audit-record.ts";
import { startRecorder } from "./catch-up.ts";
import { openDataDirectory } from "./data-directory.ts";
import { createDemo } from "./demo.ts";
import { configuredDetectors } from "./detector-settings.ts";
import { checkEnvoyServices, openEnvoyServices } from "./envoy-services.ts";
import { createGatewayRole } from "./gateway-role.ts";
import { behaviourSignals, knownSources, readFrameworks, ruleSignals } from "./frameworks.ts";
import { createHostCheck, isLoopbackHost } from "./host-check.ts";
import { createInsider } from "./insider.ts";
import { startIngestRole } from "./ingest-role.ts";
import { closeServer, createListener, isTelemetry, listen, urlOf } from "./listener.ts";
import { openContent } from "./live-content.ts";
import { logSources } from "./log-sources.ts";
import { cachedCredentials, requireSecret, resolveCredential } from "./load-configuration.ts";
import { openPins } from "./tool-pins.ts";
import { createMetricsDoor } from "./metrics-door.ts";
import { createModes } from "./modes.ts";
import { startMonitorRole } from "./monitor-role.ts";
import { composeProbes } from "./probes.ts";
import { promotedRules } from "./promoted-rules.ts";
import { composeSelfTest } from "./self-test.ts";
import { measureSpool } from "./spool-metrics.ts";
import { createSourcesApi } from "./sources-api.ts";
import { createStaticFiles } from "./static-files.ts";
import { openSecondOpinion } from "./second-opinion.ts";
import { openUsualCalls } from "./usual-calls.ts";
import { rehearse } from "./rehearse.ts";
import { StartRefused, type Running, type UpOptions } from "./running.ts";
import { createStoredCredentials } from "./stored-credentials.ts";
import { openStores } from "./stores.ts";

/** Gateway, monitor, API and console in one process, everything embedded. */
export const startUp = (options: UpOptions): Promise<Running> => start(options, true);

/** Everything but the gateway, for gateways on other machines. */
export const startMonitor = (options: UpOptions): Promise<Running> => start(options, false);

const start = async (options: UpOptions, withGateway: boolean): Promise<Running> => {
  const { loaded, env, logger } = options;
  const { configuration, base, file } = loaded;
  const directory = openDataDirectory(configuration.data, env);
  const { keys } = directory;
  const metrics = createMetrics();
  const metricsDoor = createMetricsDoor(configuration, env, { render: metrics.render, logger });
  const opinion = withGateway ? openSecondOpinion(configuration, base, env, metrics) : undefined;
  const stores = await openStores(directory, configuration);
  const auditLater = (
    type: string,
    target: string,
    outcome: "success" | "failure",
    detail: Readonly<Record<string, unknown>>,
  ): void =>
    stores.spool.offer(
      JSON.stringify(
        auditedNow({ tenant: DEFAULT_TENANT, type, actor: "system", address: "", target, outcome, detail }),
      ),
    );
  const content = openContent({
    folders: { policies: configuration.policies, rules: configuration.rules },
    bindings: logSources(loaded),
    overlay: await promotedRules(stores),
    base,
    logger,
    now: systemClock.now,
    onReload: (outcome, detail) => auditLater("policy.reloaded", "policies", outcome, detail),
  });

  const agentContent = createAgentContent(
    { agents: configuration.agents, limits: configuration.business_limits },
    metrics,
  );
  const reloadAgents = async (): Promise<void> => agentContent.confirm(await confirmedScopes(stores, DEFAULT_TENANT));
  await reloadAgents();

  const modes = await createModes(stores);
  const credentials = await createStoredCredentials(stores, keys.credentials);
  const demo = createDemo(configuration.routes, keys.pepper, systemClock.now());
  let keyring: Keyring = createKeyring([], keys.pepper);
  const reloadKeys = async (): Promise<void> => {
    const stored = await stores.control.listKeys(DEFAULT_TENANT);
    keyring = createKeyring(stored.length === 0 ? [] : [...stored, ...demo.keys], keys.pepper);
  };
  await reloadKeys();
  if (withGateway && !keyring.guarded && !isLoopbackHost(configuration.listen.host)) {
    await stores.close();
    throw new StartRefused(
      `listen.host is ${configuration.listen.host}, and no gateway key exists: anybody who reaches it could use the upstreams.` +
        " Create one first with `parapet keys create --name NAME`, or listen on 127.0.0.1.",
    );
  }

  const envoyStart = { configuration, base, isGuarded: keyring.guarded };
  try {
    if (withGateway) checkEnvoyServices(envoyStart);
  } catch (error) {
    await stores.close();
    throw error;
  }

  measureSpool(metrics, stores.spool);
  const inFlight = (): number => role?.gateway.inFlight() ?? 0;
  let port = 0;
  let url = "";
  const composed = composeSelfTest({
    configuration,
    base,
    stores,
    logger,
    version: options.version,
    policiesVersion: () => content.policies().version,
    withGateway,
    inFlight,
    port: () => port,
  });
  const { selfTest } = composed;
  const probes = withGateway
    ? composeProbes({ configuration, directory, stores, logger, port: () => port })
    : undefined;
  const approvals = composeApprovals({ configuration, directory, stores, metrics, logger, env, url: () => url });
  const { desk } = approvals;
  const pins = await openPins({
    configuration,
    store: notesStore(stores.control),
    inspector: () => inspector,
    audit: (record) => stores.spool.offer(JSON.stringify(record)),
    onApproved: () => role?.mcp.toolsChanged(),
    metrics,
    logger,
  });
  const usual = await openUsualCalls(stores.control, keys.approvals, logger);
  const role = withGateway
    ? createGatewayRole({
        configuration,
        directory,
        spool: stores.spool,
        policies: content.policies,
        mode: modes.of,
        credential: cachedCredentials((route) => {
          const resolved = resolveCredential(route, env, credentials.get);
          if (!resolved.ok) logger.warn({ route: route.id, problem: resolved.message }, "no upstream credential");
          return resolved.ok ? resolved.value : undefined;
        }, systemClock.now),
        env,
        pins,
        keyring: () => keyring,
        agents: agentContent.inForce,
        storedSecrets: credentials.values,
        secondOpinion: opinion,
        approvals: { gate: desk.gate, usual: usual.usual },
        metrics,
        logger,
        selfTest: composed,
        probes: probes?.lanes ?? [],
      })
    : undefined;
  const catchingUp = role ?? startRecorder(stores.spool, directory.node);
  const inspector = role?.inspector ?? configuredDetectors(configuration);
  const monitor = await startMonitorRole({
    configuration,
    directory,
    stores,
    rules: content.rules,
    logger,
    metrics,
  });
  const adminToken = await ensureAdministrator(
    stores.control,
    keys.pepper,
    env["PARAPET_ADMIN_TOKEN"],
    systemClock.now(),
  );

  let ready = false;
  /** A directory that served routes before may hold exchanges that no gateway will end any more. */
  const endLeftOpen = async (): Promise<void> => {
    try {
      await monitor.drained();
      if (!ready || (await stores.control.openExchanges(directory.node)).length === 0) return;
      auditLater("gateway.started", directory.node, "success", { boot: "", reason: "no gateway here any more" });
    } catch (error) {
      logger.error({ error }, "exchanges that an earlier gateway left open stay open until the next start");
    }
  };

  const authenticator = createAuthenticator(stores.control, keys.pepper, systemClock);
  const shippingCredential =
    configuration.ingest === undefined
      ? undefined
      : requireSecret(configuration.ingest.credential, env, "ingest.credential");
  const telemetry = await startIngestRole({
    configuration,
    base,
    directory,
    stores,
    env,
    insider: createInsider(authenticator, shippingCredential),
    drained: monitor.drained,
    metrics,
    logger,
  });

  const tools: ApiTools = {
    authenticator,
    control: stores.control,
    events: stores.events,
    ledger: monitor.ledger,
    spool: stores.spool,
    clock: systemClock,
    logger,
    metrics,
    pepper: keys.pepper,
    routes: configuration.routes,
    findingsBudget: configuration.findings.queue,
    modeOf: modes.of,
    setMode: modes.set,
    reloadKeys,
    setCredential: credentials.set,
    policies: () => {
      const set = content.policies();
      return {
        version: set.version,
        policies: set.policies,
        diagnostics: content.diagnostics(),
        loadedAt: content.loadedAt(),
        test: set.test,
      };
    },
    rules: () => ({ set: content.rules(), diagnostics: content.ruleDiagnostics(), loadedAt: content.loadedAt() }),
    checkPolicy: (text) => {
      const result = loadPolicies([{ path: "text.cedar", text }]);
      return { diagnostics: result.diagnostics, policies: result.ok ? result.set.policies : [] };
    },
    candidateRules: content.candidate,
    reloadRules: async () => content.setOverlay(await promotedRules(stores)),
    listenPort: configuration.listen.port,
    agentContent: { ...agentContent, reload: reloadAgents },
    frameworks: readFrameworks(logger),
    signals: () => [...ruleSignals(content.rules()), ...behaviourSignals()],
    knownSources: knownSources(loaded),
    linkRules: monitor.linkRules,
    relatedNames: monitor.relatedNames,
    readExchange: monitor.readExchange,
    eraseSubject: async (tenant, subject) => {
      usual.usual.forget(tenant, subject);
      const isNamed = await forgetInScopes(stores, tenant, subject);
      if (isNamed) await reloadAgents();
      const erased = await monitor.eraseSubject(tenant, subject);
      return { ...erased, existed: erased.existed || isNamed };
    },
    approvals: desk,
    pins,
    inspect: (request) => answerInspect(request, inspector, content.policies(), configuration.routes),
    verifyLedger: async () => {
      await monitor.settle();
      return verifyLog({ directory: directory.root });
    },
    runDemo: (step) => demo.run(url, step),
    behaviour: configuration.behaviour,
    probes: configuration.probes.map(({ id }) => id),
    selfTest,
    sources: createSourcesApi(telemetry),
    subscribe: monitor.subscriptions.subscribe,
    audit: async (entry) => {
      await stores.spool.append(JSON.stringify(auditedNow(entry)));
    },
    settings: () => ({
      version: options.version,
      dataDirectory: directory.root,
      configurationFile: file,
      configuration,
      diagnostics: content.diagnostics(),
    }),
  };
  const api = createApi(ENDPOINTS, tools);
  const gatewayRecords =
    shippingCredential === undefined
      ? undefined
      : createGatewayIngest({
          credential: shippingCredential,
          spool: stores.spool,
          logger,
          approvals: (question) => answerGate(desk.gate, question),
          state: async () => ({
            keys: (await stores.control.listKeys(DEFAULT_TENANT)).map((key) => ({ ...key })),
            modes: [...(await stores.control.listModeOverlays(DEFAULT_TENANT))],
            agents: (await confirmedScopes(stores, DEFAULT_TENANT)).map(({ agent, scope }) => ({ agent, scope })),
            held: [...desk.gate.requests()],
            credentials: await credentials.sealed(),
          }),
        });
  if (role !== undefined) await rehearse(role.inspector, content.policies());
  const server = createListener(
    {
      gateway: role?.gateway,
      mcp: role?.mcp,
      gatewayRecords,
      telemetry: telemetry.door,
      api: api.listener,
      pages: createStaticFiles(options.consoleFolder),
      ready: () => ready && stores.spool.status().failing === undefined,
      metrics: metricsDoor.shared,
      acceptsHost: createHostCheck(configuration),
    },
    configuration,
  );
  port = await listen(server, configuration.listen);
  url = urlOf(configuration, port);
  const socket = createServer((request, response) =>
    (isTelemetry(request.url ?? "") ? telemetry.localDoor : api.localListener)(request, response),
  );
  rmSync(directory.socket, { force: true });
  await listen(socket, directory.socket);
  chmodSync(directory.socket, 0o600);
  await metricsDoor.open();
  let envoy: EnvoyDoor | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    ready = false;
    await approvals.stop();
    await selfTest.stop();
    await probes?.stop();
    await Promise.all([closeServer(server, inFlight, graceMs), envoy?.close(graceMs)]);
    await metricsDoor.close();
    socket.closeAllConnections();
    socket.close();
    rmSync(directory.socket, { force: true });
    content.close();
    await role?.gateway.close();
    await catchingUp.stop();
    await usual.stop();
    await telemetry.stop();
    await monitor.stop();
    await stores.close();
  };

  if (role !== undefined)
    envoy = await openEnvoyServices({ ...envoyStart, gateway: role.gateway, metrics, logger }).catch(
      async (error: unknown) => {
        await stop(0);
        throw error;
      },
    );
  ready = true;
  composed.measure(metrics);
  await desk.start();
  await selfTest.schedule();
  probes?.start();
  if (!withGateway) void endLeftOpen();

  return { url, adminToken, stop };
};

export const consoleFolderBeside = (root: string): string => join(root, "console", "dist");
