import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ENCODED, scanned } from "../json/scan.fixture.ts";
import type { DecodedRequest, StreamEvent } from "../protocol.ts";
import { decodeItems, decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const MARK = "planted text 7f3a";
const valueOf = <T>(decoded: { ok: true; value: T } | { ok: false; refusal: { message: string } }): T => {
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value;
};
const request = (body: object): DecodedRequest => valueOf(decodeRequest(scanned({ model: "gpt-6", ...body })));
const items = (...input: unknown[]) => ({ input });

describe("a request's texts stand with who could have written them", () => {
  test.each([
    ["input", { input: MARK }, "user", "user"],
    ["instructions", { input: "x", instructions: MARK }, "system", "system"],
    ["message", items({ role: "user", content: MARK }), "user", "user"],
    [
      "developer's part",
      items({ type: "message", role: "developer", content: [{ type: "input_text", text: MARK }] }),
      "developer",
      "developer",
    ],
    [
      "former answer",
      items({ type: "message", role: "assistant", content: [{ type: "output_text", text: MARK }] }),
      "model",
      "assistant",
    ],
    ["file's name", items({ role: "user", content: [{ type: "input_file", filename: MARK }] }), "document", "document"],
    [
      "call's arguments",
      items({ type: "function_call", name: "f", arguments: MARK }),
      "tool-arguments",
      "function_call",
    ],
    ["call's output", items({ type: "function_call_output", output: MARK }), "tool-result", "function_call_output"],
    [
      "call's output in parts",
      items({ type: "function_call_output", output: [{ type: "input_text", text: MARK }] }),
      "tool-result",
      "function_call_output",
    ],
    ["shell's command", items({ type: "shell_call", action: { commands: [MARK] } }), "tool-arguments", "shell_call"],
    ["remote tool's output", items({ type: "mcp_call", name: "f", output: MARK }), "tool-result", "mcp_call"],
    [
      "remote tool's description",
      items({ type: "mcp_list_tools", tools: [{ name: "f", description: MARK }] }),
      "tool-description",
      "mcp_list_tools",
    ],
    ["reasoning", items({ type: "reasoning", summary: [{ type: "summary_text", text: MARK }] }), "model", "reasoning"],
    [
      "tool's description",
      { input: "x", tools: [{ type: "function", name: "f", description: MARK }] },
      "tool-description",
      "tools",
    ],
    ["output's schema", { input: "x", text: { format: { type: "json_schema", name: MARK } } }, "developer", "text"],
    ["prompt's variable", { prompt: { id: "p", variables: { a: MARK } } }, "user", "prompt"],
    ["item that nobody knows", items({ type: "later", text: MARK }), "user", "later"],
    ["field that nobody knows", { input: "x", later: [MARK] }, "user", "later"],
  ])("%s", (_, body, provenance, role) => {
    const found = request(body).segments.filter(({ text }) => text === MARK);
    expect(found.map((one) => [one.provenance, one.role])).toEqual([[provenance, role]]);
  });

  test("items of a conversation are read as those of a request", () => {
    const decoded = valueOf(decodeItems(scanned({ items: [{ role: "user", content: MARK }] })));
    expect(decoded.segments.map(({ role, text }) => [role, text])).toEqual([["user", MARK]]);
  });
});

test("text planted anywhere in a generated request is found, once for each place", () => {
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      fc.constant(MARK),
      fc.integer(),
      fc.dictionary(
        fc.constantFrom("type", "content", "arguments", "output", "text", "id", "result", "data"),
        tie("node"),
        { maxKeys: 3 },
      ),
      fc.array(tie("node"), { maxLength: 3 }),
    ),
  })).node;
  const item = fc.record({
    type: fc.constantFrom(
      "function_call",
      "function_call_output",
      "reasoning",
      "mcp_call",
      "image_generation_call",
      "other",
    ),
    content: tree,
    arguments: tree,
    more: tree,
  });
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 3 }), tree, (input, extra) => {
      const body = { model: "m", input, extra };
      expect(request(body).segments.filter(({ text }) => text === MARK).length).toBe(
        JSON.stringify(body).split(MARK).length - 1,
      );
    }),
  );
});

