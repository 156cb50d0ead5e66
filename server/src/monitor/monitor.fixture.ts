import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AuditRecord,
  ClosedRecord,
  DEFAULT_TENANT,
  OpenedRecord,
  ReleasedRecord,
  TelemetryRecord,
  type Event,
  type HourlyRow,
  type RecordedMatch,
  type SpoolRecord,
} from "@parapet/model";
import { createInspector, DETECTORS } from "#detectors";
import { createLedger, loadOrCreateSigner, type Ledger } from "#ledger";
import { createContentHash, createInspectionMemory } from "#pipeline";
import { fakeClock, silentLogger, type FakeClock } from "#platform";
import { loadRules } from "#rules";
import {
  openFileSpool,
  openSqliteControlStore,
  openSqliteLedgerStore,
  type ControlStore,
  type EventStore,
  type ExchangeRow,
  type Hit,
  type LedgerStore,
  type Spool,
} from "#storage";
import { LINK_RULES } from "#links";
import { createLinker } from "./linker.ts";
import { createDetection } from "./detection.ts";
import { createDrainIntent } from "./drain-intent.ts";
import type { DrainTools } from "./drain.ts";
import { inspectTold } from "./inspect-told.ts";
import type { TextInspector } from "./text-inspector.ts";
import { createSubjectKeys } from "./subject-keys.ts";

export const ORIGIN = "parapet.example/log";
const MASTER = Buffer.alloc(32, 3);

/** An event store in memory. Like the real one it forgets a batch with a token it knows, and nothing else. */
export interface MemoryEventStore extends EventStore {
  readonly hits: readonly Hit[];
  readonly events: Event[];
  readonly rows: Map<string, ExchangeRow>;
  readonly hourly: HourlyRow[];
}

const none = () => Promise.reject(new Error("not of this store"));

export const memoryEventStore = (): MemoryEventStore => {
  const tokens = new Set<string>();
  const events: Event[] = [];
  const rows = new Map<string, ExchangeRow>();
  const hourly: HourlyRow[] = [];
  const hits: (Hit & { readonly receivedMs: number })[] = [];
  return {
    events,
    rows,
    hourly,
    insert: async (batch, token) => {
      if (tokens.has(token)) return;
      tokens.add(token);
      events.push(...batch.events);
      hourly.push(...(batch.hourly ?? []));
      for (const row of batch.exchanges) if ((rows.get(row.id)?.version ?? -1) <= row.version) rows.set(row.id, row);
    },
    getExchange: async (tenant, id) => [rows.get(id)].find((row) => row?.tenant === tenant),
    exchangeEvents: async (tenant, id) => events.filter((event) => event.tenant === tenant && event.exchange === id),
    hits,
    insertHits: async (given, receivedMs, token) => {
      if (tokens.has(`hits ${token}`)) return;
      tokens.add(`hits ${token}`);
      hits.push(...given.map((hit) => ({ ...hit, receivedMs })));
    },
    changedRules: async (sinceMs) => hits.filter(({ receivedMs }) => receivedMs >= sinceMs),
    listHits: async (tenant, { rules: keys, sinceMs }) =>
      hits
        .filter((hit) => hit.tenant === tenant && keys.includes(hit.rule) && Date.parse(hit.time) >= sinceMs)
        .toSorted((a, b) => (a.time < b.time ? -1 : 1)),
    ruleActivity: none,
    hunt: none,
    countHunt: none,
    countHuntBy: none,
    listExchanges: none,
    listEvents: none,
    getEvent: none,
    eventsOfNames: none,
    sampleEvents: none,
    sourcesSeen: none,
    overview: none,
    modePreview: none,
    scanEvents: () => {
      throw new Error("not of this store");
    },
    recentKeyedIds: none,
    scanHourly: () => {
      throw new Error("not of this store");
    },
    seenValues: none,
    agentsSeen: none,
    agentActivity: none,
    countByState: none,
    forgetPrincipal: none,
    retain: none,
    close: async () => undefined,
  };
};

let ids = 0;
const newId = () => `01990000-0000-7000-8000-${String((ids += 1)).padStart(12, "0")}`;

