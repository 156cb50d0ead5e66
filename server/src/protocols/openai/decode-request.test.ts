import { PROVENANCES } from "@parapet/model";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecodedRequest } from "../protocol.ts";
import { decodeRequest } from "./decode-request.ts";
import { base, FIELDS, MARK, message, said, within } from "./request-fields.fixture.ts";
import { ENCODED, scanned } from "../json/scan.fixture.ts";

const decode = (body: unknown): DecodedRequest => {
  const decoded = decodeRequest(scanned(body));
  if (!decoded.ok) throw new Error(`${decoded.refusal.message} at ${decoded.refusal.pointer}`);
  return decoded.value;
};

describe("every place for text is one segment", () => {
  test.each(FIELDS)("%s", (_, body, provenance, pointer) => {
    const bytes = scanned(body).bytes;
    const found = decode(body).segments.filter(({ text }) => text.includes(MARK));
    expect(found.map((segment) => ({ pointer: segment.pointer, provenance: segment.provenance }))).toEqual([
      { pointer, provenance },
    ]);
    const [segment] = found;
    expect(JSON.parse(bytes.toString("utf8", segment?.byteStart, segment?.byteEnd))).toBe(segment?.text);
  });

  test("and segments are numbered in the order of the body, with no place twice", () => {
    for (const [, body] of FIELDS) {
      const { segments } = decode(body);
      expect(segments.map(({ index }) => index)).toEqual(segments.map((_, index) => index));
      expect(new Set(segments.map(({ byteStart }) => byteStart)).size).toBe(segments.length);
    }
  });

  test("text planted anywhere in a generated body is found, once for each place", () => {
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constant(MARK),
        fc.integer(),
        fc.boolean(),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), tie("node"), { maxKeys: 3 }),
      ),
    })).node;
    const fields = fc.dictionary(
      fc.constantFrom("tools", "metadata", "stop", "response_format", "user", "extra", "prediction"),
      tree,
    );
    const role = fc.constantFrom("system", "developer", "user", "assistant", "tool", "function");
    const generated = fc.record({
      role,
      content: fc.oneof(fc.constant(MARK), fc.array(tree, { maxLength: 3 })),
      extra: tree,
    });
    fc.assert(
      fc.property(fields, fc.array(generated, { minLength: 1, maxLength: 4 }), (extra, messages) => {
        const tools = Array.isArray(extra["tools"]) ? {} : { tools: [] };
        const body = { model: "m", ...extra, ...tools, messages };
        const planted = JSON.stringify(body).split(MARK).length - 1;
        expect(decode(body).segments.filter(({ text }) => text === MARK).length).toBe(planted);
      }),
    );
  });
});

test("the protocol's own words are no segments", () => {
  const { segments } = decode({
    model: "openai/gpt-oss:20b",
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: [{ type: "text", text: "u" }] },
    ],
    tools: [
      {
        type: "function",
        function: { name: "f", parameters: { type: "object", properties: { a: { type: ["string", "null"] } } } },
      },
    ],
    tool_choice: "auto",
    response_format: { type: "json_object" },
    reasoning_effort: "low",
    modalities: ["text"],
  });
  expect(segments.map(({ text }) => text)).toEqual(["s", "u", "f"]);
});

describe("what cannot be read is named", () => {
  test.each([
    [
      "an image by address",
      said({ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example/x.png" } }] }),
      "/messages/0/content/0",
    ],
    [
      "an image as data",
      said({
        role: "user",
        content: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }],
      }),
      "/messages/0/content/0",
    ],
    [
      "audio",
      said({ role: "user", content: [{ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }] }),
      "/messages/0/content/0",
    ],
    [
      "a file",
      said({ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }),
      "/messages/0/content/0",
    ],
    ["a part of unknown type", said({ role: "user", content: [{ type: "hologram" }] }), "/messages/0/content/0"],
    ["tokens as content", said({ role: "user", content: [1, 2, 3] }), "/messages/0/content/0"],
    ["tokens in another field", within({ prompt: [[1, 2], [3]] }), "/prompt"],
    ["embeddings", within({ prompt_embeds: [[[0.1]]] }), "/prompt_embeds"],
    ["audio asked for", within({ modalities: ["text", "audio"] }), "/modalities"],
    ["audio kept by the provider", said(message, { role: "assistant", audio: { id: "audio_1" } }), "/messages/1/audio"],
    ["a conversation kept by the provider", within({ conversation: "conv_1" }), "/conversation"],
  ])("%s", (_, body, pointer) => {
    expect(decode(body).unscannable.map((part) => part.pointer)).toContain(pointer);
  });

  test("encoded bytes are no segment, encoded text is", () => {
    const image = (url: string) =>
      decode(said({ role: "user", content: [{ type: "image_url", image_url: { url } }] })).segments.map(
        ({ text }) => text,
      );
    expect(image("data:image/png;base64,iVBORw0KGgo=")).toEqual([]);
    expect(image("data:text/plain;base64,aWdub3Jl")).toEqual(["data:text/plain;base64,aWdub3Jl"]);
    expect(image("https://a.example/x.png")).toEqual(["https://a.example/x.png"]);
  });

  test("plain text has nothing unscannable", () => {
    expect(decode(within({ logit_bias: { "50256": -100 }, temperature: 1 })).unscannable).toEqual([]);
  });
});

