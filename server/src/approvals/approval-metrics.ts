import type { ApprovalStep } from "@parapet/model";
import type { Metrics } from "#platform";

export interface ApprovalMetrics {
  readonly step: (step: ApprovalStep) => void;
  readonly decided: (step: "approved" | "denied", waitedMs: number) => void;
  readonly pending: (count: number) => void;
}

const WAIT_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 14_400, 86_400];

export const createApprovalMetrics = (metrics: Metrics): ApprovalMetrics => {
  let waiting = 0;
  const steps = metrics.counter(
    "parapet_approvals_total",
    "Steps of approvals: requested, approved, denied, refused, expired, used",
  );
  const waits = metrics.histogram(
    "parapet_approval_wait_seconds",
    "From the request of an approval to its decision",
    WAIT_SECONDS,
  );
  metrics.gauge("parapet_approvals_pending", "Approvals that wait for a person").read(() => waiting);
  const step = (name: ApprovalStep): void => steps.add({ step: name });
  return {
    step,
    decided: (name, waitedMs) => {
      step(name);
      waits.observe({ decision: name }, waitedMs / 1_000);
    },
    pending: (count) => {
      waiting = count;
    },
  };
};
