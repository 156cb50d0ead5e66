import { Fault, scanJson } from "#platform";
import type { DecodedResponse } from "#protocols";
import { noticeOf, sendJson, statusOf, verdictHeaders } from "./answer.ts";
import { editBody } from "./edit-body.ts";
import type { Passage } from "./gateway.ts";
import { mediaType, returnHeaders } from "./headers.ts";
import type { UpstreamResponse } from "./upstream.ts";

/** Reads the whole answer, judges it, records the end, and only then lets it go. */
export const relayPlain = async (passage: Passage, answer: UpstreamResponse, waitedMs: number): Promise<void> => {
  const { exchange, response, match, endpoint, clock, bounds } = passage;
  const bodyMs = clock.monotonic();
  const bytes = await answer.body.collect(bounds.responseBytesMax);
  const waited = waitedMs + clock.monotonic() - bodyMs;
  const decoded = decodeAnswer(passage, answer, bytes);
  const step = exchange.judgeResponse(decoded);
  const spent = (decoded.usage?.inputTokens ?? 0) + (decoded.usage?.outputTokens ?? 0);
  passage.spend(spent);

  const common = {
    responseBytes: bytes.length,
    waitedMs: waited,
    ...(decoded.usage !== undefined && { usage: decoded.usage }),
    ...(decoded.finishReason !== undefined && { finishReason: decoded.finishReason }),
  };
  const verdict = exchange.verdict();
  const id = exchange.origin.exchange;
  if (step.stop) {
    const { configuration, protocol } = match.route;
    const notice = noticeOf(verdict, id, configuration.detail);
    const refusal = configuration.block_as === "refusal" && endpoint.refusal !== undefined && verdict.action === "block";
    const status = refusal ? 200 : statusOf(notice);
    await exchange.close({ state: "blocked", status, ...common });
    const headers = { ...verdictHeaders(id, verdict), "x-should-retry": "false" };
    const body = refusal
      ? endpoint.refusal?.({ ...notice, model: decoded.model })
      : protocol.error({ status, code: notice.code, message: notice.message });
    sendJson(response, status, headers, body ?? "");
    return;
  }
  const body = editBody(bytes, { ...decoded, replacements: step.replacements });
  const state = answer.status >= 400 ? "upstream_error" : "completed";
  await exchange.close({ state, status: answer.status, ...common });
  sendJson(response, answer.status, { ...returnHeaders(answer.headers), ...verdictHeaders(id, verdict) }, body);
};

/** An answer that is not the protocol's JSON is never passed on: nobody could say what it holds. */
const decodeAnswer = ({ endpoint, exchange, bounds }: Passage, answer: UpstreamResponse, bytes: Buffer): DecodedResponse => {
  const type = mediaType(answer.headers["content-type"]);
  if (type !== "application/json") {
    throw new Fault("upstream_invalid", { detail: `status ${answer.status}, content type ${type || "absent"}` });
  }
  const scan = scanJson(bytes, { depthMax: bounds.depthMax });
  if (!scan.ok) throw new Fault("upstream_invalid", { detail: scan.fault.message });
  const decoded = endpoint.decodeResponse(scan.value, exchange.nextSegmentIndex());
  if (!decoded.ok) throw new Fault("upstream_invalid", { detail: decoded.refusal.message });
  return decoded.value;
};
