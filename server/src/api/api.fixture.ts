import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApprovalsConfiguration,
  BehaviourConfiguration,
  DEFAULT_TENANT,
  RouteConfiguration,
  type ExchangeSummary,
  type Mode,
  type Role,
} from "@parapet/model";
import { loadRules } from "#rules";
import { createAuthenticator, createUser } from "#access";
import { createApprovalMetrics, createDesk } from "#approvals";
import { createLedger, loadOrCreateSigner } from "#ledger";
import { createMetrics, fakeClock, silentLogger, type FakeClock } from "#platform";
import { openFileSpool, openSqliteControlStore, openSqliteLedgerStore, type EventStore } from "#storage";
import { createApi } from "./api.ts";
import { ENDPOINTS } from "./index.ts";
import type { ApiTools, AuditEntry } from "./tools.ts";

const PEPPER = Buffer.alloc(32, 1);
const ORIGIN = "parapet.example/log";

const nothing = () => Promise.reject(new Error("not of this store"));

const RULES = `title: Blocked
name: blocked
logsource: {product: ai, service: llm_gateway}
detection: {s: {verdict: block}, condition: s}
tests:
  - {name: one, match: true, event: {verdict: block}}
---
title: Blocked often
name: blocked-often
correlation: {type: event_count, rules: [blocked], group-by: [principal], timespan: 5m, condition: {gte: 3}}
`;

/** An event store that holds nothing. */
export const emptyEvents: EventStore = {
  insert: async () => undefined,
  insertHits: async () => undefined,
  changedRules: async () => [],
  listHits: async () => [],
  ruleActivity: async () => [],
  hunt: async () => ({ items: [] }),
  countHunt: async () => ({ total: 0, widthMs: 60_000, series: [] }),
  countHuntBy: async () => [],
  listExchanges: async () => ({ items: [] }),
  getExchange: async () => undefined,
  exchangeEvents: async () => [],
  listEvents: async () => ({ items: [] }),
  getEvent: async () => undefined,
  eventsOfNames: async () => [],
  sampleEvents: async () => [],
  sourcesSeen: async () => [],
  overview: async () => ({
    exchanges: 0,
    byVerdict: {},
    byCategory: {},
    wouldHave: 0,
    unscannable: 0,
    failed: 0,
    addedMs: { p50: 0, p99: 0 },
    latencyMs: { p50: 0, p99: 0 },
    series: [],
    topPolicies: [],
    topPrincipals: [],
    routes: [],
  }),
  modePreview: async () => ({ exchanges: 0, wouldChange: 0, byPolicy: [] }),
  scanEvents: async function* () {},
  recentKeyedIds: async () => [],
  countByState: async () => ({}),
  async *scanHourly() {
    yield [];
  },
  seenValues: async () => [],
  agentsSeen: async () => [],
  agentActivity: async () => [],
  forgetPrincipal: async () => 0,
  retain: nothing,
  close: async () => undefined,
};