const VERDICT = { action: "allow", would: "allow", policies: [], policyVersion: "v1" } as const;

export interface Party {
  readonly principal?: string;
  readonly user?: string;
  readonly node?: string;
  readonly boot?: string;
}

export const matchOf = (category: RecordedMatch["category"] = "prompt_injection"): RecordedMatch => ({
  detector: "prompt-injection",
  category,
  type: "instruction",
  confidence: 0.9,
  severity: "high",
  segment: 0,
  start: 0,
  end: 3,
  reason: "r",
  view: "original",
  provenance: "user",
  direction: "request",
});

/** The records of one exchange, as a gateway would write them. */
export const exchangeRecords = (
  { principal = "user:ada", user, node = "node-1", boot = "boot-1" }: Party = {},
  text: string | undefined = "hello there",
) => {
  const exchange = newId();
  const base = () => ({
    schemaVersion: 1,
    id: newId(),
    time: "2026-01-01T00:00:00.000Z",
    origin: {
      tenant: DEFAULT_TENANT,
      exchange,
      route: "assistant",
      protocol: "openai",
      endpoint: "POST /chat/completions",
      model: "gpt-test",
      session: "s-1",
      sessionSource: "header",
      principal,
      ...(user !== undefined && { user }),
      address: "10.0.0.1",
      node,
      boot,
      streamed: false,
    },
    matches: [],
    verdict: VERDICT,
    receipt: { detectors: [], segments: [], reasons: [], parts: [] },
  });
  const place = {
    index: 0,
    direction: "request",
    pointer: "/messages/0/content",
    role: "user",
    provenance: "user",
    digest: "d",
    length: 11,
  };
  const opened = OpenedRecord.parse({
    kind: "opened",
    ...base(),
    segments: [{ ...place, ...(text !== undefined && { text }) }],
  });
  const released = ReleasedRecord.parse({ kind: "released", ...base(), segments: [], what: "first-byte" });
  const closed = ClosedRecord.parse({
    kind: "closed",
    ...base(),
    segments: [],
    matches: [matchOf()],
    state: "completed",
    status: 200,
    toolCalls: [{ id: "c", name: "weather", segment: 1 }],
    latencyMs: 5,
    addedMs: 1,
    requestBytes: 1,
    responseBytes: 2,
    requestVerdict: VERDICT,
    severity: "high",
    unscannable: 0,
    bypassed: 0,
  });
  return { id: exchange, opened, released, closed };
};

export const auditRecord = (type: string, settings: Partial<AuditRecord> = {}): AuditRecord =>
  AuditRecord.parse({
    kind: "audit",
    schemaVersion: 1,
    id: newId(),
    time: "2026-01-01T00:00:00.000Z",
    tenant: DEFAULT_TENANT,
    type,
    actor: "system",
    target: "x",
    outcome: "success",
    detail: {},
    ...settings,
  });

/** Telemetry of three events: two people, one of whom said something with a secret in it; and a machine. */
export const telemetryRecord = (settings: Partial<TelemetryRecord> = {}): TelemetryRecord => {
  const event = { time: "2026-01-01T00:00:00.000Z", severity: "informational", body: {} } as const;
  return TelemetryRecord.parse({
    kind: "telemetry",
    schemaVersion: 1,
    id: newId(),
    time: "2026-01-01T00:00:01.000Z",
    tenant: DEFAULT_TENANT,
    source: "json",
    feed: "agents",
    capture: "redacted",
    events: [
      {
        ...event,
        id: newId(),
        kind: "gen_ai.chat",
        principal: "user:ada",
        body: { tokens: 3, categories: ["of the sender's own"] },
        texts: [
          { provenance: "user", text: `please use ${GITHUB_TOKEN} for the upload` },
          { provenance: "model", text: "Done." },
        ],
      },
      { ...event, id: newId(), kind: "sign_in", principal: "user:bob", route: "own-route" },
      { ...event, id: newId(), kind: "metric" },
    ],
    ...settings,
  });
};
/** Made up, and of the form that tokens have. */
export const GITHUB_TOKEN = `ghp_${"a8Kd93jfLq02XmZ7".repeat(3).slice(0, 36)}`;