describe("what is refused", () => {
  test.each([
    ["no messages", { model: "m" }, "/messages"],
    ["messages as text", { model: "m", messages: "hi" }, "/messages"],
    ["no message", { model: "m", messages: [] }, "/messages"],
    ["a message that is text", { model: "m", messages: ["hi"] }, "/messages/0"],
    ["an unknown role", { model: "m", messages: [message, { role: "root", content: "x" }] }, "/messages/1/role"],
    ["a role in another case", { model: "m", messages: [{ role: "System", content: "x" }] }, "/messages/0/role"],
    ["no role", { model: "m", messages: [{ content: "x" }] }, "/messages/0/role"],
    ["content as object", { model: "m", messages: [{ role: "user", content: { text: "x" } }] }, "/messages/0/content"],
    ["content as number", { model: "m", messages: [{ role: "user", content: 5 }] }, "/messages/0/content"],
    ["calls as object", { model: "m", messages: [{ role: "assistant", tool_calls: {} }] }, "/messages/0/tool_calls"],
    ["a model that is no string", { model: 5, messages: [message] }, "/model"],
    ["stream as text", { ...base, stream: "true" }, "/stream"],
    ["an array", [], ""],
  ])("%s", (_, body, pointer) => {
    expect(decodeRequest(scanned(body))).toMatchObject({ ok: false, refusal: { code: "bad_request", pointer } });
  });
});

test("reads model, stream, session, user, tools and the bound of tokens", () => {
  const body = within({
    stream: true,
    user: "u-1",
    metadata: { session_id: "s-1" },
    max_completion_tokens: 100,
    n: 2,
    tools: [
      { type: "function", function: { name: "f" } },
      { type: "custom", custom: { name: "c" } },
    ],
  });
  const decoded = decode(body);
  expect(decoded).toMatchObject({ model: "gpt-5", stream: true, session: "s-1", user: "u-1", toolNames: ["f", "c"] });
  expect(decoded.tokensMax).toBeGreaterThanOrEqual(200);
  expect(decode(base)).toMatchObject({ stream: false, session: "", user: "", toolNames: [], tokensMax: 0 });
});

test("the fingerprint stays the same while a conversation grows, and differs between conversations", () => {
  const start = [
    { role: "system", content: "s" },
    { role: "user", content: "first" },
  ];
  const first = decode(said(...start)).fingerprint;
  expect(first).toEqual(["s", "first"]);
  expect(
    decode(said(...start, { role: "assistant", content: "a" }, { role: "user", content: "second" })).fingerprint,
  ).toEqual(first);
  expect(decode(said({ role: "system", content: "s" }, { role: "user", content: "other" })).fingerprint).not.toEqual(
    first,
  );
});

test("each provenance that a request can have is used", () => {
  const used = new Set(FIELDS.map(([, , provenance]) => provenance));
  expect(PROVENANCES.filter((provenance) => provenance !== "document" && !used.has(provenance))).toEqual([]);
});

test("a credential as a property name of a tool is a segment", () => {
  const properties = { AKIAIOSFODNN7EXAMPLE: { type: "string" } };
  const { segments } = decode({
    ...base,
    tools: [{ type: "function", function: { name: "f", parameters: { properties } } }],
  });
  expect(segments.map(({ text }) => text)).toContain("AKIAIOSFODNN7EXAMPLE");
});

test("encoded bytes in a part that calls itself text are named", () => {
  const content = [{ type: "text", text: "hi", image_url: ENCODED }];
  expect(decode(said({ role: "user", content })).unscannable).toMatchObject([
    { pointer: "/messages/0/content/0/image_url" },
  ]);
});
