import type { ServerResponse } from "node:http";
import type { Approval, Segment, Verdict } from "@parapet/model";
import { requestDigest, type Asked, type KeptAnswer, type Waiting } from "#approvals";
import { isHeld, type Step } from "#pipeline";
import { FAULTS } from "#platform";
import type { PolicySet } from "#policy";
import type { RefusalNotice } from "#protocols";
import { noticeOf, sendJson, statusOf, verdictHeaders } from "./answer.ts";
import { placeOf, type Passage } from "./passage.ts";
import { framingOf, wholeStream } from "./stream-framing.ts";
import type { UpstreamResponse } from "./upstream.ts";

/** Larger responses do not wait: after the approval the model is asked again. */
export const KEPT_BYTES_MAX = 4 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 30;

const holding = new WeakMap<PolicySet, boolean>();

/** Whether some policy may hold or divert, so that what it needs then is to be kept at hand. */
export const mayHold = (set: PolicySet): boolean => {
  const known = holding.get(set);
  if (known !== undefined) return known;
  const holds = set.policies.some(({ action }) => action === "hold" || action === "divert");
  holding.set(set, holds);
  return holds;
};

/** Asks about what a policy holds; the step that it answers goes on when all of it was approved. */
export const settle = (
  { exchange, bodyHash }: Passage,
  step: Step,
  segments: readonly Pick<Segment, "role" | "text">[],
  answer?: KeptAnswer,
): Promise<Step> | Step =>
  step.stop && isHeld(step.verdict)
    ? exchange.settle(step, {
        bodyHash: bodyHash?.() ?? "",
        segments,
        answer: answer !== undefined && answer.body.length <= KEPT_BYTES_MAX ? answer : undefined,
      })
    : step;

/** What waits for this very request; undefined when nothing does. */
export const waitingFor = async ({
  approvals,
  exchange: { origin },
  bodyHash,
}: Passage): Promise<Waiting | undefined> => {
  if (approvals === undefined || bodyHash === undefined || origin.lane !== undefined) return undefined;
  const { gate } = approvals;
  const known = gate.requests();
  if (known.size === 0) return undefined;
  const digest = requestDigest(gate.key, origin, bodyHash());
  return known.has(digest) ? gate.waiting(origin.tenant, digest) : undefined;
};

/** A response that waited, as if the upstream sent it now: it takes the road again. */
export const keptResponse = ({ status, contentType, body }: KeptAnswer): UpstreamResponse => ({
  status,
  headers: { "content-type": contentType },
  body: {
    collect: async (_bytesMax, take) => {
      take?.(body.length);
      return body;
    },
    pieces: async function* () {
      yield body;
    },
  },
});

/** The verdict by which something was held earlier and is still not let go. */
const verdictOf = (approvals: readonly Approval[]): Verdict | undefined => {
  const [first] = approvals;
  if (first === undefined) return undefined;
  const { action, policy, severity, message, policyVersion } = first;
  return {
    action,
    would: action,
    policy,
    policies: [{ id: policy, action, severity, message }],
    policyVersion,
    approvals: approvals.map(({ id }) => id),
  };
};

/** How an exchange that policy stops is answered. */
export interface Stop {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly notice: RefusalNotice;
  /** As a completion whose text says so, and not as an error. */
  readonly completes: boolean;
}

const describe = ({ approvals, match }: Passage, asked: Asked, detail: "policy" | "none"): string | undefined => {
  if (asked.kind === "passes") return undefined;
  if (asked.kind === "refused") return asked.reason;
  const [first] = asked.approvals;
  const why = first === undefined || detail === "none" ? FAULTS.approval_required.message : first.message;
  const named = asked.approvals
    .map((approval) => `${approval.id}${approval.tool === "" ? "" : ` (${approval.tool})`}`)
    .join(", ");
  if (asked.kind === "denied") {
    const denied = asked.approvals.find(({ state }) => state === "denied");
    const reason = denied?.reason === undefined || detail === "none" ? "" : `: ${denied.reason}`;
    return `A person denied this${reason}${reason.endsWith(".") ? "" : "."} Approval ${denied?.id ?? named} on route ${match.route.configuration.id}.`;
  }
  const where = first === undefined || approvals === undefined ? "" : `, ${approvals.gate.addressOf(first)}`;
  return `${why} It waits for a person: approval ${named}${where}\nSend the same request again once it is approved.`;
};

/** `isAnswer`: whether the response is stopped and not the request. */
export const stopOf = (passage: Passage, verdict: Verdict, asked: Asked | undefined, isAnswer: boolean): Stop => {
  const { exchange, match, decoded } = passage;
  const { detail, block_as, guard } = match.route.configuration;
  const id = exchange.origin.exchange;
  const said = asked === undefined ? undefined : describe(passage, asked, detail);
  const all = asked !== undefined && "approvals" in asked && asked.kind !== "passes" ? asked.approvals : [];
  const plain = noticeOf(verdict, id, detail);
  const isDenied = asked?.kind === "denied" || asked?.kind === "refused";
  // What waits is no filter's refusal: SDKs and people read it as the model's own text.
  const withheld =
    asked !== undefined && (verdict.action === "divert" || all.every(({ what }) => what === "tool_call"));
  const code = withheld ? "approval_required" : isDenied ? "content_filter" : plain.code;
  const notice = {
    ...plain,
    code,
    ...(said !== undefined && { message: said }),
    model: decoded.model,
    isAnswer,
  } as const;
  // To a gateway that asks for a yes or a no, a completion would be a yes.
  const completes =
    guard !== "ext-authz" &&
    (withheld || match.route.protocol.isGuard === true || (block_as === "refusal" && verdict.action === "block"));
  const status = completes ? 200 : statusOf(notice);
  const waits = asked?.kind === "waits" || status === 429;
  return {
    status,
    notice,
    completes,
    headers: {
      ...verdictHeaders(id, verdict, detail),
      "x-should-retry": "false",
      ...(all.length > 0 && { "x-parapet-approval": all.map((one) => one.id).join(", ") }),
      ...(waits && { "retry-after": RETRY_AFTER_SECONDS.toString() }),
    },
  };
};

/** Answers with a stop before anything was sent, in the form that the request asked for. */
export const sendStop = (
  passage: Passage,
  response: ServerResponse,
  { status, headers, notice, completes }: Stop,
): void => {
  const { endpoint, match, decoded } = passage;
  if (completes && decoded.stream && endpoint.refusalStream !== undefined) {
    const framing = framingOf(endpoint, match.query);
    response.writeHead(200, { ...headers, "content-type": framing.contentType });
    response.end(wholeStream(framing, endpoint.refusalStream(notice)));
    return;
  }
  if (completes && endpoint.refusal !== undefined) {
    sendJson(response, 200, headers, endpoint.refusal(notice));
    return;
  }
  const code = statusOf(notice);
  const body = match.route.protocol.error({
    status: code,
    code: notice.code,
    message: notice.message,
    ...placeOf(passage),
  });
  sendJson(response, completes ? code : status, headers, body);
};

/** The same request came again before a person decided, or after they said no. */
export const answerWaiting = async (
  passage: Passage,
  waiting: Extract<Waiting, { kind: "waits" | "denied" }>,
): Promise<void> => {
  const { exchange, response } = passage;
  const verdict = verdictOf(waiting.approvals) ?? exchange.verdict();
  exchange.withhold(verdict);
  const stop = stopOf(passage, verdict, waiting, true);
  await exchange.close({ state: "blocked", status: stop.status, responseBytes: 0, waitedMs: 0 });
  sendStop(passage, response, stop);
};
