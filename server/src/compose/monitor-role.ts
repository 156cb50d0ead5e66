import { DEFAULT_TENANT, type Configuration, type LinkRule, type TenantId } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { LINK_RULES } from "#links";
import { createLedger, loadOrCreateSigner, type Ledger } from "#ledger";
import {
  createBehaviour,
  createCheckpointing,
  createCorrelating,
  createDetection,
  createDrain,
  createDrainIntent,
  createLinker,
  createSubjectKeys,
  createTextInspector,
  forgetInFindings,
  readExchange,
  type Linker,
  type SubjectKeys,
} from "#monitor";
import { hmacHex, systemClock, toTimestamp, type Logger, type Metrics } from "#platform";
import type { RuleSet } from "#rules";
import { measureBehaviour } from "./behaviour-metrics.ts";
import { measureCorrelating } from "./correlating-metrics.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { Stores } from "./stores.ts";
import { createSubscriptions } from "./subscriptions.ts";

const RETENTION_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Exchanges of the self-test are looked at when a row was missed, soon or never. */
const LANE_DAYS = 14;
const LINK_DAYS = 30;

export interface MonitorRole {
  readonly ledger: Ledger;
  readonly subjects: SubjectKeys;
  readonly subscriptions: ReturnType<typeof createSubscriptions>;
  readonly readExchange: (tenant: TenantId, id: string) => Promise<ExchangeDetail | undefined>;
  readonly eraseSubject: (
    tenant: TenantId,
    subject: string,
  ) => Promise<{ readonly existed: boolean; readonly exchanges: number }>;
  readonly linkRules: readonly LinkRule[];
  readonly relatedNames: Linker["related"];
  /** Resolves once everything durable now is drained, or when the drain stops. */
  readonly drained: () => Promise<void>;
  /** Drains what is there and signs it. */
  readonly settle: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Keys the signatures of prompts and answers, 32 bits. */
export const signatureSeed = ({ keys }: DataDirectory): number =>
  Number.parseInt(hmacHex(keys.content, "signatures").slice(0, 8), 16);

/** Drain, ledger, detection and retention, put together over the stores and started. */
export const startMonitorRole = async (options: {
  readonly configuration: Configuration;
  readonly directory: DataDirectory;
  readonly stores: Stores;
  readonly rules: () => RuleSet;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Promise<MonitorRole> => {
  const { configuration, directory, stores, logger } = options;
  const { origin, checkpointSeconds } = configuration.ledger;
  const signer = await loadOrCreateSigner(directory.signingKey, origin);
  const ledger = createLedger({ store: stores.ledger, signer, origin, now: systemClock.now });
  const subjects = createSubjectKeys(stores.control, directory.keys.subjects, systemClock.now);
  const subscriptions = createSubscriptions();
  const linkRules = [...LINK_RULES, ...configuration.links];
  const linker = createLinker(linkRules, stores.control);
  await linker.ready(DEFAULT_TENANT);
  const inspector = createTextInspector(
    { settings: configuration.detectors, contentKey: directory.keys.content },
    logger,
  );
  const drain = createDrain({
    spool: stores.spool,
    events: stores.events,
    control: stores.control,
    ledger,
    cursor: () => stores.ledger.cursor(),
    intent: createDrainIntent(directory.drainIntent),
    subjects,
    linker,
    detection: createDetection({
      rules: options.rules,
      control: stores.control,
      assets: configuration.assets,
      clock: systemClock,
    }),
    inspector,
    signatureSeed: signatureSeed(directory),
    publish: subscriptions.publish,
    clock: systemClock,
    logger,
  });
  const checkpoints = createCheckpointing(ledger, checkpointSeconds * 1_000, logger);
  const behaviour = createBehaviour({
    tenant: DEFAULT_TENANT,
    events: stores.events,
    control: stores.control,
    clock: systemClock,
    logger,
    settings: configuration.behaviour,
    assets: configuration.assets,
    subjects,
    signatureSeed: signatureSeed(directory),
  });
  measureBehaviour(options.metrics, behaviour);
  const correlating = createCorrelating({
    rules: options.rules,
    events: stores.events,
    control: stores.control,
    assets: configuration.assets,
    clock: systemClock,
    logger,
  });
  measureCorrelating(options.metrics, correlating);
  drain.start();
  behaviour.start();
  correlating.start();
  checkpoints.start();

  const retain = (): void => {
    const nowMs = systemClock.now();
    const { textDays, eventDays } = configuration.retention;
    const before = (days: number): string => toTimestamp(nowMs - days * DAY_MS);
    stores.control
      .retainApprovals(before(configuration.approvals.keptDays), before(textDays))
      .catch((error: unknown) => logger.error({ error }, "old approvals could not be removed"));
    stores.control
      .deleteLinks(DEFAULT_TENANT, { seenBefore: toTimestamp(nowMs - LINK_DAYS * DAY_MS) })
      .catch((error: unknown) => logger.error({ error }, "old links could not be removed"));
    stores.events
      .retain({
        textBeforeMs: nowMs - textDays * DAY_MS,
        eventsBeforeMs: nowMs - eventDays * DAY_MS,
        // Whole days, so that deleting is begun once a day at most.
        laneBeforeMs: Math.floor(nowMs / DAY_MS - LANE_DAYS) * DAY_MS,
      })
      .catch((error: unknown) => logger.error({ error }, "retention failed"));
  };
  const retention = setInterval(retain, RETENTION_EVERY_MS);
  retention.unref();

  return {
    ledger,
    subjects,
    subscriptions,
    readExchange: (tenant, id) => readExchange({ events: stores.events, ledger, subjects }, tenant, id),
    eraseSubject: async (tenant, subject) => {
      const existed = await subjects.erase({ tenant, subject });
      if (!existed) return { existed, exchanges: 0 };
      await forgetInFindings(stores.control, tenant, subject);
      await linker.forget(tenant, subject);
      await stores.control.forgetApprovals(tenant, subject);
      const exchanges = await stores.events.forgetPrincipal(tenant, subject);
      // A look that goes on may still write what it read before.
      await behaviour.settled();
      await stores.control.deleteNotes(tenant, { subject: `principal ${subject}` });
      return { existed, exchanges };
    },
    linkRules,
    relatedNames: linker.related,
    drained: drain.settle,
    settle: async () => {
      await drain.settle();
      await checkpoints.sign();
    },
    stop: async () => {
      clearInterval(retention);
      await behaviour.stop();
      await correlating.stop();
      await drain.stop();
      await inspector.close();
      await checkpoints.stop();
    },
  };
};