test.each([
  [
    "an image",
    items({ role: "user", content: [{ type: "input_image", image_url: "https://a.example/x.png" }] }),
    "/input/0/content/0",
  ],
  ["a file", items({ role: "user", content: [{ type: "input_file", file_id: "file_1" }] }), "/input/0/content/0"],
  [
    "an image as a tool's output",
    items({ type: "function_call_output", output: [{ type: "input_image", file_id: "f" }] }),
    "/input/0/output/0",
  ],
  [
    "a hidden thought",
    items({ type: "reasoning", summary: [], encrypted_content: ENCODED }),
    "/input/0/encrypted_content",
  ],
  ["a drawn image", items({ type: "image_generation_call", result: ENCODED }), "/input/0"],
  ["a prompt kept by the provider", { prompt: { id: "pmpt_1" } }, "/prompt"],
  ["an item of unknown type", items({ type: "hologram" }), "/input/0"],
  ["a part of unknown type", items({ role: "user", content: [{ type: "hologram" }] }), "/input/0/content/0"],
])("%s is named as unscannable", (_, body, pointer) => {
  expect(request(body).unscannable.map((part) => part.pointer)).toContain(pointer);
});

test("what the provider would add is named", () => {
  const { refersTo } = request({
    input: [{ type: "item_reference", id: "msg_1" }],
    previous_response_id: "resp_1",
    conversation: { id: "conv_1" },
  });
  expect(refersTo?.map(({ id, pointer }) => [pointer, id])).toEqual([
    ["/previous_response_id", "resp_1"],
    ["/conversation", "conv_1"],
    ["/input/0", "msg_1"],
  ]);
});

test.each([
  ["a message without a role", { input: [{ content: "x" }] }],
  ["a role that is not known", { input: [{ role: "tool", content: "x" }] }],
  ["an item that is no object", { input: ["x"] }],
  ["input that is no text", { input: 5 }],
  ["a stream that is no boolean", { input: "x", stream: 1 }],
])("%s is refused", (_, body) => {
  expect(decodeRequest(scanned(body)).ok).toBe(false);
});

test("an answer that is still being written is not one to go on from", () => {
  const keeps = (status: string) =>
    valueOf(decodeResponse(scanned({ id: "resp_1", object: "response", status, output: [] }), 0)).keeps;
  expect([keeps("completed"), keeps("queued"), keeps("in_progress")]).toEqual([["resp_1"], [], []]);
});

