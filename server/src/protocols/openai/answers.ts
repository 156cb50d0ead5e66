import { isWithheld, type BlockNotice, type Protocol, type StreamMessage } from "../protocol.ts";

const TYPES: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [429, "rate_limit_error"],
]);

/** OpenAI's error body; official SDKs make their ordinary error of it. */
export const errorBody: Protocol["error"] = ({ status, code, message }) =>
  JSON.stringify({
    error: {
      message,
      type: TYPES.get(status) ?? (status >= 500 ? "server_error" : "invalid_request_error"),
      param: null,
      code,
    },
  });

const DONE: StreamMessage = { data: "[DONE]" };

type RefusalNotice = BlockNotice & { readonly model: string };

const USAGE = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/** Seconds since the epoch of a UUIDv7: an answer carries a time, and this module has no clock. */
const createdAt = (exchange: string): number => {
  const ms = Number.parseInt(exchange.replaceAll("-", "").slice(0, 12), 16);
  return Number.isFinite(ms) ? Math.floor(ms / 1000) : 0;
};

const head = ({ exchange, model }: RefusalNotice, object: string) => ({
  id: `chatcmpl-${exchange}`,
  object,
  created: createdAt(exchange),
  model,
});

/** A completion that refuses, as the provider's own filter would. */
export const refusal = (notice: RefusalNotice): string =>
  JSON.stringify({
    ...head(notice, "chat.completion"),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          ...(isWithheld(notice)
            ? { content: notice.message, refusal: null }
            : { content: null, refusal: notice.message }),
        },
        logprobs: null,
        finish_reason: isWithheld(notice) ? "stop" : "content_filter",
      },
    ],
    usage: USAGE,
  });

const chunkOf =
  (notice: RefusalNotice) =>
  (delta: object, finishReason: string | null): StreamMessage => ({
    data: JSON.stringify({
      ...head(notice, "chat.completion.chunk"),
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    }),
  });

/** The same as the events of a stream. */
export const refusalStream = (notice: RefusalNotice): readonly StreamMessage[] => {
  const chunk = chunkOf(notice);
  if (isWithheld(notice)) return [chunk({ role: "assistant", content: "" }, null), ...withheldStream(notice)];
  return [
    chunk({ role: "assistant", content: null, refusal: "" }, null),
    chunk({ refusal: notice.message }, null),
    chunk({}, "content_filter"),
    DONE,
  ];
};

/** A text in the middle of a stream, and its end. */
export const withheldStream = (notice: BlockNotice & { readonly model?: string }): readonly StreamMessage[] => {
  const chunk = chunkOf({ model: "", ...notice });
  return [chunk({ content: notice.message }, null), chunk({}, "stop"), DONE];
};

/** After the first byte the status is fixed: the error stands in the stream, where SDKs raise it. */
export const blockedStream = ({ message, code, policy, exchange }: BlockNotice): readonly StreamMessage[] => [
  {
    data: JSON.stringify({
      error: {
        message,
        type: "invalid_request_error",
        param: null,
        code,
        exchange,
        ...(policy === undefined ? {} : { policy }),
      },
    }),
  },
  DONE,
];

/** No `[DONE]`: a reader that passes over the error must not take the rest for the whole. */
export const failedStream = ({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): readonly StreamMessage[] => [
  { data: JSON.stringify({ error: { message, type: "server_error", param: null, code } }) },
];
