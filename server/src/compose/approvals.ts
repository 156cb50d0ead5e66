import type { Configuration, TenantApproval } from "@parapet/model";
import { createApprovalMetrics, createDesk, type Desk } from "#approvals";
import type { AuditEntry } from "#api";
import { systemClock, type Logger, type Metrics } from "#platform";
import { auditedNow } from "./audit-record.ts";
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
}

/** Approvals as this process keeps them. */
export const composeApprovals = ({
  configuration,
  directory,
  stores,
  metrics,
  logger,
  url,
}: ApprovalsParts): { readonly desk: Desk } => {
  const approvers = new Map(configuration.agents.map(({ id, approvers: names }) => [id, names]));
  const desk = createDesk({
    control: stores.control,
    key: directory.keys.approvals,
    clock: systemClock,
    configuration: configuration.approvals,
    address: () => (configuration.approvals.url ?? url()).replace(/\/$/, ""),
    approversOf: (agent) => approvers.get(agent),
    audit: async (deed) => {
      const entry: AuditEntry = { ...deed, address: "" };
      await stores.spool.append(JSON.stringify(auditedNow(entry)));
    },
    metrics: createApprovalMetrics(metrics),
    onRequested: (_approval: TenantApproval) => undefined,
    onTrouble: (error) => logger.error({ error }, "approvals that are over could not be ended"),
  });
  return { desk };
};
