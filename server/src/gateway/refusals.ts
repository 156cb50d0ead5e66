import type { IncomingMessage, ServerResponse } from "node:http";
import { DEFAULT_TENANT, type AuditRecord } from "@parapet/model";
import { auditRecord, type Step } from "#pipeline";
import type { Fault } from "#platform";
import type { DecodedRequest } from "#protocols";
import { addressOf } from "./admission.ts";
import { sendFault, verdictHeaders } from "./answer.ts";
import { sendStop, stopOf } from "./approvals.ts";
import { leaveUnread } from "./leave-unread.ts";
import { placeOf, type Passage } from "./passage.ts";
import type { RouteMatch } from "./route-table.ts";
import { stateOf } from "./terminal-state.ts";

/** Answers a request that policy stops: the protocol's error, or a completion where the route or what is held says so. */
export const answerBlocked = async (passage: Passage, { asked }: Step): Promise<void> => {
  const { exchange, response } = passage;
  const stop = stopOf(passage, exchange.verdict(), asked, false);
  await exchange.close({ state: "blocked", status: stop.status, responseBytes: 0, waitedMs: 0 });
  sendStop(passage, response, stop);
};

/** What is known of a request when it fails: not always a passage yet. */
export interface Failing extends Partial<Pick<Passage, "exchange" | "caller" | "call">> {
  readonly decoded?: Pick<DecodedRequest, "replyTo">;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly match: RouteMatch;
}

/** Every way out that is no answer of the road: one terminal record, one error in the protocol's shape. */
export const answerFault = async (fault: Fault, failing: Failing, id: string): Promise<void> => {
  const { exchange, request, response, match, caller, call } = failing;
  const gone = caller?.isGone() === true;
  if (exchange !== undefined) {
    const state = gone ? "client_aborted" : stateOf(fault);
    const detail = caller?.why() ?? fault.detail ?? fault.message;
    await exchange.close({ state, status: gone ? 0 : fault.status, detail, responseBytes: 0, waitedMs: 0 }, false);
  }
  call?.go();
  if (gone) return;
  const headers = {
    ...verdictHeaders(id, exchange?.verdict(), match.route.configuration.detail),
    ...leaveUnread(request),
  };
  sendFault(response, match.route.protocol, fault, headers, placeOf(failing));
};

/** What never became an exchange is kept as an audit event, with nothing of the caller's but a path cut short. */
export const refusalRecord = (
  fault: Fault,
  { request, match }: Pick<Failing, "request" | "match">,
  id: string,
  { nowMs, suppressed }: { readonly nowMs: number; readonly suppressed: number },
): AuditRecord =>
  auditRecord(
    {
      tenant: DEFAULT_TENANT,
      type: "exchange.refused",
      actor: "anonymous",
      address: addressOf(request),
      target: match.route.configuration.id,
      outcome: "failure",
      detail: {
        exchange: id,
        code: fault.code,
        status: fault.status,
        reason: fault.detail ?? "",
        ...(suppressed > 0 && { suppressed }),
      },
    },
    nowMs,
  );
