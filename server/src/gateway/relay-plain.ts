import { Fault, FAULTS } from "#platform";
import type { DecodedResponse, Endpoint } from "#protocols";
import { sendJson, verdictHeaders } from "./answer.ts";
import { BYTES_TYPE, HEAD_BYTES_HEADER, headBytesOf } from "./body-shape.ts";
import { sendStop, settle, stopOf } from "./approvals.ts";
import { editBody } from "./edit-body.ts";
import { decodeResponseBody } from "./decode-answer.ts";
import { directionOf, type Examined } from "./examination.ts";
import { INLINE_BYTES_MAX } from "./examination-pool.ts";
import { notePredictions } from "./note-predictions.ts";
import { placeOf, toolOf, type Passage } from "./passage.ts";
import { JSON_TYPE, mediaType, returnHeaders } from "./headers.ts";
import { needExtractor, withPlainDocuments } from "./read-documents.ts";
import type { UpstreamResponse } from "./upstream.ts";

const LINES_TYPE = "application/x-jsonl";
/** How providers label one object per line. */
const LINES_TYPES = new Set([
  LINES_TYPE,
  "application/jsonl",
  "application/x-ndjson",
  "application/binary",
  "application/octet-stream",
]);

/** What an answer of any kind may be: nothing that a browser would run. */
const ANY_TYPE =
  /^(?:(?:audio|image|video)\/[a-z0-9.-]{1,40}|text\/(?:plain|vtt|srt|csv|markdown)|application\/(?:octet-stream|binary|jsonl|x-ndjson|x-jsonl|x-subrip|pdf|vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.[a-z.]{1,60}))$/;

/** The media type that the caller is told; undefined for JSON. */
const typeOf = ({ answer: kind }: Endpoint, { status, headers }: UpstreamResponse): string | undefined => {
  if (status >= 300 || kind === undefined) return undefined;
  if (kind === "lines") return LINES_TYPE;
  const type = mediaType(headers["content-type"]);
  if (type === JSON_TYPE) return undefined;
  if (type === "") return "text/plain; charset=utf-8";
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type;
};

/** Where the JSON ends that tensors follow, after what was edited in it. */
const headBytesHeader = (
  { answer: kind }: Endpoint,
  { headers }: UpstreamResponse,
  grownBytes: number,
): Record<string, string> => {
  const headBytes = kind === "tensors" ? headBytesOf(headers[HEAD_BYTES_HEADER]) : undefined;
  return headBytes === undefined ? {} : { [HEAD_BYTES_HEADER]: (headBytes + grownBytes).toString() };
};

/**
 * Reads the whole answer, judges it, records the end, and only then lets it go. `divertTo`: asks whoever answers instead
 * of an answer that policy diverts.
 */
export const relayPlain = async (
  passage: Passage,
  answer: UpstreamResponse,
  waitedMs: number,
  divertTo?: () => Promise<UpstreamResponse>,
): Promise<void> => {
  const { exchange, response, match, endpoint, clock, bounds, share } = passage;
  const bodyMs = clock.monotonic();
  const bytes = await answer.body.collect(bounds.responseBytesMax, share.take);
  const waited = waitedMs + clock.monotonic() - bodyMs;
  const read = await decodeAnswer(passage, answer, bytes);
  if (read === undefined) return relayStatus(passage, answer, bytes.length, waited);
  const { decoded, inspected } = withReturned(passage, read);
  const judged = await exchange.judgeResponse(decoded, inspected);
  if (judged.stop && judged.verdict.action === "divert" && divertTo !== undefined) {
    await exchange.divert(judged);
    const againMs = clock.monotonic();
    const other = await divertTo();
    return relayPlain(passage, other, waited + clock.monotonic() - againMs);
  }
  const contentType = answer.headers["content-type"]?.toString() ?? "";
  // Tensors need a header besides, which is not kept: they are asked for again.
  const kept = endpoint.answer === "tensors" ? undefined : { status: answer.status, contentType, body: bytes };
  const step = await settle(passage, judged, decoded.segments, kept);
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
    const stop = stopOf(
      { ...passage, decoded: { ...passage.decoded, model: decoded.model } },
      verdict,
      step.asked,
      true,
    );
    await exchange.close({ state: "blocked", status: stop.status, ...common });
    sendStop(passage, response, stop);
    return;
  }
  const body = editBody(bytes, { ...decoded, replacements: step.replacements });
  if (body !== bytes) share.take(body.length);
  await passage.keep(decoded);
  const state = answer.status >= 300 ? "upstream_error" : "completed";
  await exchange.close({ state, status: answer.status, ...common });
  if (passage.tensors !== undefined && state === "completed") {
    const { bytes: request, headBytes: requestHead } = passage.tensors;
    const answerHead = headBytesOf(answer.headers[HEAD_BYTES_HEADER]);
    notePredictions(passage, { request, requestHead, answer: bytes, answerHead }, waited);
  }
  sendJson(
    response,
    answer.status,
    {
      ...returnHeaders(answer.headers, match.route.protocol.headers.returned),
      ...verdictHeaders(id, verdict, match.route.configuration.detail),
      ...headBytesHeader(endpoint, answer, body.length - bytes.length),
    },
    endpoint.settle?.(body, passage.isEdited || body !== bytes) ?? body,
    typeOf(endpoint, answer),
  );
};