describe("a stream", () => {
  const item = { id: "m", type: "message", role: "assistant", content: [] };
  const call = { id: "f", type: "function_call", call_id: "c", name: "send", arguments: "" };
  const added = (value: object, output_index = 0) => ({
    type: "response.output_item.added",
    output_index,
    item: value,
  });
  const read = (events: readonly unknown[]): StreamEvent[] => {
    const decoder = createStreamDecoder();
    return events.map((event) => valueOf(decoder.decode(JSON.stringify(event))));
  };
  const place = { output_index: 0, content_index: 0 };

  test("says a text at one place, however many events say it", () => {
    const text = "Hello";
    const part = { type: "output_text", text, annotations: [] };
    const done = { ...item, content: [part] };
    const events = read([
      added(item),
      { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
      { type: "response.output_text.delta", ...place, delta: text },
      { type: "response.output_text.done", ...place, text },
      { type: "response.content_part.done", ...place, part },
      { type: "response.output_item.done", output_index: 0, item: done },
      {
        type: "response.completed",
        response: { object: "response", id: "resp_1", status: "completed", output: [done] },
      },
    ]);
    expect(events.flatMap(({ texts }) => texts.map(({ channel, again }) => [channel, again]))).toEqual([
      ["item/0/content/0/text", "later"],
      ["item/0/content/0/text", "later"],
      ...Array.from({ length: 4 }, () => ["item/0/content/0/text", "now"]),
    ]);
    expect(events.at(-1)).toMatchObject({ done: true, finishReason: "completed", keeps: ["resp_1", "m"] });
  });

  test("has a call from the event that names it, judged with all of its arguments", () => {
    const events = read([
      added(call),
      { type: "response.function_call_arguments.delta", output_index: 0, delta: '{"a":1}' },
      { type: "response.function_call_arguments.done", output_index: 0, name: "send", arguments: '{"a":1}' },
    ]);
    expect(
      events.map(({ texts }) =>
        texts.map(({ channel, kind, delta, toolCall }) => [channel, kind, delta, toolCall?.name]),
      ),
    ).toEqual([
      [["item/0/arguments", "tool-arguments", "", "send"]],
      [["item/0/arguments", "tool-arguments", '{"a":1}', "send"]],
      [["item/0/arguments", "tool-arguments", '{"a":1}', "send"]],
    ]);
  });

  test("planted anywhere, text is in some channel and can be replaced there", () => {
    const places = [
      added({ ...item, content: [{ type: "output_text", text: MARK }] }),
      added({ id: "w", type: "web_search_call", action: { type: "search", query: MARK } }),
      added({ id: "m", type: "mcp_call", name: "f", arguments: "{}", output: MARK }),
      { type: "response.created", response: { object: "response", metadata: { a: MARK } } },
      {
        type: "response.output_text.annotation.added",
        ...place,
        annotation_index: 0,
        annotation: { type: "url_citation", title: MARK },
      },
      { type: "response.shell_call_command.delta", output_index: 0, command_index: 0, delta: MARK },
      { type: "response.later.delta", delta: MARK },
      { type: "later", deep: [{ extra: MARK }] },
    ];
    for (const one of places) {
      const [, event] = read([added({ ...item }), { ...one, ...("item" in one ? { output_index: 1 } : {}) }]);
      const text = event?.texts.find(({ delta }) => delta === MARK);
      expect(text, JSON.stringify(one)).toBeDefined();
      expect(event?.rewrite(new Map([[text?.channel ?? "", "other"]]))).toContain('"other"');
    }
  });

  test("can be written to again in each of its growing channels", () => {
    const decoder = createStreamDecoder();
    const deltas = [
      { type: "response.output_text.delta", item_id: "m", ...place, delta: "a" },
      { type: "response.refusal.delta", item_id: "m", ...place, content_index: 1, delta: "a" },
      { type: "response.function_call_arguments.delta", item_id: "f", output_index: 1, delta: "a" },
      { type: "response.later.delta", item_id: "m", ...place, delta: "a" },
    ];
    for (const event of [added(item), added(call, 1)]) valueOf(decoder.decode(JSON.stringify(event)));
    for (const event of deltas) {
      const channel = valueOf(decoder.decode(JSON.stringify(event))).texts[0]?.channel ?? "";
      const flushed = decoder.flush(channel, "rest");
      expect(JSON.parse(flushed.data)).toMatchObject({ ...event, delta: "rest" });
      expect(valueOf(decoder.decode(flushed.data)).texts).toMatchObject([{ channel, delta: "rest" }]);
    }
  });

  test.each([
    ["content_part", { content_index: 0 }, "output_text", "output_text"],
    ["content_part", { content_index: 0 }, "refusal", "refusal"],
    ["reasoning_summary_part", { summary_index: 0 }, "summary_text", "reasoning_summary_text"],
  ])("a text with which a %s begins goes on by the events of its kind", (kind, index, part, grows) => {
    const decoder = createStreamDecoder();
    const field = part === "refusal" ? "refusal" : "text";
    const begun = { type: `response.${kind}.added`, output_index: 0, ...index, part: { type: part, [field]: "a" } };
    decoder.decode(JSON.stringify(added(part === "summary_text" ? { id: "r", type: "reasoning", summary: [] } : item)));
    const channel = valueOf(decoder.decode(JSON.stringify(begun))).texts[0]?.channel ?? "";
    const flushed = decoder.flush(channel, "rest");
    expect(JSON.parse(flushed.data)).toMatchObject({ type: `response.${grows}.delta`, output_index: 0, ...index });
    expect(valueOf(decoder.decode(flushed.data)).texts).toMatchObject([{ channel, delta: "rest" }]);
  });

  test("with a piece of an item that was not announced cannot be read", () => {
    expect(() => read([{ type: "response.output_text.delta", ...place, delta: "x" }])).toThrow();
  });

  test("in which an item changes its name cannot be read", () => {
    expect(() =>
      read([added(call), { type: "response.output_item.done", output_index: 0, item: { ...call, name: "other" } }]),
    ).toThrow();
  });
});
