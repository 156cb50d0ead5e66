import { describe, expect, test } from "vitest";
import { ENCODED } from "../json/scan.fixture.ts";
import type { StreamEvent } from "../protocol.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const MARK = "planted text 7f3a";
const valueOf = <T>(decoded: { ok: true; value: T } | { ok: false; refusal: { message: string } }): T => {
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value;
};

describe("a stream", () => {
  const start = {
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-5",
      content: [],
      usage: { input_tokens: 3, output_tokens: 1 },
    },
  };
  const open = (index: number, content_block: object) => ({ type: "content_block_start", index, content_block });
  const delta = (index: number, inner: object) => ({ type: "content_block_delta", index, delta: inner });
  const close = (index: number) => ({ type: "content_block_stop", index });
  const read = (events: readonly unknown[]): StreamEvent[] => {
    const decoder = createStreamDecoder();
    return events.map((event) => valueOf(decoder.decode(JSON.stringify(event))));
  };

  test("has a channel for each growing text, which ends with its block", () => {
    const events = read([
      start,
      open(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "so" }),
      delta(0, { type: "signature_delta", signature: ENCODED }),
      close(0),
      open(1, { type: "tool_use", id: "t", name: "f", input: {} }),
      delta(1, { type: "input_json_delta", partial_json: '{"a":' }),
      close(1),
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 7 } },
      { type: "message_stop" },
    ]);
    const grown = events.flatMap(({ texts }) => texts.map(({ channel, delta: text, kind }) => [channel, kind, text]));
    expect(grown).toEqual([
      ["block/0/thinking", "text", ""],
      ["block/0/thinking", "text", "so"],
      ["block/1/input", "tool-arguments", ""],
      ["block/1/input", "tool-arguments", '{"a":'],
    ]);
    expect(events.map(({ ends }) => ends)).toEqual([
      [],
      [],
      [],
      [],
      ["block/0/thinking"],
      [],
      [],
      ["block/1/input"],
      [],
      [],
    ]);
    expect(events.at(-1)).toMatchObject({ done: true, name: "message_stop" });
    expect(events.at(-2)).toMatchObject({ finishReason: "tool_use", usage: { inputTokens: 3, outputTokens: 7 } });
  });

  test("planted anywhere, text is in some channel, and any channel can be written to again", () => {
    const places = [
      open(0, { type: "text", text: MARK }),
      open(0, { type: "server_tool_use", id: "t", name: "web_search", input: { query: MARK } }),
      open(0, { type: "web_search_tool_result", content: [{ type: "web_search_result", title: MARK }] }),
      open(0, { type: "tool_use", id: "t", name: MARK, input: {} }),
      { type: "later", extra: { deep: [MARK] } },
      { type: "message_delta", delta: { stop_sequence: MARK } },
    ];
    for (const place of places) {
      const [, event] = read([start, place]);
      expect(event?.texts.map((text) => text.delta).join("")).toContain(MARK);
      const channel = event?.texts.find((text) => text.delta === MARK)?.channel ?? "";
      expect(event?.rewrite(new Map([[channel, "other"]]))).toBe(JSON.stringify(place).replace(MARK, "other"));
    }
    const decoder = createStreamDecoder();
    for (const event of [
      start,
      open(0, { type: "text", text: "" }),
      open(1, { type: "tool_use", id: "t", name: "f", input: {} }),
    ])
      decoder.decode(JSON.stringify(event));
    for (const channel of ["block/0/text", "block/1/input"]) {
      const flushed = decoder.flush(channel, "rest");
      const event = valueOf(decoder.decode(flushed.data));
      expect(event.texts).toMatchObject([{ channel, delta: "rest" }]);
      expect(flushed.name).toBe(event.name);
    }
  });

  test.each([
    ["no JSON", "{"],
    ["no type", "{}"],
    ["a block that was not begun", JSON.stringify(delta(4, { type: "text_delta", text: "x" }))],
    ["a block without an index", JSON.stringify({ type: "content_block_stop" })],
  ])("with %s cannot be read", (_, data) => {
    expect(createStreamDecoder().decode(data).ok).toBe(false);
  });

  test.each([
    [
      "arguments in a text",
      [open(0, { type: "text", text: "" }), delta(0, { type: "input_json_delta", partial_json: "x" })],
    ],
    ["a block that begins twice", [open(0, { type: "text", text: "" }), open(0, { type: "text", text: "" })]],
    [
      "a block that goes on after its end",
      [open(0, { type: "text", text: "" }), close(0), delta(0, { type: "text_delta", text: "x" })],
    ],
  ])("with %s cannot be read", (_, events) => {
    expect(() => read(events)).toThrow();
  });
});
