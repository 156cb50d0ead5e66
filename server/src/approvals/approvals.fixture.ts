import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApprovalsConfiguration,
  DEFAULT_TENANT,
  ExchangeId,
  type ExchangeOrigin,
  type TenantApproval,
} from "@parapet/model";
import { createMetrics, fakeClock, type FakeClock } from "#platform";
import { openSqliteControlStore, type ControlStore } from "#storage";
import { createApprovalMetrics } from "./approval-metrics.ts";
import { createDesk, type ApprovalDeed, type Desk } from "./desk.ts";
import { callDigest } from "./digest.ts";
import type { HeldExchange } from "./held.ts";
import type { Decider } from "./may-decide.ts";

export const KEY = Buffer.alloc(32, 3);
export const grace: Decider = { name: "grace", role: "approver", isKnown: true };

let exchanges = 0;
export const originOf = (change: Partial<ExchangeOrigin> = {}): ExchangeOrigin => ({
  tenant: DEFAULT_TENANT,
  exchange: ExchangeId.parse(`01990000-0000-7000-8000-${String((exchanges += 1)).padStart(12, "0")}`),
  route: "assistant",
  protocol: "openai",
  endpoint: "POST /chat/completions",
  model: "gpt-test",
  session: "s-1",
  sessionSource: "header",
  principal: "user:ada",
  user: "ada",
  agent: "clerk",
  address: "127.0.0.1",
  node: "node-1",
  boot: "boot-1",
  streamed: false,
  ...change,
});

/** One held call of `transfer`. */
export const heldCall = (
  text = '{"amount":5}',
  change: Partial<ExchangeOrigin> = {},
  policyVersion = "v1",
): HeldExchange => {
  const origin = originOf(change);
  return {
    origin,
    requestDigest: `request of ${text.length}`,
    risk: 12,
    answer: { status: 200, contentType: "application/json", body: Buffer.from(`answer with ${text}`) },
    things: [
      {
        what: "tool_call",
        digest: callDigest(KEY, origin, { server: "", tool: "transfer", arguments: text }, policyVersion),
        server: "",
        tool: "transfer",
        content: { arguments: text, cut: 0, differences: [] },
        verdict: {
          action: "hold",
          would: "hold",
          policy: "transfers",
          policies: [{ id: "transfers", action: "hold", severity: "high", message: "Ask first." }],
          policyVersion,
        },
      },
    ],
  };
};

export interface TestDesk extends AsyncDisposable {
  readonly desk: Desk;
  readonly control: ControlStore;
  readonly clock: FakeClock;
  readonly deeds: ApprovalDeed[];
  readonly requested: TenantApproval[];
  readonly metrics: () => string;
  /** While set, nothing becomes evidence. */
  failing: Error | undefined;
}

export const openDesk = (approvers?: readonly string[]): TestDesk => {
  const directory = mkdtempSync(join(tmpdir(), "parapet-approvals-"));
  const clock = fakeClock();
  const control = openSqliteControlStore(join(directory, "control.db"), clock);
  const metrics = createMetrics();
  const deeds: ApprovalDeed[] = [];
  const requested: TenantApproval[] = [];
  const desk = createDesk({
    control,
    key: KEY,
    clock,
    configuration: ApprovalsConfiguration.parse({ waitSeconds: 60, validSeconds: 120 }),
    address: () => "https://parapet.example",
    approversOf: (agent) => (agent === "clerk" ? approvers : undefined),
    audit: async (deed) => {
      if (made.failing !== undefined) throw made.failing;
      deeds.push(deed);
    },
    metrics: createApprovalMetrics(metrics),
    onRequested: (approval) => void requested.push(approval),
    onTrouble: () => undefined,
  });
  const made: TestDesk = {
    desk,
    control,
    clock,
    deeds,
    requested,
    metrics: metrics.render,
    failing: undefined,
    [Symbol.asyncDispose]: async () => {
      desk.stop();
      await control.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return made;
};