/** What a tool answered becomes part of the session; what it says of itself does not. */
const withReturned = (passage: Passage, read: Examined<DecodedResponse>): Examined<DecodedResponse> => {
  const tool = toolOf(passage);
  const said = read.decoded.segments.filter(({ provenance }) => provenance === "tool-result");
  if (tool === undefined || said.length === 0) return read;
  const toolResults = [{ ...tool, segments: said.map(({ index }) => index) }];
  return { ...read, decoded: { ...read.decoded, toolResults } };
};

/** An error page of a proxy in between: its status and its `retry-after` count, its words stay here. */
const relayStatus = async (
  passage: Passage,
  { status, headers }: UpstreamResponse,
  responseBytes: number,
  waitedMs: number,
): Promise<void> => {
  const { exchange, response, match } = passage;
  const { message } = FAULTS.upstream_invalid;
  await exchange.close({
    state: "upstream_error",
    status,
    detail: `status ${status} with a body that is not the protocol's`,
    responseBytes,
    waitedMs,
  });
  const own = {
    ...returnHeaders(headers, match.route.protocol.headers.returned),
    ...verdictHeaders(exchange.origin.exchange, exchange.verdict(), match.route.configuration.detail),
  };
  sendJson(
    response,
    status,
    own,
    match.route.protocol.error({ status, code: "upstream_invalid", message, ...placeOf(passage) }),
  );
};

/**
 * An answer that is not the protocol's JSON is never passed on: nobody could say what it holds. Undefined
 * for an error of the upstream, whose status is worth passing on without it.
 */
const decodeAnswer = async (
  passage: Passage,
  answer: UpstreamResponse,
  bytes: Buffer,
): Promise<Examined<DecodedResponse> | undefined> => {
  try {
    return await readAnswer(passage, answer, bytes);
  } catch (error) {
    if (answer.status >= 400) return undefined;
    throw error;
  }
};

const readAnswer = async (
  passage: Passage,
  answer: UpstreamResponse,
  bytes: Buffer,
): Promise<Examined<DecodedResponse>> => {
  const { endpoint, exchange, bounds, match, frame, pool } = passage;
  const type = mediaType(answer.headers["content-type"]);
  const headBytes = endpoint.answer === "tensors" ? headBytesOf(answer.headers[HEAD_BYTES_HEADER]) : undefined;
  const { operation } = passage.decoded;
  const shape = {
    type,
    ...(headBytes !== undefined && { headBytes }),
    ...(operation !== undefined && { operation }),
    ...(match.route.configuration.capture !== "hash" && { outlined: true as const }),
  };
  const isKnown =
    type === JSON_TYPE ||
    endpoint.mediaTypes?.includes(type) === true ||
    (endpoint.answer === "lines" && LINES_TYPES.has(type)) ||
    (endpoint.answer === "any" && (ANY_TYPE.test(type) || (type === "" && bytes.length === 0))) ||
    (endpoint.answer === "tensors" && type === BYTES_TYPE && headBytes !== undefined);
  if (!isKnown) {
    throw new Fault("upstream_invalid", { detail: `status ${answer.status}, content type ${type || "absent"}` });
  }
  const firstIndex = exchange.nextSegmentIndex();
  const { inspect } = match.route.configuration;
  const decoded =
    bytes.length > INLINE_BYTES_MAX
      ? undefined
      : decodeResponseBody(bytes, endpoint, bounds.depthMax, firstIndex, shape);
  if (decoded?.ok === false) throw new Fault("upstream_invalid", { detail: decoded.message });
  if (decoded === undefined || (inspect && needExtractor(decoded.value.documents))) {
    const named = { protocol: match.route.protocol.id, endpoint: endpoint.name, shape };
    const job = { bytes, ...named };
    const examined = await pool.response({ ...job, frame: { ...frame, firstIndex, context: exchange.context() } });
    if (!examined.ok) throw new Fault("upstream_invalid", { detail: examined.message });
    return examined.value;
  }
  const { decoded: said, documents } = decoded.value;
  const as = { direction: directionOf("response", frame), firstIndex };
  return { decoded: inspect ? withPlainDocuments(said, documents, as) : said, inspected: undefined };
};
