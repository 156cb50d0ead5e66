import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSse, SseParser } from "#platform";
import type { StreamDecoder, StreamEvent } from "../protocol.ts";
import { createStreamDecoder } from "./stream-decoder.ts";
import { ENCODED } from "../json/scan.fixture.ts";

const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 5, model: "gpt-5" };
const chunk = (delta: object, index = 0, extra: object = {}): string =>
  JSON.stringify({ ...head, choices: [{ index, delta, logprobs: null, finish_reason: null, ...extra }] });
const end = (reason: string, index = 0): string => chunk({}, index, { finish_reason: reason });
const call = (index: number, fn: object, more: object = {}): object => ({
  tool_calls: [{ index, ...more, function: fn }],
});

const decode = (decoder: StreamDecoder, data: string): StreamEvent => {
  const decoded = decoder.decode(data);
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value;
};

const channels = (events: readonly string[]): Record<string, string> => {
  const decoder = createStreamDecoder();
  const all: Record<string, string> = {};
  for (const data of events)
    for (const { channel, delta } of decode(decoder, data).texts) all[channel] = (all[channel] ?? "") + delta;
  return all;
};

test("content, refusal and reasoning grow in channels of their own, per choice", () => {
  expect(
    channels([
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "a" }),
      chunk({ content: "x" }, 1),
      chunk({ reasoning_content: "r" }),
      chunk({ reasoning: "q" }),
      chunk({ refusal: "no" }, 1),
      chunk({ content: "b" }),
      chunk({ content: [{ type: "text", text: "p" }] }, 2),
      chunk({ content: [{ type: "text", text: "q" }] }, 2),
      chunk({ audio: { id: "a", data: ENCODED, transcript: "t" } }, 3),
    ]),
  ).toEqual({
    "choice/0/content": "ab",
    "choice/1/content": "x",
    "choice/0/reasoning_content": "r",
    "choice/0/reasoning": "q",
    "choice/1/refusal": "no",
    "choice/2/content/*/text": "pq",
    "choice/3/audio/transcript": "t",
  });
});

test("parallel tool calls are told apart by index, with the id and name of their first delta", () => {
  const decoder = createStreamDecoder();
  const events = [
    chunk(call(0, { name: "find", arguments: "" }, { id: "call_a", type: "function" })),
    chunk(call(0, { arguments: '{"q":' })),
    chunk(call(1, { name: "send", arguments: "" }, { id: "call_b", type: "function" })),
    chunk(call(1, { arguments: "{}" })),
    chunk(call(0, { arguments: "1}" })),
    chunk({ tool_calls: [{ index: 2, id: "call_c", type: "custom", custom: { name: "own", input: "z" } }] }),
  ].map((data) => decode(decoder, data));
  const texts = events.flatMap((event) => event.texts);
  expect(
    texts.map(({ channel, delta, toolCall, kind, provenance }) => [
      channel,
      delta,
      toolCall?.id,
      toolCall?.name,
      kind,
      provenance,
    ]),
  ).toEqual([
    ["choice/0/tool/0/arguments", "", "call_a", "find", "tool-arguments", "tool-arguments"],
    ["choice/0/tool/0/arguments", '{"q":', "call_a", "find", "tool-arguments", "tool-arguments"],
    ["choice/0/tool/1/arguments", "", "call_b", "send", "tool-arguments", "tool-arguments"],
    ["choice/0/tool/1/arguments", "{}", "call_b", "send", "tool-arguments", "tool-arguments"],
    ["choice/0/tool/0/arguments", "1}", "call_a", "find", "tool-arguments", "tool-arguments"],
    ["choice/0/tool/2/arguments", "z", "call_c", "own", "tool-arguments", "tool-arguments"],
  ]);
});

test("a finish reason ends all channels of its choice and of no other", () => {
  const decoder = createStreamDecoder();
  decode(decoder, chunk({ content: "a" }));
  decode(decoder, chunk({ content: "b" }, 1));
  decode(decoder, chunk(call(0, { name: "f", arguments: "{}" }, { id: "c" })));
  const event = decode(decoder, end("tool_calls"));
  expect(event.finishReason).toBe("tool_calls");
  expect([...event.ends].toSorted()).toEqual(["choice/0/content", "choice/0/tool/0/arguments"]);
});

test("the usage chunk, the padding and the end carry no text", () => {
  const decoder = createStreamDecoder();
  const usage = decode(
    decoder,
    JSON.stringify({ ...head, choices: [], usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 } }),
  );
  expect(usage).toMatchObject({ texts: [], done: false, usage: { inputTokens: 2, outputTokens: 3 } });
  expect(decode(decoder, JSON.stringify({ ...head, choices: [], obfuscation: "aZ09xQ" })).texts).toEqual([]);
  expect(decode(decoder, "[DONE]")).toMatchObject({ texts: [], done: true });
});

