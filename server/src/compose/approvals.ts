import type { ApprovalNotice, Configuration } from "@parapet/model";
import { createApprovalMetrics, createDesk, createNotifier, type Desk, type NoticePlace } from "#approvals";
import type { AuditEntry } from "#api";
import { createHttpClient, systemClock, type Logger, type Metrics } from "#platform";
import { auditedNow } from "./audit-record.ts";
import { requireSecret } from "./load-configuration.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { Stores } from "./stores.ts";

export interface ApprovalsParts {
  readonly configuration: Configuration;
  readonly directory: DataDirectory;
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Where the console is reached, once that is known. */
  readonly url: () => string;
  readonly env: NodeJS.ProcessEnv;
}

const NOTICE_TIMEOUT_MS = 10_000;

export interface Approvals {
  readonly desk: Desk;
  readonly stop: () => Promise<void>;
}

/** Approvals as this process keeps them. */
export const composeApprovals = ({
  configuration,
  directory,
  stores,
  metrics,
  logger,
  url,
  env,
}: ApprovalsParts): Approvals => {
  const address = (): string => (configuration.approvals.url ?? url()).replace(/\/$/, "");
  const notifier = createNotifier({
    places: configuration.approvals.notify.map((notice) => placeOf(notice, env)),
    key: directory.keys.approvals,
    addressOf: ({ id }) => `${address()}/approvals/${id}`,
    clock: systemClock,
    logger,
    metrics,
  });
  const approvers = new Map(configuration.agents.map(({ id, approvers: names }) => [id, names]));
  const desk = createDesk({
    control: stores.control,
    key: directory.keys.approvals,
    clock: systemClock,
    configuration: configuration.approvals,
    address,
    approversOf: (agent) => approvers.get(agent),
    audit: async (deed) => {
      const entry: AuditEntry = { ...deed, address: "" };
      await stores.spool.append(JSON.stringify(auditedNow(entry)));
    },
    metrics: createApprovalMetrics(metrics),
    onRequested: notifier.tell,
    onTrouble: (error) => logger.error({ error }, "approvals that are over could not be ended"),
  });
  return {
    desk,
    stop: async () => {
      desk.stop();
      await notifier.stop();
    },
  };
};

/** An address may hold a secret of its own, as Slack's do: it may be named like one. */
const placeOf = (notice: ApprovalNotice, env: NodeJS.ProcessEnv): NoticePlace => {
  const where = `approvals.notify ${notice.id}`;
  const isNamed = /^(?:\$\{|file:)/.test(notice.url);
  return {
    notice,
    url: isNamed ? requireSecret(notice.url, env, `${where}.url`) : notice.url,
    secret: notice.secret === undefined ? undefined : requireSecret(notice.secret, env, `${where}.secret`),
    http: createHttpClient({ allowPrivate: notice.allow_private, timeoutMs: NOTICE_TIMEOUT_MS }),
  };
};
