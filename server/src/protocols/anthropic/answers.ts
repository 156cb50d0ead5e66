import type { BlockNotice, Protocol, StreamMessage } from "../protocol.ts";

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

const refused = ({ message }: RefusalNotice) => ({
  stop_reason: "refusal",
  stop_sequence: null,
  stop_details: { type: "refusal", category: null, explanation: message },
});

/** A message that refuses, as the provider's own classifiers would. */
export const refusal = (notice: RefusalNotice): string =>
  JSON.stringify({
    ...messageOf(notice),
    content: [{ type: "text", text: notice.message, citations: null }],
    ...refused(notice),
  });

/** The same as the events of a stream. */
export const refusalStream = (notice: RefusalNotice): readonly StreamMessage[] => [
  named({ type: "message_start", message: messageOf(notice) }),
  named({ type: "content_block_start", index: 0, content_block: { type: "text", text: "", citations: null } }),
  named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: notice.message } }),
  named({ type: "content_block_stop", index: 0 }),
  named({ type: "message_delta", delta: refused(notice), usage: USAGE }),
  named({ type: "message_stop" }),
];

const errorEvent = (type: string, message: string): readonly StreamMessage[] => [
  named({ type: "error", error: { type, message } }),
];

/** After the first byte the status is fixed: the error stands in the stream, where SDKs raise it. */
export const blockedStream = ({ message }: BlockNotice): readonly StreamMessage[] =>
  errorEvent("invalid_request_error", message);

export const failedStream = ({ message }: { readonly message: string }): readonly StreamMessage[] =>
  errorEvent("api_error", message);
