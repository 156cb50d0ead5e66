import {
  DEFAULT_TENANT,
  type Approval,
  type ApprovalsConfiguration,
  type ApprovalStep,
  type TenantApproval,
  type TenantId,
} from "@parapet/model";
import type { ApprovalDecision, ApprovalDetail } from "@parapet/model/api";
import { Fault, toTimestamp, type Clock } from "#platform";
import type { ControlStore, StoredApproval } from "#storage";
import type { ApprovalMetrics } from "./approval-metrics.ts";
import { newApproval, withStep } from "./changes.ts";
import type { ApprovalGate, Asked, HeldExchange, KeptAnswer, Waiting } from "./held.ts";
import { readLink } from "./links.ts";
import { mayDecide, type Decider } from "./may-decide.ts";
import { createSealed } from "./sealed.ts";
import { createWaiters } from "./waiters.ts";

const PENDING_MAX = 500;
/** Somebody who floods the queue hides the one call that matters in it. */
const PENDING_OF_ONE = 50;
const SWEEP_MS = 1_000;
const SWEPT_MAX = 200;
const TRIES_MAX = 3;

/** What becomes evidence; whoever composes adds id and time. */
export interface ApprovalDeed {
  readonly tenant: TenantId;
  readonly type: `approval.${ApprovalStep}`;
  readonly actor: string;
  readonly target: string;
  readonly outcome: "success" | "failure";
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface DeskOptions {
  readonly control: ControlStore;
  /** Key of digests, links and of what is sealed. */
  readonly key: Buffer;
  readonly clock: Clock;
  readonly configuration: ApprovalsConfiguration;
  /** Address of the console, without a slash at its end. */
  readonly address: () => string;
  /** Who may decide about an agent's calls; undefined: whoever has the role. */
  readonly approversOf: (agent: string) => readonly string[] | undefined;
  /** Resolves once durable. */
  readonly audit: (deed: ApprovalDeed) => Promise<void>;
  readonly metrics: ApprovalMetrics;
  /** Told of each new one; must not throw. */
  readonly onRequested: (approval: TenantApproval) => void;
  /** Told when what is over could not be ended; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
}

/** Where approvals are kept, asked for, decided and used up. */
export const createDesk = (options: DeskOptions) => {
  const { control, clock, configuration, metrics } = options;
  const sealed = createSealed(options.key);
  const waiters = createWaiters();
  const requests = new Set<string>();
  let sweeping: NodeJS.Timeout | undefined;

  const now = (): string => toTimestamp(clock.now());
  const refreshRequests = async (): Promise<void> => {
    const alive = await control.waitingRequests(now());
    requests.clear();
    for (const digest of alive) requests.add(digest);
  };

  const tell = (
    step: ApprovalStep,
    approval: TenantApproval,
    actor: string,
    more: Readonly<Record<string, unknown>> = {},
    outcome: ApprovalDeed["outcome"] = "success",
  ): Promise<void> =>
    options.audit({
      tenant: approval.tenant,
      type: `approval.${step}`,
      actor,
      target: approval.id,
      outcome,
      detail: {
        what: approval.what,
        action: approval.action,
        exchange: approval.exchange,
        requester: approval.principal,
        ...(approval.user !== undefined && { user: approval.user }),
        ...(approval.agent !== undefined && { agent: approval.agent }),
        server: approval.server,
        tool: approval.tool,
        policy: approval.policy,
        policyVersion: approval.policyVersion,
        digest: approval.digest,
        ...more,
      },
    });

  /** Uses all up, or none where one was used or changed meanwhile. */
  const use = async (granted: readonly StoredApproval[], { origin }: HeldExchange): Promise<boolean> => {
    const nowMs = clock.now();
    const used = granted.map((stored): StoredApproval => ({
      ...stored,
      approval: withStep(
        { ...stored.approval, state: "used", usedBy: origin.exchange },
        "used",
        origin.principal,
        nowMs,
      ),
      answer: "",
    }));
    if (!(await control.changeApprovals(used))) return false;
    for (const { approval } of used) {
      metrics.step("used");
      await tell("used", approval, origin.principal, { exchange: origin.exchange, heldIn: approval.exchange });
      waiters.wake(approval.id);
    }
    return true;
  };

  const request = async (held: HeldExchange, at: number): Promise<StoredApproval | "full"> => {
    const thing = held.things[at];
    if (thing === undefined) return "full";
    const made = newApproval(held, thing, {
      nowMs: clock.now(),
      waitMs: configuration.waitSeconds * 1_000,
      approvers: held.origin.agent === undefined ? undefined : options.approversOf(held.origin.agent),
    });
    const stored: StoredApproval = {
      approval: made,
      requestDigest: held.requestDigest,
      revision: 0,
      content: sealed.content.seal(made, thing.content),
      answer: at === 0 && held.answer !== undefined ? sealed.answer.seal(made, held.answer) : "",
    };
    const added = await control.addApproval(stored, { pendingMax: PENDING_MAX, pendingOfOne: PENDING_OF_ONE });
    if (added === "full" || added.approval.id !== made.id) return added;
    if (held.requestDigest !== "") requests.add(held.requestDigest);
    metrics.step("requested");
    await tell("requested", made, made.principal, { expiresAt: made.expiresAt });
    options.onRequested(made);
    return added;
  };

  const ask = async (held: HeldExchange): Promise<Asked> => {
    const { tenant } = held.origin;
    const digests = held.things.map(({ digest }) => digest);
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const found = new Map(
        (await control.findApprovals(tenant, { digests }, now())).map((one) => [one.approval.digest, one]),
      );
      const known = digests.flatMap((digest) => found.get(digest) ?? []);
      const isGranted = known.length === digests.length && known.every(({ approval }) => approval.state === "approved");
      if (isGranted && (await use(known, held)))
        return { kind: "passes", approvals: known.map((one) => one.approval.id) };
      if (isGranted) continue;
      const all: Approval[] = [];
      for (const [at, digest] of digests.entries()) {
        const one = found.get(digest) ?? (await request(held, at));
        if (one === "full")
          return { kind: "refused", reason: "Too many calls wait for a person already; nothing more is asked." };
        all.push(one.approval);
        if (found.has(digest) && one.approval.state === "pending")
          await control.changeApprovals([{ ...one, approval: { ...one.approval, asked: one.approval.asked + 1 } }]);
      }
      return { kind: all.some(({ state }) => state === "denied") ? "denied" : "waits", approvals: all };
    }
    return { kind: "refused", reason: "The approval was used by somebody else meanwhile." };
  };

  const waiting = async (tenant: TenantId, requestDigest: string): Promise<Waiting | undefined> => {
    const found = (await control.findApprovals(tenant, { requestDigest }, now())).filter(
      // A held request is asked about when it is judged.
      ({ approval }) => approval.what !== "request",
    );
    if (found.length === 0) return undefined;
    const approvals = found.map(({ approval }) => approval);
    if (approvals.some(({ state }) => state === "denied")) return { kind: "denied", approvals };
    if (approvals.some(({ state }) => state === "pending")) return { kind: "waits", approvals };
    let answer: KeptAnswer | undefined;
    for (const one of found) answer ??= one.answer === "" ? undefined : sealed.answer.open(one.approval, one.answer);
    return { kind: "approved", answer };
  };

  const gate: ApprovalGate = {
    key: options.key,
    addressOf: ({ id }) => `${options.address()}/approvals/${id}`,
    requests: () => requests,
    ask,
    waiting,
    settled: (approvals, limit) =>
      waiters.wait(
        approvals.map(({ id }) => id),
        limit,
      ),
  };

  const find = async (tenant: TenantId, id: string): Promise<StoredApproval> => {
    const stored = await control.getApproval(tenant, id);
    if (stored === undefined) throw new Fault("not_found");
    return stored;
  };

  /** With what stands in it. Noted as seen when it waits and whoever looks may decide. */
  const show = async (tenant: TenantId, id: string, decider: Decider): Promise<ApprovalDetail> => {
    let stored = await find(tenant, id);
    const actor = `user:${decider.name}`;
    const may = mayDecide(stored.approval, decider);
    const { approval } = stored;
    const isNew = !approval.history.some((one) => one.step === "seen" && one.actor === actor);
    if (may.ok && approval.state === "pending" && isNew) {
      const seen = { ...stored, approval: withStep(approval, "seen", actor, clock.now()) };
      if (await control.changeApprovals([seen])) {
        await tell("seen", approval, actor);
        stored = seen;
      }
    }
    const { tenant: _tenant, ...shown } = stored.approval;
    const content = stored.content === "" ? undefined : sealed.content.open(approval, stored.content);
    const isOpen = approval.state === "pending" && approval.expiresAt > now();
    return {
      ...shown,
      ...(content !== undefined && { content }),
      mayDecide: may.ok && isOpen,
      ...(!may.ok && { mayNotBecause: may.reason }),
    };
  };

  /** As it is now, if this person may decide about it now. Throws a `Fault`: not_found, forbidden, conflict. */
  const decidable = async (
    tenant: TenantId,
    id: string,
    decider: Decider,
    decision: string,
  ): Promise<StoredApproval> => {
    const stored = await find(tenant, id);
    const { approval } = stored;
    const may = mayDecide(approval, decider);
    if (!may.ok) {
      const approver = `user:${decider.name}`;
      metrics.step("refused");
      await tell("refused", approval, approver, { approver, why: may.why, decision }, "failure");
      throw new Fault("forbidden", { message: may.reason });
    }
    if (approval.state !== "pending" || approval.expiresAt <= now()) {
      const state = approval.state === "pending" ? "expired" : approval.state;
      throw new Fault("conflict", { message: `This is ${state} already.` });
    }
    return stored;
  };

  /** Throws a `Fault`: not_found, forbidden for whoever may not, conflict for what is decided or over. */
  const decide = async (
    tenant: TenantId,
    id: string,
    decider: Decider,
    { decision, reason }: ApprovalDecision,
    by = "",
  ): Promise<Approval> => {
    const step = decision === "approve" ? "approved" : "denied";
    const actor = `user:${decider.name}`;
    let isTold = false;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const stored = await decidable(tenant, id, decider, decision);
      const nowMs = clock.now();
      const waitedMs = nowMs - Date.parse(stored.approval.createdAt);
      const decided = withStep(
        {
          ...stored.approval,
          state: step,
          decidedBy: decider.name,
          decidedAt: toTimestamp(nowMs),
          expiresAt: toTimestamp(nowMs + configuration.validSeconds * 1_000),
          ...(reason !== undefined && reason !== "" && { reason }),
        },
        step,
        actor,
        nowMs,
        reason,
      );
      // Durable before anything can pass by it.
      if (!isTold)
        await tell(step, decided, actor, {
          approver: actor,
          waitedMs,
          ...(by !== "" && { by }),
          ...(reason !== undefined && { reason }),
        });
      isTold = true;
      // Whoever asks again or looks meanwhile changes it as well.
      if (
        !(await control.changeApprovals([{ ...stored, approval: decided, ...(step === "denied" && { answer: "" }) }]))
      )
        continue;
      metrics.decided(step, waitedMs);
      waiters.wake(id);
      const { tenant: _tenant, ...shown } = decided;
      return shown;
    }
    throw new Fault("conflict", { message: "It changes too fast to be decided about now; try again." });
  };

