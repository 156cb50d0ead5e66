import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { DEFAULT_TENANT, type Configuration } from "@parapet/model";
import {
  createDeadLetters,
  createFeeds,
  createHttpDoor,
  createIntake,
  createSeenIds,
  openTransport,
  runTransport,
  UnknownKind,
  type DeadLetters,
  type Feeds,
  type Insider,
  type Intake,
  type RunningTransport,
} from "#ingest";
import { systemClock, toTimestamp, type Logger, type Metrics } from "#platform";
import { SOURCES } from "#sources";
import { auditedNow } from "./audit-record.ts";
import type { DataDirectory } from "./data-directory.ts";
import { measureSources } from "./source-metrics.ts";
import { requireSecret } from "./load-configuration.ts";
import { StartRefused } from "./running.ts";
import { readSourceMappings } from "./source-mappings.ts";
import type { Stores } from "./stores.ts";

/** Keyed records that are remembered, and how far back after a restart. */
const SEEN_MAX = 400_000;
const SEEN_BACK_MS = 24 * 3_600_000;
const TICK_MS = 15_000;
/** How long telemetry waits at the door for what a stopped server left in the spool. */
const CATCH_UP_MS = 30_000;
const DAY_MS = 86_400_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface IngestRole {
  /** For requests over the network. */
  readonly door: Handler;
  /** For requests over the socket in the data directory, which only its owner can open. */
  readonly localDoor: Handler;
  readonly feeds: Feeds;
  readonly intake: Intake;
  readonly deadLetters: DeadLetters;
  /** Why a source's transport cannot do its work; undefined while it does. */
  readonly problemOf: (feed: string) => string | undefined;
  readonly stop: () => Promise<void>;
}

export interface IngestRoleOptions {
  readonly configuration: Configuration;
  /** Folder against which relative paths of the configuration are read. */
  readonly base: string;
  readonly directory: DataDirectory;
  readonly stores: Stores;
  readonly env: NodeJS.ProcessEnv;
  readonly insider: Insider;
  /** Resolves once what the spool held at the start is drained. */
  readonly drained: () => Promise<void>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The doors and transports of telemetry, put together over the stores and started. */
export const startIngestRole = async (options: IngestRoleOptions): Promise<IngestRole> => {
  const { configuration, directory, stores, logger } = options;
  const { control, spool } = stores;
  const clock = systemClock;
  const seen = createSeenIds(SEEN_MAX);
  const deadLetters = createDeadLetters(control, directory.keys.deadLetters, clock);
  const intake = createIntake({ spool, deadLetters, seen, clock, logger });
  const feeds = await openFeeds(options);
  measureSources(options.metrics, feeds);

  const openers = openTransports(options);

  let isReady = false;
  /** Keys of records from before the start: those in the spool are drained first, so that the store has them. */
  const remember = async (): Promise<void> => {
    await Promise.race([options.drained(), wait(CATCH_UP_MS, undefined, { ref: false })]);
    const ids = await stores.events.recentKeyedIds(DEFAULT_TENANT, clock.now() - SEEN_BACK_MS, SEEN_MAX / 2);
    for (const id of ids.toReversed()) seen.add(id);
  };
  const begun = remember()
    .catch((error: unknown) => logger.error({ error }, "records sent before this start may be taken in twice"))
    .then(() => {
      isReady = true;
    });

  const transports = new Map<string, RunningTransport>();
  const startTransports = async (): Promise<void> => {
    await begun;
    for (const [id, make] of openers) {
      const parts = feeds.find(id);
      if (parts !== undefined && !isStopped)
        transports.set(id, runTransport(parts, make, { intake, positions: positionsOf(control, id), clock, logger }));
    }
  };
  let isStopped = false;
  const started = startTransports();

  const tick = async (): Promise<void> => {
    try {
      await feeds.tick();
      await control.forgetDeadLetters(toTimestamp(clock.now() - configuration.retention.textDays * DAY_MS));
    } catch (error) {
      logger.error({ error }, "the health of sources could not be kept");
    }
  };
  const ticking = setInterval(() => void tick(), TICK_MS);
  ticking.unref();

  const doorFor = (insider: Insider): Handler => {
    const handle = createHttpDoor({ feeds, intake, insider, ready: () => isReady, clock });
    return (request, response) => {
      handle(request, response).catch((error: unknown) => {
        logger.error({ error }, "telemetry could not be taken in");
        if (response.headersSent) response.destroy();
        else
          response
            .writeHead(500, { "content-type": "application/json" })
            .end('{"error":"something went wrong here"}\n');
      });
    };
  };

  return {
    door: doorFor(options.insider),
    localDoor: doorFor(async () => true),
    feeds,
    intake,
    deadLetters,
    problemOf: (feed) => transports.get(feed)?.problem(),
    stop: async () => {
      clearInterval(ticking);
      isStopped = true;
      await started;
      await Promise.all([...transports.values()].map((one) => one.stop()));
      await tick();
    },
  };
};

const positionsOf = (control: Stores["control"], feed: string) => ({
  get: (name: string) => control.getFeedState(DEFAULT_TENANT, feed, name),
  list: (prefix: string) => control.listFeedStates(DEFAULT_TENANT, feed, prefix),
  put: (name: string, value: string) => control.putFeedState(DEFAULT_TENANT, feed, name, value),
});

/** Whatever is wrong with a transport as it is configured is told before anything listens. */
const openTransports = ({ configuration, base, env }: IngestRoleOptions) =>
  configuration.sources.flatMap(({ id, kind, transport }) => {
    try {
      const secret = (reference: string): string => requireSecret(reference, env, `sources.${id}.transport`);
      const make = openTransport(transport, { base, isGeneric: kind === "json", secret });
      return make === undefined ? [] : [[id, make] as const];
    } catch (error) {
      if (error instanceof StartRefused) throw error;
      throw new StartRefused(`sources.${id}.transport: ${error instanceof Error ? error.message : String(error)}`);
    }
  });

const openFeeds = async ({ configuration, base, stores, env, logger }: IngestRoleOptions): Promise<Feeds> => {
  const mappings = readSourceMappings({ configuration, base });
  for (const { file, line, message } of mappings.diagnostics)
    logger.warn({ file, line, problem: message }, "a mapping of a source cannot be used");
  try {
    return await createFeeds({
      sources: configuration.sources,
      catalogue: [...SOURCES, ...mappings.sources],
      credential: (reference, where) => requireSecret(reference, env, where),
      control: stores.control,
      clock: systemClock,
      logger,
      note: (note) =>
        stores.spool.offer(
          JSON.stringify(auditedNow({ tenant: DEFAULT_TENANT, actor: "system", address: "", ...note })),
        ),
    });
  } catch (error) {
    throw error instanceof UnknownKind ? new StartRefused(error.message) : error;
  }
};
