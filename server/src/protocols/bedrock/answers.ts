import type { BlockNotice, Protocol, RefusalNotice, StreamMessage } from "../protocol.ts";

const TYPES: ReadonlyMap<number, string> = new Map([
  [401, "AccessDeniedException"],
  [403, "AccessDeniedException"],
  [404, "ResourceNotFoundException"],
  [408, "ModelTimeoutException"],
  [429, "ThrottlingException"],
  [502, "ServiceUnavailableException"],
  [503, "ServiceUnavailableException"],
  [504, "ServiceUnavailableException"],
]);

/** AWS's error body; its type says which exception SDKs raise. */
export const errorBody: Protocol["error"] = ({ status, message }) =>
  JSON.stringify({
    __type: TYPES.get(status) ?? (status >= 500 ? "InternalServerException" : "ValidationException"),
    message,
  });

const USAGE = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
const METRICS = { latencyMs: 0 };
const STOP = "guardrail_intervened";

/** What a guardrail of the provider answers. */
export const refusal = ({ message }: RefusalNotice): string =>
  JSON.stringify({
    output: { message: { role: "assistant", content: [{ text: message }] } },
    stopReason: STOP,
    usage: USAGE,
    metrics: METRICS,
  });

const event = (name: string, payload: object): StreamMessage => ({ data: JSON.stringify({ [name]: payload }) });

/** The same as the events of a stream. */
export const refusalStream = ({ message }: RefusalNotice): readonly StreamMessage[] => [
  event("messageStart", { role: "assistant" }),
  event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: message } }),
  event("contentBlockStop", { contentBlockIndex: 0 }),
  event("messageStop", { stopReason: STOP }),
  event("metadata", { usage: USAGE, metrics: METRICS }),
];

/** After the first byte the status is fixed: the exception stands in the stream, where SDKs raise it. */
export const blockedStream = ({ message }: BlockNotice): readonly StreamMessage[] => [
  event("validationException", { message }),
];

export const failedStream = ({ message }: { readonly message: string }): readonly StreamMessage[] => [
  event("modelStreamErrorException", { message }),
];
