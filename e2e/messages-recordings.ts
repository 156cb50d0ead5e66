/**
 * What a server of Anthropic's Messages API sends, written from the documentation of its wire format. The texts
 * are ours.
 */
import type { ServerResponse } from "node:http";

export const message = (content: readonly unknown[], more: Record<string, unknown> = {}) => ({
  id: "msg_replay",
  type: "message",
  role: "assistant",
  model: "claude-replay",
  content,
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 12, cache_creation_input_tokens: 2, cache_read_input_tokens: 6, output_tokens: 5 },
  ...more,
});

export const said = (text: string) => message([{ type: "text", text }]);

type Event = { readonly type: string; readonly [key: string]: unknown };

export const start = (): Event => ({
  type: "message_start",
  message: message([], { stop_reason: null, usage: { input_tokens: 12, output_tokens: 1 } }),
});

const delta = (index: number, inner: object): Event => ({ type: "content_block_delta", index, delta: inner });
const pieces = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, at * size + size));

export const textBlock = (index: number, text: string, size = 4): Event[] => [
  { type: "content_block_start", index, content_block: { type: "text", text: "" } },
  ...pieces(text, size).map((piece) => delta(index, { type: "text_delta", text: piece })),
  { type: "content_block_stop", index },
];

export const thinkingBlock = (index: number, text: string, signature: string): Event[] => [
  { type: "content_block_start", index, content_block: { type: "thinking", thinking: "", signature: "" } },
  ...pieces(text, 6).map((thinking) => delta(index, { type: "thinking_delta", thinking })),
  delta(index, { type: "signature_delta", signature }),
  { type: "content_block_stop", index },
];

export const callBlock = (index: number, name: string, input: unknown, type = "tool_use"): Event[] => [
  { type: "content_block_start", index, content_block: { type, id: `toolu_${index}`, name, input: {} } },
  delta(index, { type: "input_json_delta", partial_json: "" }),
  ...pieces(JSON.stringify(input), 5).map((partial_json) => delta(index, { type: "input_json_delta", partial_json })),
  { type: "content_block_stop", index },
];

export const wholeBlock = (index: number, content_block: Record<string, unknown>): Event[] => [
  { type: "content_block_start", index, content_block },
  { type: "content_block_stop", index },
];

export const citation = (index: number, cited_text: string): Event =>
  delta(index, {
    type: "citations_delta",
    citation: {
      type: "char_location",
      cited_text,
      document_index: 0,
      document_title: "Price list",
      start_char_index: 0,
      end_char_index: cited_text.length,
      file_id: null,
    },
  });

export const end = (stop_reason = "end_turn"): Event[] => [
  { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 15 } },
  { type: "message_stop" },
];

/** Events as the wire has them: each with its name, and a ping after the first. */
export const eventStream = (events: readonly Event[], lineEnd = "\n"): string =>
  events
    .flatMap((event, at) => (at === 0 ? [event, { type: "ping" }] : [event]))
    .map((event) => `event: ${event.type}${lineEnd}data: ${JSON.stringify(event)}${lineEnd}${lineEnd}`)
    .join("");

export const sendEvents = (response: ServerResponse, events: readonly Event[]): void => {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "request-id": "req_replay" });
  response.end(eventStream(events));
};

export const failure = (type: string, text: string) => ({
  type: "error",
  error: { type, message: text },
  request_id: "req_replay",
});
