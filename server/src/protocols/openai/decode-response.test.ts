import { describe, expect, test } from "vitest";
import { spliceJsonStrings } from "#platform";
import type { DecodedResponse } from "../protocol.ts";
import { decodeResponse } from "./decode-response.ts";
import { ENCODED, scanned } from "../json/scan.fixture.ts";

const decode = (body: unknown, firstIndex = 0): DecodedResponse => {
  const decoded = decodeResponse(scanned(body), firstIndex);
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value;
};

const MARK = "planted text 7f3a";
const head = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-5",
  system_fingerprint: "fp_1",
  service_tier: "default",
};
const choice = (message: object, index = 0, extra: object = {}): object => ({
  index,
  message: { role: "assistant", content: null, refusal: null, ...message },
  finish_reason: "stop",
  logprobs: null,
  ...extra,
});
const answer = (...choices: readonly object[]): object => ({
  ...head,
  choices,
  usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
});
const call = (extra: object): object => ({ tool_calls: [{ id: "call_1", type: "function", ...extra }] });

test.each([
  ["content", answer(choice({ content: MARK })), "model", "/choices/0/message/content"],
  [
    "the second choice",
    answer(choice({ content: "a" }), choice({ content: MARK }, 1)),
    "model",
    "/choices/1/message/content",
  ],
  ["refusal", answer(choice({ refusal: MARK })), "model", "/choices/0/message/refusal"],
  ["reasoning", answer(choice({ reasoning_content: MARK })), "model", "/choices/0/message/reasoning_content"],
  [
    "content parts",
    answer(choice({ content: [{ type: "text", text: MARK }] })),
    "model",
    "/choices/0/message/content/0/text",
  ],
  [
    "call arguments",
    answer(choice(call({ function: { name: "f", arguments: MARK } }))),
    "tool-arguments",
    "/choices/0/message/tool_calls/0/function/arguments",
  ],
  [
    "call name",
    answer(choice(call({ function: { name: MARK, arguments: "{}" } }))),
    "model",
    "/choices/0/message/tool_calls/0/function/name",
  ],
  [
    "call id",
    answer(choice(call({ id: MARK, function: { name: "f", arguments: "{}" } }))),
    "model",
    "/choices/0/message/tool_calls/0/id",
  ],
  [
    "custom input",
    answer(choice(call({ custom: { name: "f", input: MARK } }))),
    "tool-arguments",
    "/choices/0/message/tool_calls/0/custom/input",
  ],
  [
    "old call",
    answer(choice({ function_call: { name: "f", arguments: MARK } })),
    "tool-arguments",
    "/choices/0/message/function_call/arguments",
  ],
  [
    "cited address",
    answer(
      choice({
        content: "a",
        annotations: [
          {
            type: "url_citation",
            url_citation: { url: `https://a.example/${MARK}`, title: "t", start_index: 0, end_index: 1 },
          },
        ],
      }),
    ),
    "model",
    "/choices/0/message/annotations/0/url_citation/url",
  ],
  [
    "audio transcript",
    answer(choice({ audio: { id: "a", data: "AAAA", transcript: MARK, expires_at: 1 } })),
    "model",
    "/choices/0/message/audio/transcript",
  ],
  [
    "finish reason that is text",
    answer(choice({ content: "a" }, 0, { finish_reason: MARK })),
    "model",
    "/choices/0/finish_reason",
  ],
  [
    "moderation message",
    { ...answer(choice({ content: "a" })), moderation: { input: { type: "error", code: "x", message: MARK } } },
    "model",
    "/moderation/input/message",
  ],
  [
    "an error body",
    { error: { message: MARK, type: "server_error", param: null, code: "x" } },
    "model",
    "/error/message",
  ],
  [
    "a model's id that is text",
    { object: "list", data: [{ id: MARK, object: "model", owned_by: "x" }] },
    "model",
    "/data/0/id",
  ],
  ["a key", answer(choice({ content: "a", extra: { [MARK]: 1 } })), "model", `/choices/0/message/extra/${MARK}`],
])("%s is one segment", (_, body, provenance, pointer) => {
  const found = decode(body).segments.filter(({ text }) => text.includes(MARK));
  expect(found.map((segment) => [segment.pointer, segment.provenance, segment.direction])).toEqual([
    [pointer, provenance, "response"],
  ]);
});

test("names and words of the protocol are no segments, indexes go on from the request's", () => {
  const { segments } = decode(answer(choice({ content: "a" }), choice({ content: "b" }, 1)), 7);
  expect(segments.map(({ index, text }) => [index, text])).toEqual([
    [7, "a"],
    [8, "b"],
  ]);
  expect(
    decode({ object: "list", data: [{ id: "openai/gpt-oss:20b", object: "model", created: 1, owned_by: "openai" }] })
      .segments,
  ).toEqual([]);
});

test("reads usage, model, finish reason and parallel tool calls", () => {
  const decoded = decode(
    answer(
      choice(
        {
          tool_calls: [
            { id: "c1", type: "function", function: { name: "f", arguments: "{}" } },
            { id: "c2", type: "custom", custom: { name: "g", input: "q" } },
          ],
        },
        0,
        { finish_reason: "tool_calls" },
      ),
    ),
    4,
  );
  expect(decoded).toMatchObject({
    model: "gpt-5",
    finishReason: "tool_calls",
    usage: { inputTokens: 3, outputTokens: 5 },
  });
  for (const { segment, id } of decoded.toolCalls)
    expect(decoded.segments.find(({ index }) => index === segment)?.text).toBe(id === "c1" ? "{}" : "q");
  expect(decoded.toolCalls.map(({ id, name }) => [id, name])).toEqual([
    ["c1", "f"],
    ["c2", "g"],
  ]);
});