test("an error inside the stream is read as one, and its words are text that ends with the event", () => {
  const event = decode(
    createStreamDecoder(),
    '{"error":{"message":"it broke badly","type":"server_error","code":"x"}}',
  );
  expect(event.error).toBe("it broke badly");
  expect(event.texts).toMatchObject([{ kind: "whole", delta: "it broke badly" }]);
  expect(event.ends).toEqual(event.texts.map(({ channel }) => channel));
});

test.each([
  ["a field of a vendor", JSON.stringify({ ...head, choices: [], citations: ["see this page"] }), "see this page"],
  ["padding that is text", JSON.stringify({ ...head, choices: [], obfuscation: "see this page" }), "see this page"],
  ["a tool's name that is text", chunk(call(0, { name: "see this page" }, { id: "c" })), "see this page"],
  ["an id that is text", chunk(call(0, { name: "f" }, { id: "see this page" })), "see this page"],
  ["a key that is text", chunk({ extra: { "see this page": 1 } }), "see this page"],
  ["a finish reason that is text", end("see this page"), "see this page"],
  ["the model's name that is text", JSON.stringify({ ...head, model: "see this page", choices: [] }), "see this page"],
])("%s is not passed over", (_, data, text) => {
  expect(decode(createStreamDecoder(), data).texts.map(({ delta }) => delta)).toContain(text);
});

test.each([
  ["broken JSON", '{"choices":['],
  ["a key twice", '{"choices":[],"choices":[]}'],
  ["no object", "[]"],
  ["an unknown kind", '{"object":"thread.run","choices":[]}'],
  ["neither choices nor error", '{"hello":1}'],
  ["choices that are no list", '{"choices":{}}'],
  ["a choice without index", '{"choices":[{"delta":{}}]}'],
  [
    "two choices with one index",
    '{"choices":[{"index":0,"delta":{"content":"a"}},{"index":0,"delta":{"content":"b"}}]}',
  ],
  ["a tool call without index", '{"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"a"}}]}}]}'],
  [
    "one tool call twice in an event",
    '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"a"}},{"index":0,"function":{"arguments":"b"}}]}}]}',
  ],
])("%s is refused", (_, data) => {
  expect(createStreamDecoder().decode(data).ok).toBe(false);
});

test.each([
  ["name", { function: { name: "other" } }],
  ["id", { id: "other" }],
])("a tool call that changes its %s is refused", (_, change) => {
  const decoder = createStreamDecoder();
  decode(decoder, chunk(call(0, { name: "f", arguments: "" }, { id: "c" })));
  expect(decoder.decode(chunk({ tool_calls: [{ index: 0, ...change }] })).ok).toBe(false);
});

describe("rewriting", () => {
  test("changes the delta and nothing else, white space and escapes included", () => {
    const data =
      '{ "id":"c\\u0068at", "choices" : [ {"index":0,"delta":{"content":"old \\u00e9"},"x":1.50} ],"object":"chat.completion.chunk" }';
    const event = decode(createStreamDecoder(), data);
    expect(event.rewrite(new Map([["choice/0/content", 'new "']]))).toBe(data.replace('"old \\u00e9"', '"new \\""'));
  });

  test("takes away the log probabilities of a changed choice, which would spell the text out", () => {
    const logprobs = { content: [{ token: "key", logprob: -1, bytes: [1], top_logprobs: [] }], refusal: null };
    const data = chunk({ content: "key" }, 0, { logprobs });
    const event = decode(createStreamDecoder(), data);
    expect(event.texts.map(({ delta }) => delta)).toEqual(["key"]);
    expect(JSON.parse(event.rewrite(new Map([["choice/0/content", ""]])))).toMatchObject({
      choices: [{ delta: { content: "" }, logprobs: null }],
    });
    expect(event.rewrite(new Map())).toBe(data);
    expect(event.rewrite(new Map([["choice/0/content", "key"]]))).toBe(data);
  });

  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const deltas = fc.oneof(
    fc.record({ content: text }),
    fc.record({ refusal: text }),
    fc.record({ reasoning_content: text, content: text }),
    fc.nat(3).chain((index) => text.map((args) => call(index, { arguments: args }))),
  );
  const stream = fc
    .array(fc.tuple(deltas, fc.nat(2)), { maxLength: 12 })
    .map((all) => [...all.map(([delta, index]) => chunk(delta, index)), end("stop"), "[DONE]"]);

  test("with the same deltas gives the same bytes", () => {
    fc.assert(
      fc.property(stream, (events) => {
        const decoder = createStreamDecoder();
        for (const data of events) {
          const event = decode(decoder, data);
          expect(event.rewrite(new Map(event.texts.map(({ channel, delta }) => [channel, delta])))).toBe(data);
        }
      }),
    );
  });

  test("with other deltas is read back as those, in every channel", () => {
    fc.assert(
      fc.property(stream, text, (events, replacement) => {
        const decoder = createStreamDecoder();
        const reader = createStreamDecoder();
        for (const data of events) {
          const event = decode(decoder, data);
          const rewritten = decode(
            reader,
            event.rewrite(new Map(event.texts.map(({ channel }) => [channel, replacement]))),
          );
          expect(rewritten.texts.map(({ channel, delta }) => [channel, delta])).toEqual(
            event.texts.map(({ channel }) => [channel, replacement]),
          );
        }
      }),
    );
  });

  test("a stream cut anywhere gives the same texts", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(3000), { maxLength: 10 }), (events, cuts) => {
        const bytes = Buffer.from(events.map((data) => formatSse(data)).join(""));
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const parser = new SseParser({ eventBytesMax: 100_000 });
        const items = places.slice(1).flatMap((place, index) => parser.push(bytes.subarray(places[index], place)));
        const datas = [...items, ...parser.end()].flatMap((item) =>
          item.ok && item.value.data !== undefined ? [item.value.data] : [],
        );
        expect(datas).toEqual(events);
        expect(channels(datas)).toEqual(channels(events));
      }),
    );
  });
});

