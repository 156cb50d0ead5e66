import type { Verdict } from "@parapet/model";
import type { Step } from "#pipeline";
import { FAULTS, type Fault } from "#platform";
import { mcp } from "#protocols";
import type { Served } from "./client.ts";

/** Holds calls of tools whose definitions wait for approval. */
export const PIN_POLICY = "builtin.tool-pin";

type Answer = Pick<Served, "member" | "value">;
type Detail = "policy" | "none";

/** The sentence that a caller is told of a verdict that stops something. */
const sentenceOf = (verdict: Verdict, detail: Detail): string => {
  const pin = verdict.policies.find(({ id }) => id === PIN_POLICY);
  if (pin !== undefined) return pin.message;
  const { message } = FAULTS[verdict.action === "hold" ? "approval_required" : "content_filter"];
  if (detail === "none") return message;
  return verdict.policies.find(({ id }) => id === verdict.policy)?.message ?? message;
};

const dataOf = (verdict: Verdict, exchange: string, detail: Detail) => ({
  code: verdict.action === "hold" ? "approval_required" : "content_filter",
  exchange,
  ...(detail === "policy" && verdict.policy !== undefined && { policy: verdict.policy }),
});

/**
 * The answer to a request that policy stops. A call of a tool gets a result that says so, because models read results
 * and do something else; anything else gets an error.
 */
export const blockedAnswer = (
  request: mcp.RpcRequest,
  { verdict, asked }: Step,
  { exchange, detail }: { readonly exchange: string; readonly detail: Detail },
  addressOf: (approval: { readonly id: string }) => string,
): Answer => {
  const sentence = sentenceOf(verdict, detail) + askedSentence(asked, addressOf);
  if (request.method === "tools/call") {
    const who = detail === "policy" && verdict.policy !== undefined ? ` (policy ${verdict.policy})` : "";
    return { member: "result", value: mcp.toolErrorText(`Stopped by Parapet: ${sentence}${who}`) };
  }
  const code = verdict.action === "hold" ? mcp.RPC.held : mcp.RPC.blocked;
  return errorAnswer(code, sentence, dataOf(verdict, exchange, detail));
};

export const errorAnswer = (code: number, message: string, data?: Readonly<Record<string, unknown>>): Answer => ({
  member: "error",
  value: JSON.stringify({ code, message, ...(data !== undefined && { data }) }),
});

/** What became of asking a person. */
const askedSentence = (asked: Step["asked"], addressOf: (approval: { readonly id: string }) => string): string => {
  if (asked === undefined || asked.kind === "passes") return "";
  if (asked.kind === "refused") return ` ${asked.reason}`;
  const [first] = asked.approvals;
  if (first === undefined) return "";
  if (asked.kind === "denied") return ` A person denied it (approval ${first.id}).`;
  return ` It waits for a person: approval ${first.id}, ${addressOf(first)}. Call again once it is approved.`;
};

/** The value of an error with which a server is told that what it asked of a client is stopped. */
export const blockedError = (verdict: Verdict): Buffer =>
  Buffer.from(JSON.stringify({ code: mcp.RPC.blocked, message: sentenceOf(verdict, "none") }));

const RPC_CODES: Readonly<Partial<Record<Fault["code"], number>>> = {
  bad_request: mcp.RPC.invalidParams,
  upstream_unreachable: mcp.RPC.unavailable,
  upstream_timeout: mcp.RPC.unavailable,
  upstream_reset: mcp.RPC.unavailable,
  upstream_invalid: mcp.RPC.unavailable,
  upstream_too_large: mcp.RPC.unavailable,
  overloaded: mcp.RPC.unavailable,
};

export const rpcCodeOf = (fault: Fault): number => RPC_CODES[fault.code] ?? mcp.RPC.internal;

/** What callers are told of servers' failures; the table of faults speaks of models. */
const SERVER_SENTENCES: Readonly<Partial<Record<Fault["code"], string>>> = {
  upstream_unreachable: "The MCP server cannot be reached now.",
  upstream_timeout: "The MCP server did not answer in time.",
  upstream_reset: "The MCP server ended the conversation.",
  upstream_invalid: "The MCP server sent something that cannot be read.",
  upstream_too_large: "The MCP server sent more than this gateway accepts.",
};

export const faultAnswer = (fault: Fault): Answer =>
  errorAnswer(rpcCodeOf(fault), SERVER_SENTENCES[fault.code] ?? fault.message, {
    code: fault.code,
    ...(fault.retryAfterSeconds !== undefined && { retryAfterSeconds: fault.retryAfterSeconds }),
  });