describe("log probabilities", () => {
  const token = (text: string): object => ({
    token: text,
    logprob: -1,
    bytes: [...Buffer.from(text)],
    top_logprobs: [{ token: `${text}!`, logprob: -2, bytes: null }],
  });
  const body = answer(
    choice({ content: "my key" }, 0, { logprobs: { content: [token("my"), token(" key")], refusal: null } }),
    choice({ content: "other" }, 1, { logprobs: { content: [token("other")], refusal: null } }),
  );

  test("are no segments, and go when a text of their choice is edited", () => {
    const { segments, dependents, unscannable } = decode(body, 2);
    expect(segments.map(({ text }) => text)).toEqual(["my key", "other"]);
    expect(unscannable).toEqual([]);
    expect(dependents.map(({ segments: of }) => of)).toEqual([[2], [3]]);
    const { bytes } = scanned(body);
    const [first] = dependents;
    if (first === undefined) throw new Error("no dependents");
    const edited: unknown = JSON.parse(
      spliceJsonStrings(bytes, [{ start: first.start, end: first.end, token: Buffer.from(first.token) }]).toString(),
    );
    expect(edited).toMatchObject({ choices: [{ logprobs: null }, { logprobs: { refusal: null } }] });
  });

  test("that say something else than the message are named", () => {
    const other = answer(choice({ content: "hello" }, 0, { logprobs: { content: [token("secret")], refusal: null } }));
    expect(decode(other).unscannable).toMatchObject([{ pointer: "/choices/0/logprobs" }]);
  });

  test("whose tokens cut a character are compared by their bytes", () => {
    const bytes = [...Buffer.from("é")];
    const cut = bytes.map((byte) => ({ token: "\\x", logprob: 0, bytes: [byte], top_logprobs: [] }));
    expect(
      decode(answer(choice({ content: "é" }, 0, { logprobs: { content: cut, refusal: null } }))).unscannable,
    ).toEqual([]);
  });
});

test.each([
  [
    "audio",
    answer(choice({ audio: { id: "a", data: "AAAA", transcript: "t", expires_at: 1 } })),
    "/choices/0/message/audio",
  ],
  [
    "images",
    answer(choice({ content: "a", images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] })),
    "/choices/0/message/images",
  ],
  [
    "parts that are not text",
    answer(choice({ content: [{ type: "image_url", image_url: { url: "https://a.example" } }] })),
    "/choices/0/message/content/0",
  ],
])("%s cannot be read", (_, body, pointer) => {
  expect(decode(body).unscannable.map((part) => part.pointer)).toEqual([pointer]);
});

test.each([
  ["an array", []],
  ["text", '"x"'],
  ["choices as object", { choices: {} }],
])("%s is no answer", (_, body) => {
  expect(decodeResponse(scanned(body), 0)).toMatchObject({ ok: false, refusal: { code: "bad_response" } });
});

describe("what no detector would read", () => {
  test("unknown fields beside log probabilities are segments", () => {
    const { segments } = decode(answer(choice({ content: "hi" }, 0, { logprobs: { note: MARK } })));
    expect(segments.map(({ text }) => text)).toContain(MARK);
  });

  test("a token that spells another text than its bytes is named", () => {
    const logprobs = { content: [{ token: MARK, logprob: 0, bytes: [104, 105], top_logprobs: [] }] };
    expect(decode(answer(choice({ content: "hi" }, 0, { logprobs }))).unscannable).toHaveLength(1);
  });

  test("a long alternative token is a segment", () => {
    const long = MARK.padEnd(100, "x");
    const logprobs = { content: [{ token: "hi", bytes: null, top_logprobs: [{ token: long }] }] };
    const { segments } = decode(answer(choice({ content: "hi" }, 0, { logprobs })));
    expect(segments.map(({ text }) => text)).toContain(long);
  });

  test("encoded bytes in a part that calls itself text are named", () => {
    const content = [{ type: "text", text: "hi", image_url: ENCODED }];
    expect(decode(answer(choice({ content }))).unscannable).toMatchObject([
      { pointer: "/choices/0/message/content/0/image_url" },
    ]);
  });
});

describe("tool calls in odd shapes", () => {
  test("a call without arguments is judged by its name", () => {
    expect(decode(answer(choice(call({ function: { name: "wipe" } })))).toolCalls).toMatchObject([{ name: "wipe" }]);
    expect(decode(answer(choice({ function_call: { name: "wipe" } }))).toolCalls).toMatchObject([{ name: "wipe" }]);
  });

  test.each([
    ["arguments that are an object", call({ function: { name: "wipe", arguments: { all: true } } })],
    ["calls that are no array", { tool_calls: { function: { name: "wipe" } } }],
    ["a call that is no object", { tool_calls: ["wipe"] }],
    ["a function call that is no object", { function_call: "wipe" }],
  ])("%s are refused", (_name, message) => {
    expect(() => decode(answer(choice(message)))).toThrow();
  });
});
