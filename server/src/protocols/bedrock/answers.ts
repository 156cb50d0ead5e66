import { isObject } from "../json/json-access.ts";
import { isWithheld, type BlockNotice, type Protocol, type RefusalNotice, type StreamMessage } from "../protocol.ts";

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
const stopOf = (notice: BlockNotice) => (isWithheld(notice) ? "end_turn" : "guardrail_intervened");

/** What a guardrail of the provider answers. */
export const refusal = (notice: RefusalNotice): string =>
  JSON.stringify({
    output: { message: { role: "assistant", content: [{ text: notice.message }] } },
    stopReason: stopOf(notice),
    usage: USAGE,
    metrics: METRICS,
  });

const event = (name: string, payload: object): StreamMessage => ({ data: JSON.stringify({ [name]: payload }) });

const blockAndEnd = (notice: BlockNotice, contentBlockIndex: number): readonly StreamMessage[] => [
  event("contentBlockDelta", { contentBlockIndex, delta: { text: notice.message } }),
  event("contentBlockStop", { contentBlockIndex }),
  event("messageStop", { stopReason: stopOf(notice) }),
  event("metadata", { usage: USAGE, metrics: METRICS }),
];

/** The same as the events of a stream. */
export const refusalStream = (notice: RefusalNotice): readonly StreamMessage[] => [
  event("messageStart", { role: "assistant" }),
  ...blockAndEnd(notice, 0),
];

/** In place of the block that would begin next. */
export const withheldStream = (notice: BlockNotice, next: string): readonly StreamMessage[] | undefined => {
  const begun: unknown = JSON.parse(next === "" ? "null" : next);
  const start = isObject(begun) ? begun["contentBlockStart"] : undefined;
  const index = isObject(start) ? start["contentBlockIndex"] : undefined;
  return typeof index === "number" ? blockAndEnd(notice, index) : undefined;
};

/** After the first byte the status is fixed: the exception stands in the stream, where SDKs raise it. */
export const blockedStream = ({ message }: BlockNotice): readonly StreamMessage[] => [
  event("validationException", { message }),
];

export const failedStream = ({ message }: { readonly message: string }): readonly StreamMessage[] => [
  event("modelStreamErrorException", { message }),
];