  /** Whom a link was made for, as they are now; throws `unauthorized` for a link that is no good any more. */
  const bearerOf = async (token: string) => {
    const claims = readLink(options.key, token, clock.now());
    const users = claims === undefined ? [] : await control.listUsers(claims.tenant);
    const user = users.find(({ name }) => name === claims?.approver);
    if (claims === undefined || user === undefined || user.disabled)
      throw new Fault("unauthorized", { message: "This link is not valid, or not any more." });
    return { id: claims.approval, tenant: user.tenant, decider: { name: user.name, role: user.role, isKnown: true } };
  };

  const expire = async (): Promise<void> => {
    for (const stored of await control.dueApprovals(now(), SWEPT_MAX)) {
      const { approval } = stored;
      const expired = withStep({ ...approval, state: "expired" }, "expired", "system", clock.now());
      if (!(await control.changeApprovals([{ ...stored, approval: expired, answer: "" }]))) continue;
      metrics.step("expired");
      await tell("expired", expired, "system", { was: approval.state });
      waiters.wake(approval.id);
    }
    await refreshRequests();
    metrics.pending(await control.countApprovals(DEFAULT_TENANT, "pending"));
  };

  const sweep = (): void => {
    sweeping = setTimeout(() => {
      expire()
        .catch((error: unknown) => options.onTrouble(error))
        .finally(() => {
          if (sweeping !== undefined) sweep();
        });
    }, SWEEP_MS);
    sweeping.unref();
  };

  return {
    gate,
    show,
    decide,
    bearerOf,
    /** Ends what is over; done every second once started. */
    expire,
    start: async (): Promise<void> => {
      await refreshRequests();
      sweep();
    },
    stop: (): void => {
      clearTimeout(sweeping);
      sweeping = undefined;
      waiters.close();
    },
  };
};

export type Desk = ReturnType<typeof createDesk>;
