import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { BehaviourConfiguration, DEFAULT_TENANT, SourceConfiguration, type Finding } from "@parapet/model";
import { createDeadLetters, createFeeds, createIntake, createSeenIds } from "@parapet/server/ingest";
import { createLedger, loadOrCreateSigner } from "@parapet/server/ledger";
import { LINK_RULES } from "@parapet/server/links";
import * as monitorParts from "@parapet/server/monitor";
import { createLogger, fakeClock, silentLogger, toTimestamp, uuidv7 } from "@parapet/server/platform";
import { openFileSpool, openSqliteControlStore, openSqliteLedgerStore, type Spool } from "@parapet/server/storage";
import { plainInspector } from "../../../server/src/monitor/monitor.fixture.ts";
import { START_MS } from "../company/company.ts";
import { CATALOGUE, loadPack } from "./content.ts";
import { openEventStore } from "./event-store.ts";

const KEY = Buffer.alloc(32, 7);
const SEED = 1;
/** Sources that are never quiet for long, day or night, so that their silence is an alarm. */
const STEADY = ["otlp", "cloudtrail", "kubernetes-audit", "tetragon", "predictions", "qdrant"];
const SILENT_AFTER_MINUTES = 120;

export interface Watched {
  /** A finding as it was stored. */
  readonly onFinding: (finding: Finding, atMs: number) => void;
  /** Events that became durable, with the ids that they have from now on. */
  readonly onEvents: (ids: readonly string[]) => void;
}

interface Ticker {
  readonly tick: () => Promise<unknown>;
}
const isTicker = (value: unknown): value is Ticker =>
  typeof value === "object" && value !== null && "tick" in value && typeof value.tick === "function";

/** A monitor as `parapet up` puts it together, with its events in memory, the rest on disk, and a clock that is set by hand. */
export const openMonitor = async (directory: string, watched: Watched) => {
  const clock = fakeClock(START_MS);
  const logger = createLogger("error");
  const control = openSqliteControlStore(join(directory, "control.db"));
  const events = openEventStore();
  const ledgerStore = await openSqliteLedgerStore(join(directory, "ledger"));
  const spool: Spool = await openFileSpool({
    directory: join(directory, "spool"),
    key: KEY,
    bytesMax: 1e9,
    segmentBytes: 64 << 20,
    after: await ledgerStore.cursor(),
  });
  const signer = await loadOrCreateSigner(join(directory, "signing.pem"), "bench.example/log");
  const watching = {
    ...control,
    putFinding: async (tenant: typeof DEFAULT_TENANT, finding: Finding) => {
      await control.putFinding(tenant, finding);
      watched.onFinding(finding, clock.now());
    },
    putFindings: async (tenant: typeof DEFAULT_TENANT, findings: readonly Finding[]) => {
      await control.putFindings(tenant, findings);
      for (const finding of findings) watched.onFinding(finding, clock.now());
    },
  };
  const pack = loadPack();
  const rules = () => pack.set;
  const linker = monitorParts.createLinker(LINK_RULES, control);
  await linker.ready(DEFAULT_TENANT);
  const subjects = monitorParts.createSubjectKeys(control, KEY, clock.now);
  const drain = monitorParts.createDrain({
    spool,
    events,
    control: watching,
    ledger: createLedger({ store: ledgerStore, signer, origin: "bench.example/log", now: clock.now }),
    cursor: () => ledgerStore.cursor(),
    intent: monitorParts.createDrainIntent(join(directory, "drain.json")),
    subjects,
    linker,
    detection: monitorParts.createDetection({ rules, control: watching, assets: [], clock }),
    inspector: plainInspector,
    signatureSeed: SEED,
    publish: () => undefined,
    clock,
    logger,
  });
  const behaviour = monitorParts.createBehaviour({
    tenant: DEFAULT_TENANT,
    events,
    control: watching,
    clock,
    logger,
    settings: BehaviourConfiguration.parse({}),
    assets: [],
    subjects,
    signatureSeed: SEED,
  });
  // Correlations are looked for where the monitor has them.
  const make: unknown = "createCorrelating" in monitorParts ? monitorParts.createCorrelating : undefined;
  const made: unknown =
    typeof make === "function"
      ? Reflect.apply(make, undefined, [{ rules, events, control: watching, clock, logger, assets: [] }])
      : undefined;
  const correlating = isTicker(made) ? made : undefined;

  const notes: Promise<unknown>[] = [];
  const feeds = await createFeeds({
    sources: STEADY.map((id) =>
      SourceConfiguration.parse({
        id,
        kind: id,
        credential: "${SOURCE_KEY}",
        silentAfterMinutes: SILENT_AFTER_MINUTES,
      }),
    ),
    catalogue: CATALOGUE,
    credential: () => randomBytes(16).toString("hex"),
    // Counters of feeds are not what is measured.
    control: { ...control, putFeedState: async () => undefined },
    clock,
    note: (note) => {
      const nowMs = clock.now();
      const record = {
        kind: "audit",
        schemaVersion: 1,
        id: uuidv7(nowMs),
        time: toTimestamp(nowMs),
        tenant: DEFAULT_TENANT,
        actor: "system",
        ...note,
      };
      notes.push(spool.append(JSON.stringify(record)));
    },
    logger: silentLogger,
  });
  const intake = createIntake({
    spool: {
      append: async (json) => {
        const record: { readonly events: readonly { readonly id: string }[] } = JSON.parse(json);
        watched.onEvents(record.events.map(({ id }) => id));
        return await spool.append(json);
      },
    },
    deadLetters: createDeadLetters(control, KEY, clock),
    seen: createSeenIds(100_000),
    clock,
    logger,
  });
  drain.start();
  return {
    clock,
    control,
    spool,
    feeds,
    intake,
    behaviour,
    correlating,
    rules: pack.set,
    /** Everything taken in so far is stored, and rules have seen it. */
    settle: async (): Promise<void> => {
      await Promise.all(notes.splice(0));
      await drain.settle();
    },
    close: async (): Promise<void> => {
      await behaviour.stop();
      await drain.stop();
      await spool.close();
      await events.close();
      await ledgerStore.close();
      await control.close();
    },
  };
};
export type Monitor = Awaited<ReturnType<typeof openMonitor>>;
