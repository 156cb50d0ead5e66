/**
 * What a server of OpenAI's Responses API sends, written from the documentation of its wire format. The texts are
 * ours.
 */
import type { ServerResponse } from "node:http";

export type Item = { readonly type: string; readonly id: string; readonly [key: string]: unknown };

export const textItem = (text: string, id = "msg_replay"): Item => ({
  id,
  type: "message",
  status: "completed",
  role: "assistant",
  content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
});

export const callItem = (name: string, input: unknown, id = "fc_replay"): Item => ({
  id,
  type: "function_call",
  status: "completed",
  call_id: `call_${id}`,
  name,
  arguments: JSON.stringify(input),
});

export const reasoningItem = (text: string, id = "rs_replay"): Item => ({
  id,
  type: "reasoning",
  summary: [{ type: "summary_text", text }],
});

export const responseOf = (output: readonly Item[], more: Record<string, unknown> = {}) => ({
  id: "resp_replay",
  object: "response",
  created_at: 1_760_000_000,
  status: "completed",
  background: false,
  error: null,
  incomplete_details: null,
  instructions: "You are the shop's help desk.",
  max_output_tokens: null,
  model: "gpt-replay",
  output,
  parallel_tool_calls: true,
  previous_response_id: null,
  store: true,
  temperature: 1,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_p: 1,
  truncation: "disabled",
  usage: {
    input_tokens: 12,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 17,
  },
  user: null,
  metadata: {},
  ...more,
});

type Event = { readonly type: string; readonly [key: string]: unknown };

const pieces = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, at * size + size));

const stringOf = (value: unknown): string => (typeof value === "string" ? value : "");

const eventsOfItem = (item: Item, output_index: number, size: number): Event[] => {
  const place = { item_id: item.id, output_index };
  const done: Event = { type: "response.output_item.done", output_index, item };
  const added = (begun: Record<string, unknown>): Event => ({
    type: "response.output_item.added",
    output_index,
    item: { ...item, status: "in_progress", ...begun },
  });
  const grow = (kind: string, field: string, text: string, more: Record<string, unknown>): Event[] => [
    ...pieces(text, size).map((delta) => ({ type: `response.${kind}.delta`, ...place, ...more, delta })),
    { type: `response.${kind}.done`, ...place, ...more, [field]: text },
  ];
  if (item.type === "function_call")
    return [
      added({ arguments: "" }),
      ...grow("function_call_arguments", "arguments", stringOf(item["arguments"]), { name: item["name"] }),
      done,
    ];
  const parts = item.type === "reasoning" ? item["summary"] : item["content"];
  if (!Array.isArray(parts)) return [added({}), done];
  const isReasoning = item.type === "reasoning";
  const inner = parts.flatMap((part: Record<string, unknown>, index): Event[] => {
    const at = isReasoning ? { summary_index: index } : { content_index: index };
    const kind = isReasoning ? "reasoning_summary_part" : "content_part";
    const text = stringOf(part["text"]);
    return [
      { type: `response.${kind}.added`, ...place, ...at, part: { ...part, text: "" } },
      ...grow(isReasoning ? "reasoning_summary_text" : "output_text", "text", text, {
        ...at,
        ...(isReasoning ? {} : { logprobs: [] }),
      }),
      { type: `response.${kind}.done`, ...place, ...at, part },
    ];
  });
  return [added(isReasoning ? { summary: [] } : { content: [] }), ...inner, done];
};

/** The events of a streamed response, numbered. */
export const eventsOf = (output: readonly Item[], size = 4, more: Record<string, unknown> = {}): Event[] =>
  [
    { type: "response.created", response: responseOf([], { status: "in_progress", usage: null, ...more }) },
    { type: "response.in_progress", response: responseOf([], { status: "in_progress", usage: null, ...more }) },
    ...output.flatMap((item, index) => eventsOfItem(item, index, size)),
    { type: "response.completed", response: responseOf(output, more) },
  ].map((event, sequence_number) => ({ ...event, sequence_number }));

export const eventStream = (events: readonly Event[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

export const sendEvents = (response: ServerResponse, events: readonly Event[]): void => {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  response.end(eventStream(events));
};
