import type { ServerResponse } from "node:http";
import type { Verdict } from "@parapet/model";
import { FAULTS, type Fault } from "#platform";
import type { BlockNotice, ErrorNotice, Protocol } from "#protocols";
import { JSON_TYPE, SAFE_HEADERS } from "./headers.ts";

/**
 * Headers that every gateway answer carries. A request that was refused before policy saw it has no
 * verdict of its own: it was blocked all the same. With `detail: none` the policy is not named.
 */
export const verdictHeaders = (
  exchange: string,
  verdict: Verdict | undefined,
  detail: "policy" | "none" = "policy",
): Record<string, string> => {
  const headers: Record<string, string> = {
    ...SAFE_HEADERS,
    "x-parapet-exchange": exchange,
    "x-parapet-verdict": verdict?.action ?? "block",
  };
  if (detail === "policy" && verdict?.policy !== undefined && verdict.action !== "allow")
    headers["x-parapet-policy"] = verdict.policy;
  return headers;
};

const JOINED_BYTES_MAX = 16 * 1024;

export const sendJson = (
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
  type = JSON_TYPE,
): void => {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    "content-type": type,
    "content-length": Buffer.byteLength(body).toString(),
  });
  // Head and body in one write: Node joins them only when both are text of one encoding.
  if (typeof body !== "string" && body.length <= JOINED_BYTES_MAX) response.end(body.toString("latin1"), "latin1");
  else response.end(body);
};

/** A fault in the protocol's own error shape; official SDKs do not retry what `x-should-retry` forbids. */
export const sendFault = (
  response: ServerResponse,
  protocol: Protocol,
  fault: Fault,
  headers: Readonly<Record<string, string>>,
  place: Pick<ErrorNotice, "path" | "replyTo">,
): void => {
  const body = protocol.error({ status: fault.status, code: fault.code, message: fault.message, ...place });
  const retry = fault.retryAfterSeconds;
  sendJson(
    response,
    fault.status,
    {
      ...headers,
      ...(fault.status < 500 && fault.status !== 429 && { "x-should-retry": "false" }),
      ...(retry !== undefined && { "retry-after": retry.toString() }),
    },
    body,
  );
};

const CODES = {
  block: "content_filter",
  hold: "approval_required",
  throttle: "rate_limit_exceeded",
  divert: "content_filter",
} as const;

/** What the caller is told about a verdict that stops the exchange. */
export const noticeOf = (verdict: Verdict, exchange: string, detail: "policy" | "none"): BlockNotice => {
  const { action } = verdict;
  const code = action === "hold" || action === "throttle" || action === "divert" ? CODES[action] : CODES.block;
  const shown = verdict.policies.find(({ id }) => id === verdict.policy)?.message ?? FAULTS.content_filter.message;
  if (detail === "none") return { message: FAULTS.content_filter.message, code, exchange };
  return { message: shown, code, exchange, ...(verdict.policy !== undefined && { policy: verdict.policy }) };
};

/** HTTP status of a stop: never one that SDKs retry, except a throttle, which is meant to be retried. */
export const statusOf = (notice: BlockNotice): number => {
  if (notice.code === "rate_limit_exceeded") return 429;
  return notice.code === "approval_required" ? 403 : 400;
};