export interface TestApi extends AsyncDisposable {
  readonly url: string;
  readonly clock: FakeClock;
  readonly tools: ApiTools;
  readonly audits: AuditEntry[];
  readonly tokens: Readonly<Record<Role, string>>;
  /** Sends a summary to whoever watches the tenant. */
  readonly publish: (summary: ExchangeSummary) => void;
  readonly watchers: () => number;
  readonly call: (
    method: string,
    path: string,
    options?: { readonly as?: Role; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<Response>;
}

export const startApi = async (change: Partial<ApiTools> = {}): Promise<TestApi> => {
  const directory = mkdtempSync(join(tmpdir(), "parapet-api-"));
  const clock = fakeClock();
  const control = openSqliteControlStore(join(directory, "control.db"), clock);
  const store = await openSqliteLedgerStore(join(directory, "ledger"));
  const spool = await openFileSpool({
    directory: join(directory, "spool"),
    key: PEPPER,
    bytesMax: 1e7,
    segmentBytes: 1e6,
  });
  const signer = await loadOrCreateSigner(join(directory, "key.pem"), ORIGIN);
  const route = RouteConfiguration.parse({
    id: "assistant",
    path: "/v1",
    protocol: "openai",
    upstream: "http://127.0.0.1:1",
  });
  const audits: AuditEntry[] = [];
  const modes = new Map<string, Mode>();
  const watching = new Set<(summary: ExchangeSummary) => void>();
  const tools: ApiTools = {
    authenticator: createAuthenticator(control, PEPPER, clock),
    control,
    events: emptyEvents,
    ledger: createLedger({ store, signer, origin: ORIGIN, now: clock.now }),
    spool,
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
    pepper: PEPPER,
    routes: [route],
    findingsBudget: 2,
    listenPort: 4_100,
    agentContent: { inFile: [], inForce: () => ({ agents: [], limits: [] }), reload: async () => undefined },
    frameworks: [],
    signals: () => [],
    knownSources: [],
    linkRules: [],
    relatedNames: () => [],
    modeOf: ({ id, mode }) => modes.get(id) ?? mode,
    setMode: async (_tenant, id, mode) => void modes.set(id, mode),
    reloadKeys: async () => undefined,
    setCredential: (tenant, name, value) =>
      control.putCredential(tenant, name, `sealed ${value.length}`, "2026-01-01T00:00:00.000Z"),
    policies: () => ({
      version: "v1",
      policies: [],
      diagnostics: [],
      loadedAt: "2026-01-01T00:00:00.000Z",
      test: () => [],
    }),
    candidateRules: (text) => {
      const loaded = loadRules([{ path: "r.yml", text: RULES }], undefined, [{ path: "c.yml", text }]);
      const keys = [...loaded.set.rules, ...loaded.set.correlations].filter(({ file }) => file === "c.yml");
      return { ...loaded, keys: keys.map(({ key }) => key) };
    },
    reloadRules: async () => undefined,
    rules: () => ({
      set: loadRules([{ path: "r.yml", text: RULES }]).set,
      diagnostics: [],
      loadedAt: "2026-01-01T00:00:00.000Z",
    }),
    checkPolicy: () => ({ diagnostics: [], policies: [] }),
    readExchange: async () => undefined,
    eraseSubject: async () => ({ existed: false, exchanges: 0 }),
    inspect: () => ({ verdict: "allow", matches: [], receipt: [] }),
    verifyLedger: async () => ({ ok: true, size: 0, root: "", problems: [], notes: [] }),
    approvals: createDesk({
      control,
      key: PEPPER,
      clock,
      configuration: ApprovalsConfiguration.parse({}),
      address: () => "http://parapet.example",
      approversOf: () => undefined,
      audit: async (deed) => void audits.push({ ...deed, address: "" }),
      metrics: createApprovalMetrics(createMetrics()),
      onRequested: () => undefined,
      onTrouble: () => undefined,
    }),
    pins: { list: () => [], approve: () => Promise.reject(new Error("no such tool")) },
    runDemo: async () => undefined,
    behaviour: BehaviourConfiguration.parse({}),
    probes: [],
    selfTest: {
      list: async () => ({ available: true, enabled: true, everyHours: 6, items: [] }),
      read: async () => undefined,
      start: () => ({ ok: false, reason: "A self-test is running already." }),
    },
    sources: {
      list: async () => ({ items: [], catalogue: [] }),
      deadLetters: async (id) => (id === "events" ? { items: [] } : undefined),
      replay: async (id) => (id === "events" ? { replayed: 1, events: 2, failed: 0 } : undefined),
      discard: async (id) => (id === "events" ? { discarded: 1 } : undefined),
    },
    subscribe: (_tenant, listener) => {
      watching.add(listener);
      return () => watching.delete(listener);
    },
    audit: async (entry) => void audits.push(entry),
    settings: () => ({
      version: "1",
      dataDirectory: directory,
      configurationFile: undefined,
      configuration: {},
      diagnostics: [],
    }),
    ...change,
  };
  const made = async (role: Role) =>
    (await createUser(control, PEPPER, { name: role, role }, clock.now(), DEFAULT_TENANT)).token;
  const tokens = {
    viewer: await made("viewer"),
    analyst: await made("analyst"),
    approver: await made("approver"),
    administrator: await made("administrator"),
  };
  const server = createServer(createApi(ENDPOINTS, tools).listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/api/v1`;
  return {
    url,
    clock,
    tools,
    audits,
    tokens,
    publish: (summary) => watching.forEach((listener) => listener(summary)),
    watchers: () => watching.size,
    call: (method, path, { as, body, headers = {} } = {}) =>
      fetch(url + path, {
        method,
        headers: {
          ...(as !== undefined && { authorization: `Bearer ${tokens[as]}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await spool.close();
      await store.close();
      await control.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
