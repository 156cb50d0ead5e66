import {
  DEFAULT_TENANT,
  isExchangeRecord,
  type Configuration,
  type ExchangeRecord,
  type SelfTestRun,
  type SpoolRecord,
} from "@parapet/model";
import { DETECTORS } from "#detectors";
import { lanePath, type SelfTestLaneOptions } from "#gateway";
import { randomToken, systemClock, type Logger, type Metrics } from "#platform";
import { createSelfTest, type LaneTarget, type SelfTest, type Sent } from "#self-test";
import { auditedNow } from "./audit-record.ts";
import { callListener, reachable } from "./call-listener.ts";
import { baselinePaths, folderOf, readBaseline, readRows } from "./self-test-files.ts";
import type { Stores } from "./stores.ts";

const LANES_MAX = 8;
/** Callers at once from which the self-test waits. */
const BUSY_FROM = 32;
const WAITING_MAX = 100;

/** One lane for all routes that inspect alike; a route that does not inspect has nothing to test. */
const selfTestTargets = (routes: Configuration["routes"]): readonly LaneTarget[] => {
  const every = DETECTORS.map(({ id }) => id);
  const groups = new Map<string, { lane: string; routes: string[]; detectors: readonly string[] }>();
  // The demo stands for a group only where nothing else does.
  const inspecting = routes.filter(({ inspect }) => inspect);
  for (const route of inspecting.toSorted((a, b) => Number(a.protocol === "demo") - Number(b.protocol === "demo"))) {
    const detectors = every.filter((id) => route.detectors?.includes(id) ?? true);
    const group = groups.get(detectors.join());
    if (group === undefined) groups.set(detectors.join(), { lane: route.id, routes: [route.id], detectors });
    else group.routes.push(route.id);
  }
  return [...groups.values()].slice(0, LANES_MAX).map((group) => ({
    ...group,
    watchesCanary: DETECTORS.some(
      ({ id, categories }) => group.detectors.includes(id) && categories.includes("system_prompt_leak"),
    ),
  }));
};

export interface ComposedSelfTest {
  readonly selfTest: SelfTest;
  /** For the gateway's route table. */
  readonly lanes: readonly SelfTestLaneOptions[];
  /** To be called with each record of the gateway; takes its own. */
  readonly observe: (record: SpoolRecord) => void;
  readonly measure: (metrics: Metrics) => void;
}

export interface SelfTestOptions {
  readonly configuration: Configuration;
  /** Folder against which relative ones are read. */
  readonly base: string;
  readonly stores: Pick<Stores, "control" | "spool">;
  readonly logger: Logger;
  readonly version: string;
  readonly policiesVersion: () => string;
  readonly withGateway: boolean;
  readonly inFlight: () => number;
  /** Where the gateway listens; known once it does. */
  readonly port: () => number;
}

/** The self-test with its lanes: the secret that opens them is made here and never leaves the process. */
export const composeSelfTest = (options: SelfTestOptions): ComposedSelfTest => {
  const { configuration, base, stores, logger } = options;
  const settings = configuration.self_test;
  const folder = folderOf(configuration, base);
  const targets = options.withGateway ? selfTestTargets(configuration.routes) : [];
  const secret = randomToken("self-test-", 32);
  const watch = createWatch();

  const send = async (lane: string, body: string): Promise<Sent> => {
    const { host } = configuration.listen;
    const target = { host: reachable(host), port: options.port(), path: `${lanePath(lane)}/chat/completions` };
    const { status, exchange, text } = await callListener(target, secret, body);
    return { status, exchange, text, records: watch.take(exchange) };
  };
  const selfTest = createSelfTest({
    tenant: DEFAULT_TENANT,
    control: stores.control,
    clock: systemClock,
    logger,
    settings,
    corpus: () => readRows(folder),
    folder,
    baseline: (corpus) => {
      const { baseline, diagnostics } = readBaseline(baselinePaths(configuration.data, folder), corpus);
      for (const { file, message, fix } of diagnostics) logger.warn({ file, fix }, message);
      return baseline;
    },
    lanes: targets,
    catalogue: DETECTORS,
    versions: () => ({ product: options.version, policies: options.policiesVersion() }),
    send,
    isBusy: () => options.inFlight() >= BUSY_FROM,
    audit: async (run) => {
      await stores.spool.append(JSON.stringify(auditedNow(auditOf(run))));
    },
  });
  return {
    selfTest,
    lanes: configuration.routes
      .filter(({ id }) => targets.some(({ lane }) => lane === id))
      .map((route) => ({ route, secret, answer: selfTest.script.answer })),
    observe: watch.observe,
    measure: (metrics) => measure(metrics, selfTest.last),
  };
};

/** Holds the records of lane exchanges until their answer has come. */
const createWatch = () => {
  const waiting = new Map<string, ExchangeRecord[]>();
  return {
    observe: (record: SpoolRecord): void => {
      if (!isExchangeRecord(record) || record.origin.lane !== "self-test") return;
      const { exchange } = record.origin;
      const known = waiting.get(exchange);
      if (known !== undefined) known.push(record);
      else waiting.set(exchange, [record]);
      const [oldest] = waiting.keys();
      if (waiting.size > WAITING_MAX && oldest !== undefined) waiting.delete(oldest);
    },
    take: (exchange: string): readonly ExchangeRecord[] => {
      const records = waiting.get(exchange) ?? [];
      waiting.delete(exchange);
      return records;
    },
  };
};

const auditOf = (run: SelfTestRun) => ({
  tenant: DEFAULT_TENANT,
  type: "selftest.completed",
  actor: run.actor === "schedule" ? "system" : run.actor,
  address: "",
  target: run.id,
  outcome: run.result === "passed" ? ("success" as const) : ("failure" as const),
  detail: {
    result: run.result,
    corpus: run.corpus.digest,
    versions: run.versions,
    problems: run.problems.map(({ sentence }) => sentence).slice(0, 20),
    lanes: run.lanes.map(({ lane, rows, addedMs, categories }) => ({
      lane,
      rows,
      addedMs,
      categories: Object.fromEntries(
        categories.map(({ name, recall, falsePositives }) => [name, { recall, falsePositives }]),
      ),
    })),
  },
});

const measure = (metrics: Metrics, last: () => SelfTestRun | undefined): void => {
  const rates = (read: (figures: SelfTestRun["lanes"][number]["detectors"][number]) => number | null) => () =>
    (last()?.lanes ?? []).flatMap(({ lane, detectors }) =>
      detectors.flatMap((figures) => {
        const rate = read(figures);
        return rate === null ? [] : [[{ route: lane, detector: figures.name }, rate] as const];
      }),
    );
  metrics
    .gauge("parapet_self_test_recall", "Share of the self-test's attacks that a detector found, newest run")
    .readEach(rates(({ recall }) => recall));
  metrics
    .gauge("parapet_self_test_false_positives", "Share of the self-test's look-alikes that a detector flagged")
    .readEach(rates(({ falsePositives }) => falsePositives));
  metrics
    .gauge("parapet_self_test_passed", "Whether the newest run of the self-test passed; absent before the first")
    .readEach(() => {
      const run = last();
      return run === undefined ? [] : [[{}, run.result === "passed" ? 1 : 0]];
    });
  metrics
    .gauge("parapet_self_test_finished_seconds", "When the newest run ended, seconds since the epoch")
    .readEach(() => {
      const run = last();
      return run === undefined ? [] : [[{}, Date.parse(run.finishedAt) / 1_000]];
    });
};
