import { isWithheld, type BlockNotice, type StreamMessage } from "../protocol.ts";

type RefusalNotice = BlockNotice & { readonly model: string };

const named = (data: { readonly type: string; readonly [key: string]: unknown }): StreamMessage => ({
  name: data.type,
  data: JSON.stringify(data),
});

/** Seconds since the epoch of a UUIDv7: an answer carries a time, and this module has no clock. */
const createdAt = (exchange: string): number => {
  const ms = Number.parseInt(exchange.replaceAll("-", "").slice(0, 12), 16);
  return Number.isFinite(ms) ? Math.floor(ms / 1000) : 0;
};

const partOf = (notice: RefusalNotice, text: string) =>
  isWithheld(notice) ? { type: "output_text", text, annotations: [] } : { type: "refusal", refusal: text };

const itemOf = (notice: RefusalNotice) => ({
  id: `msg_${notice.exchange}`,
  type: "message",
  role: "assistant",
  status: "completed",
  content: [partOf(notice, notice.message)],
});

const responseOf = (notice: RefusalNotice, status: string, output: readonly unknown[]) => ({
  id: `resp_${notice.exchange}`,
  object: "response",
  created_at: createdAt(notice.exchange),
  status,
  error: null,
  incomplete_details: status === "incomplete" ? { reason: "content_filter" } : null,
  instructions: null,
  metadata: {},
  model: notice.model,
  output,
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: "auto",
  tools: [],
  top_p: null,
  usage: null,
});

const endOf = (notice: RefusalNotice): "completed" | "incomplete" => (isWithheld(notice) ? "completed" : "incomplete");

/** A response that refuses, as the provider's own filter would. */
export const refusal = (notice: RefusalNotice): string =>
  JSON.stringify(responseOf(notice, endOf(notice), [itemOf(notice)]));

/** The same as the events of a stream. */
export const refusalStream = (notice: RefusalNotice): readonly StreamMessage[] => {
  const item = itemOf(notice);
  const [part] = item.content;
  const place = { item_id: item.id, output_index: 0 };
  const begun = { ...item, status: "in_progress", content: [] };
  const events: readonly { readonly type: string; readonly [key: string]: unknown }[] = [
    { type: "response.created", response: responseOf(notice, "in_progress", []) },
    { type: "response.output_item.added", output_index: 0, item: begun },
    { type: "response.content_part.added", ...place, content_index: 0, part: partOf(notice, "") },
    ...(isWithheld(notice)
      ? [
          { type: "response.output_text.delta", ...place, content_index: 0, delta: notice.message, logprobs: [] },
          { type: "response.output_text.done", ...place, content_index: 0, text: notice.message, logprobs: [] },
        ]
      : [
          { type: "response.refusal.delta", ...place, content_index: 0, delta: notice.message },
          { type: "response.refusal.done", ...place, content_index: 0, refusal: notice.message },
        ]),
    { type: "response.content_part.done", ...place, content_index: 0, part },
    { type: "response.output_item.done", output_index: 0, item },
    { type: `response.${endOf(notice)}`, response: responseOf(notice, endOf(notice), [item]) },
  ];
  return events.map((event, index) => named({ ...event, sequence_number: index }));
};

const errorEvent = (code: string, message: string, sequence: number): readonly StreamMessage[] => [
  named({ type: "error", code, message, param: null, sequence_number: sequence }),
];

/** After the first byte the status is fixed: the error stands in the stream, where SDKs raise it. */
export const blockedStream = ({ code, message }: BlockNotice, sequence: number): readonly StreamMessage[] =>
  errorEvent(code, message, sequence);

export const failedStream = (
  { code, message }: { readonly code: string; readonly message: string },
  sequence: number,
): readonly StreamMessage[] => errorEvent(code, message, sequence);