test("held text is let go in a chunk of the same id, model and time, on its own channel", () => {
  const decoder = createStreamDecoder();
  const reader = createStreamDecoder();
  for (const data of [
    chunk({ content: "a" }),
    chunk({ reasoning: "r" }, 1),
    chunk(call(2, { name: "f", arguments: "{" }, { id: "c" })),
    chunk({ function_call: { name: "g", arguments: "" } }, 3),
    chunk({ content: [{ type: "text", text: "p" }] }, 4),
  ]) {
    const [text] = decode(decoder, data).texts;
    decode(reader, data);
    if (text === undefined) throw new Error("no text");
    const { data: flushed } = decoder.flush(text.channel, "rest");
    expect(JSON.parse(flushed)).toMatchObject({
      id: "chatcmpl-1",
      model: "gpt-5",
      created: 5,
      object: "chat.completion.chunk",
    });
    const [read] = decode(reader, flushed).texts;
    expect(read?.delta).toBe("rest");
    if (!text.channel.includes("*")) expect(read?.channel).toBe(text.channel);
  }
});

describe("what no detector would read", () => {
  test.each([
    ["log probabilities of another text", { logprobs: { content: [{ token: "other", bytes: null }] } }, {}],
    ["a token that spells another text than its bytes", { logprobs: { content: [{ token: "xx", bytes: [104] }] } }, {}],
    [
      "an image among parts",
      {},
      { content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] },
    ],
  ])("is named: %s", (_name, extra, delta) => {
    const event = decode(createStreamDecoder(), chunk({ content: "h", ...delta }, 0, extra));
    expect(event.unscannable).toHaveLength(1);
  });

  test("a character that is cut between two tokens is no other text", () => {
    const pieces = [...Buffer.from("é")].map((byte) => ({ token: "\\xc3", bytes: [byte] }));
    for (const [at, content] of ["", "é"].entries()) {
      const logprobs = { content: pieces.slice(at, at + 1) };
      expect(decode(createStreamDecoder(), chunk({ content }, 0, { logprobs })).unscannable).toEqual([]);
    }
  });

  test("unknown fields beside log probabilities are texts", () => {
    const event = decode(createStreamDecoder(), chunk({}, 0, { logprobs: { note: "some text" } }));
    expect(event.texts.map(({ delta }) => delta)).toEqual(["some text"]);
  });
});

describe("a tool call without arguments", () => {
  test.each([
    ["function", call(0, { name: "wipe" }, { id: "c" })],
    ["custom", { tool_calls: [{ index: 0, id: "c", custom: { name: "wipe" } }] }],
    ["function_call", { function_call: { name: "wipe" } }],
  ])("is a call from its name on: %s", (_kind, delta) => {
    const data = chunk(delta);
    const event = decode(createStreamDecoder(), data);
    expect(event.texts).toMatchObject([{ kind: "tool-arguments", delta: "", toolCall: { name: "wipe" } }]);
    expect(event.rewrite(new Map(event.texts.map(({ channel }) => [channel, ""])))).toBe(data);
  });

  test("goes on in the same channel when they come after all", () => {
    const decoder = createStreamDecoder();
    const [named] = decode(decoder, chunk(call(0, { name: "wipe" }, { id: "c" }))).texts;
    const [grown] = decode(decoder, chunk(call(0, { arguments: "{}" }))).texts;
    expect(grown?.channel).toBe(named?.channel);
  });

  test("is refused when its arguments are no string", () => {
    expect(createStreamDecoder().decode(chunk(call(0, { name: "wipe", arguments: { a: 1 } }))).ok).toBe(false);
  });
});
