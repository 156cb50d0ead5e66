import { isWithheld, type BlockNotice, type Protocol, type RefusalNotice, type StreamMessage } from "../protocol.ts";

const STATUS: ReadonlyMap<number, string> = new Map([
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [429, "RESOURCE_EXHAUSTED"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "DEADLINE_EXCEEDED"],
]);

const rpcError = (code: number, reason: string, message: string) => ({
  error: {
    code,
    message,
    status: STATUS.get(code) ?? (code >= 500 ? "INTERNAL" : "INVALID_ARGUMENT"),
    details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: reason.toUpperCase(), domain: "parapet" }],
  },
});

/** Google's error body, with the code as the reason of its `ErrorInfo`. */
export const errorBody: Protocol["error"] = ({ status, code, message }) =>
  JSON.stringify(rpcError(status, code, message));

const usageMetadata = { promptTokenCount: 0, totalTokenCount: 0 };

const said = (message: string) => ({
  index: 0,
  content: { role: "model", parts: [{ text: message }] },
  finishReason: "STOP",
});

const refusalOf = (notice: RefusalNotice) => ({
  ...endOf(notice),
  usageMetadata,
  modelVersion: notice.model,
  responseId: notice.exchange,
});

const endOf = (notice: RefusalNotice) => {
  const { message, isAnswer } = notice;
  if (isWithheld(notice)) return { candidates: [said(message)] };
  return isAnswer
    ? { candidates: [{ index: 0, finishReason: "SAFETY", finishMessage: message }] }
    : { promptFeedback: { blockReason: "PROHIBITED_CONTENT", blockReasonMessage: message } };
};

/** What the provider's own filters answer: the prompt blocked, or the candidate. */
export const refusal = (notice: RefusalNotice): string => JSON.stringify(refusalOf(notice));

export const refusalStream = (notice: RefusalNotice): readonly StreamMessage[] => [{ data: refusal(notice) }];

/** A text as the last event. */
export const withheldStream = ({ message, exchange }: BlockNotice): readonly StreamMessage[] => [
  { data: JSON.stringify({ candidates: [said(message)], responseId: exchange }) },
];

/** After the first byte a candidate ends as one that the provider's filters end. */
export const blockedStream = ({ message, exchange }: BlockNotice): readonly StreamMessage[] => [
  {
    data: JSON.stringify({
      candidates: [{ index: 0, finishReason: "SAFETY", finishMessage: message }],
      responseId: exchange,
    }),
  },
];

export const failedStream = ({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): readonly StreamMessage[] => [{ data: JSON.stringify(rpcError(502, code, message)) }];
