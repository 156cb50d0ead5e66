import { isObject } from "../json/json-access.ts";
import { isWithheld, type BlockNotice, type Protocol, type StreamMessage } from "../protocol.ts";

const TYPES: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
]);

const typeOf = (status: number): string => TYPES.get(status) ?? (status >= 500 ? "api_error" : "invalid_request_error");

/** Anthropic's error body; the format has no codes, so the sentence and the headers say what happened. */
export const errorBody: Protocol["error"] = ({ status, message }) =>
  JSON.stringify({ type: "error", error: { type: typeOf(status), message } });

type RefusalNotice = BlockNotice & { readonly model: string };

const named = (data: { readonly type: string; readonly [key: string]: unknown }): StreamMessage => ({
  name: data.type,
  data: JSON.stringify(data),
});

const USAGE = {
  input_tokens: 0,
  output_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};

const messageOf = ({ exchange, model }: RefusalNotice) => ({
  id: `msg_${exchange}`,
  type: "message",
  role: "assistant",
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  usage: USAGE,
});

const ended = (notice: BlockNotice) => ({
  stop_reason: isWithheld(notice) ? "end_turn" : "refusal",
  stop_sequence: null,
  stop_details: isWithheld(notice) ? null : { type: "refusal", category: null, explanation: notice.message },
});

/** A message that refuses, as the provider's own classifiers would. */
export const refusal = (notice: RefusalNotice): string =>
  JSON.stringify({
    ...messageOf(notice),
    content: [{ type: "text", text: notice.message, citations: null }],
    ...ended(notice),
  });

/** A block of text at this index, and the end. */
const blockAndEnd = (notice: BlockNotice, index: number): readonly StreamMessage[] => [
  named({ type: "content_block_start", index, content_block: { type: "text", text: "", citations: null } }),
  named({ type: "content_block_delta", index, delta: { type: "text_delta", text: notice.message } }),
  named({ type: "content_block_stop", index }),
  named({ type: "message_delta", delta: ended(notice), usage: USAGE }),
  named({ type: "message_stop" }),
];

/** The same as the events of a stream. */
export const refusalStream = (notice: RefusalNotice): readonly StreamMessage[] => [
  named({ type: "message_start", message: messageOf(notice) }),
  ...blockAndEnd(notice, 0),
];

/** In place of the block that would begin next: blocks come one after the other, so all before it have ended. */
export const withheldStream = (notice: BlockNotice, next: string): readonly StreamMessage[] | undefined => {
  const begun: unknown = JSON.parse(next === "" ? "null" : next);
  if (!isObject(begun) || begun["type"] !== "content_block_start" || typeof begun["index"] !== "number")
    return undefined;
  return blockAndEnd(notice, begun["index"]);
};

const errorEvent = (type: string, message: string): readonly StreamMessage[] => [
  named({ type: "error", error: { type, message } }),
];

/** After the first byte the status is fixed: the error stands in the stream, where SDKs raise it. */
export const blockedStream = ({ message }: BlockNotice): readonly StreamMessage[] =>
  errorEvent("invalid_request_error", message);

export const failedStream = ({ message }: { readonly message: string }): readonly StreamMessage[] =>
  errorEvent("api_error", message);