export const gatewayStarted = (boot: string, node = "node-1"): AuditRecord =>
  auditRecord("gateway.started", { target: node, detail: { boot } });

const RULES = `
title: Injection seen
name: injection-seen
id: 5d0d9a3e-6f0b-4a43-9d0e-0c8f0d5b6a99
status: stable
level: high
description: A test's rule.
tags: [atlas.aml.t0051]
falsepositives: [none]
logsource: { product: ai, service: llm_gateway }
detection:
  seen: { kind: exchange.closed, categories: prompt_injection }
  condition: seen
parapet:
  group-by: [route]
  title: "Injection on {route}"
  triage: Look.
tests:
  - { name: yes, match: true, event: { kind: exchange.closed, categories: [prompt_injection] } }
  - { name: no, match: false, event: { kind: exchange.closed, categories: [] } }
---
`.replace(/---\n$/, "");

const AUDIT_RULE = RULES.replaceAll("injection-seen", "key-made")
  .replace("Injection seen", "Key made")
  .replace("6a99", "6a98")
  .replace("service: llm_gateway", "service: audit")
  .replace("{ kind: exchange.closed, categories: prompt_injection }", "{ kind: key.created }")
  .replace("group-by: [route]", "group-by: [target]")
  .replace("{ kind: exchange.closed, categories: [prompt_injection] }", "{ kind: key.created }");

export const rules = loadRules([
  { path: "injection-seen.yml", text: RULES },
  { path: "key-made.yml", text: AUDIT_RULE },
]).set;

const inspection = {
  inspector: createInspector(DETECTORS),
  memory: createInspectionMemory(0),
  hash: createContentHash(MASTER),
};

/** The detectors without a thread of their own. */
export const plainInspector: TextInspector = {
  inspect: async (events) => events.map((texts) => inspectTold(texts, inspection)),
  close: async () => undefined,
};

/** A monitor's stores on disk, which can be closed and opened again; the event store lives as long as the place. */
export interface Place extends AsyncDisposable {
  readonly directory: string;
  readonly events: MemoryEventStore;
  readonly clock: FakeClock;
  readonly open: () => Promise<OpenPlace>;
}

export interface OpenPlace {
  readonly tools: DrainTools;
  readonly spool: Spool;
  readonly control: ControlStore;
  readonly store: LedgerStore;
  readonly ledger: Ledger;
  readonly published: ExchangeRow[];
  readonly close: () => Promise<void>;
}

export const makePlace = (segmentBytes = 64 * 1024): Place => {
  const directory = mkdtempSync(join(tmpdir(), "parapet-monitor-"));
  const events = memoryEventStore();
  const clock = fakeClock();
  return {
    directory,
    events,
    clock,
    open: async () => {
      const store = await openSqliteLedgerStore(join(directory, "ledger"));
      const spool = await openFileSpool({
        directory: join(directory, "spool"),
        key: MASTER,
        bytesMax: 64 * 1024 * 1024,
        segmentBytes,
        after: await store.cursor(),
      });
      const control = openSqliteControlStore(join(directory, "control.db"));
      const signer = await loadOrCreateSigner(join(directory, "signing.pem"), ORIGIN);
      const ledger = createLedger({ store, signer, origin: ORIGIN, now: clock.now });
      const published: ExchangeRow[] = [];
      const tools: DrainTools = {
        spool,
        events,
        control,
        ledger,
        cursor: () => store.cursor(),
        intent: createDrainIntent(join(directory, "drain.json")),
        subjects: createSubjectKeys(control, MASTER, clock.now),
        linker: createLinker(LINK_RULES, control),
        detection: createDetection({ rules: () => rules, assets: [], control, clock }),
        inspector: plainInspector,
        signatureSeed: 1,
        publish: (rows) => published.push(...rows),
        clock,
        logger: silentLogger,
      };
      return {
        tools,
        spool,
        control,
        store,
        ledger,
        published,
        close: async () => {
          await spool.close();
          await store.close();
          await control.close();
        },
      };
    },
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true, force: true }),
  };
};

export const append = async (spool: Spool, records: readonly SpoolRecord[]): Promise<void> => {
  await Promise.all(records.map((record) => spool.append(JSON.stringify(record))));
};
