import { PROVENANCES, type Provenance } from "@parapet/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecodedRequest } from "../protocol.ts";
import { decodeRequest } from "./decode-request.ts";
import { scanned } from "./scan.fixture.ts";

const decode = (body: unknown): DecodedRequest => {
  const decoded = decodeRequest(scanned(body));
  if (!decoded.ok) throw new Error(`${decoded.refusal.message} at ${decoded.refusal.pointer}`);
  return decoded.value;
};

const MARK = "planted text 7f3a";
const message = { role: "user", content: "hi" };
const base = { model: "gpt-5", messages: [message] };
const within = (extra: object): object => ({ ...base, ...extra });
const said = (...messages: readonly object[]): object => ({ model: "gpt-5", messages });
const callOf = (kind: object): object => said(message, { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", ...kind }] });

/** Every place for text in the request types of the `openai` package, 7.55. */
const FIELDS: readonly (readonly [string, object, Provenance, string])[] = [
  ["system content", said({ role: "system", content: MARK }, message), "system", "/messages/0/content"],
  ["system parts", said({ role: "system", content: [{ type: "text", text: MARK }] }, message), "system", "/messages/0/content/0/text"],
  ["system name", said({ role: "system", content: "x", name: MARK }, message), "system", "/messages/0/name"],
  ["developer content", said({ role: "developer", content: MARK }), "developer", "/messages/0/content"],
  ["developer parts", said({ role: "developer", content: [{ type: "text", text: "a" }, { type: "text", text: MARK }] }), "developer", "/messages/0/content/1/text"],
  ["user content", said({ role: "user", content: MARK }), "user", "/messages/0/content"],
  ["user parts", said({ role: "user", content: [{ type: "text", text: MARK }] }), "user", "/messages/0/content/0/text"],
  ["user name", said({ role: "user", content: "x", name: MARK }), "user", "/messages/0/name"],
  ["a bare string as part", said({ role: "user", content: [MARK] }), "user", "/messages/0/content/0"],
  ["image address", said({ role: "user", content: [{ type: "image_url", image_url: { url: `https://a.example/${MARK}` } }] }), "user", "/messages/0/content/0/image_url/url"],
  ["image data that is text", said({ role: "user", content: [{ type: "image_url", image_url: { url: `data:text/plain,${MARK}` } }] }), "user", "/messages/0/content/0/image_url/url"],
  ["image detail", said({ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example", detail: MARK } }] }), "user", "/messages/0/content/0/image_url/detail"],
  ["audio data that is text", said({ role: "user", content: [{ type: "input_audio", input_audio: { data: MARK, format: "wav" } }] }), "user", "/messages/0/content/0/input_audio/data"],
  ["audio format", said({ role: "user", content: [{ type: "input_audio", input_audio: { data: "AAAA", format: MARK } }] }), "user", "/messages/0/content/0/input_audio/format"],
  ["file name", said({ role: "user", content: [{ type: "file", file: { file_data: "AAAA", filename: MARK } }] }), "user", "/messages/0/content/0/file/filename"],
  ["file id", said({ role: "user", content: [{ type: "file", file: { file_id: MARK } }] }), "user", "/messages/0/content/0/file/file_id"],
  ["a part of unknown type", said({ role: "user", content: [{ type: "hologram", hologram: { words: MARK } }] }), "user", "/messages/0/content/0/hologram/words"],
  ["the type of a part", said({ role: "user", content: [{ type: MARK }] }), "user", "/messages/0/content/0/type"],
  ["cache breakpoint", said({ role: "user", content: [{ type: "text", text: "a", prompt_cache_breakpoint: { mode: MARK } }] }), "user", "/messages/0/content/0/prompt_cache_breakpoint/mode"],
  ["assistant content", said(message, { role: "assistant", content: MARK }), "model", "/messages/1/content"],
  ["assistant refusal", said(message, { role: "assistant", content: null, refusal: MARK }), "model", "/messages/1/refusal"],
  ["assistant refusal part", said(message, { role: "assistant", content: [{ type: "refusal", refusal: MARK }] }), "model", "/messages/1/content/0/refusal"],
  ["assistant name", said(message, { role: "assistant", content: "x", name: MARK }), "model", "/messages/1/name"],
  ["assistant audio id", said(message, { role: "assistant", audio: { id: MARK } }), "model", "/messages/1/audio/id"],
  ["call arguments", callOf({ function: { name: "f", arguments: MARK } }), "tool-arguments", "/messages/1/tool_calls/0/function/arguments"],
  ["call name", callOf({ function: { name: MARK, arguments: "{}" } }), "model", "/messages/1/tool_calls/0/function/name"],
  ["call id", callOf({ id: MARK, function: { name: "f", arguments: "{}" } }), "model", "/messages/1/tool_calls/0/id"],
  ["custom call input", callOf({ type: "custom", custom: { name: "f", input: MARK } }), "tool-arguments", "/messages/1/tool_calls/0/custom/input"],
  ["old call arguments", said(message, { role: "assistant", content: null, function_call: { name: "f", arguments: MARK } }), "tool-arguments", "/messages/1/function_call/arguments"],
  ["tool result", said(message, { role: "tool", tool_call_id: "call_1", content: MARK }), "tool-result", "/messages/1/content"],
  ["tool result parts", said(message, { role: "tool", tool_call_id: "call_1", content: [{ type: "text", text: MARK }] }), "tool-result", "/messages/1/content/0/text"],
  ["tool call id", said(message, { role: "tool", tool_call_id: MARK, content: "x" }), "tool-result", "/messages/1/tool_call_id"],
  ["function result", said(message, { role: "function", name: "f", content: MARK }), "tool-result", "/messages/1/content"],
  ["function name", said(message, { role: "function", name: MARK, content: "x" }), "tool-result", "/messages/1/name"],
  ["unknown field of a message", said({ role: "user", content: "x", reasoning_content: MARK }), "user", "/messages/0/reasoning_content"],
  ["tool name", within({ tools: [{ type: "function", function: { name: MARK } }] }), "tool-description", "/tools/0/function/name"],
  ["tool description", within({ tools: [{ type: "function", function: { name: "f", description: MARK } }] }), "tool-description", "/tools/0/function/description"],
  ["parameter description", within({ tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: { a: { type: "string", description: MARK } } } } }] }), "tool-description", "/tools/0/function/parameters/properties/a/description"],
  ["parameter choice", within({ tools: [{ type: "function", function: { name: "f", parameters: { properties: { a: { enum: ["b", MARK] } } } } }] }), "tool-description", "/tools/0/function/parameters/properties/a/enum/1"],
  ["parameter type", within({ tools: [{ type: "function", function: { name: "f", parameters: { properties: { a: { type: MARK } } } } }] }), "tool-description", "/tools/0/function/parameters/properties/a/type"],
  ["parameter name", within({ tools: [{ type: "function", function: { name: "f", parameters: { properties: { [MARK]: { type: "string" } } } } }] }), "tool-description", `/tools/0/function/parameters/properties/${MARK}`],
  ["custom tool", within({ tools: [{ type: "custom", custom: { name: "f", description: MARK } }] }), "tool-description", "/tools/0/custom/description"],
  ["custom grammar", within({ tools: [{ type: "custom", custom: { name: "f", format: { type: "grammar", grammar: { definition: MARK, syntax: "lark" } } } }] }), "tool-description", "/tools/0/custom/format/grammar/definition"],
  ["tool type", within({ tools: [{ type: MARK }] }), "tool-description", "/tools/0/type"],
  ["old function", within({ functions: [{ name: "f", description: MARK }] }), "tool-description", "/functions/0/description"],
  ["tool choice", within({ tool_choice: { type: "function", function: { name: MARK } } }), "user", "/tool_choice/function/name"],
  ["tool choice word", within({ tool_choice: MARK }), "user", "/tool_choice"],
  ["allowed tools", within({ tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [{ type: "function", note: MARK }] } } }), "user", "/tool_choice/allowed_tools/tools/0/note"],
  ["old function choice", within({ function_call: { name: MARK } }), "user", "/function_call/name"],
  ["prediction", within({ prediction: { type: "content", content: MARK } }), "model", "/prediction/content"],
  ["prediction parts", within({ prediction: { type: "content", content: [{ type: "text", text: MARK }] } }), "model", "/prediction/content/0/text"],
  ["schema name", within({ response_format: { type: "json_schema", json_schema: { name: MARK } } }), "developer", "/response_format/json_schema/name"],
  ["schema description", within({ response_format: { type: "json_schema", json_schema: { name: "n", schema: { description: MARK } } } }), "developer", "/response_format/json_schema/schema/description"],
  ["stop", within({ stop: MARK }), "user", "/stop"],
  ["stop list", within({ stop: ["a", MARK] }), "user", "/stop/1"],
  ["metadata", within({ metadata: { note: MARK } }), "user", "/metadata/note"],
  ["metadata key", within({ metadata: { [MARK]: "x" } }), "user", `/metadata/${MARK}`],
  ["user", within({ user: MARK }), "user", "/user"],
  ["safety identifier", within({ safety_identifier: MARK }), "user", "/safety_identifier"],
  ["cache key", within({ prompt_cache_key: MARK }), "user", "/prompt_cache_key"],
  ["cache retention", within({ prompt_cache_retention: MARK }), "user", "/prompt_cache_retention"],
  ["cache options", within({ prompt_cache_options: { ttl: MARK } }), "user", "/prompt_cache_options/ttl"],
  ["reasoning effort", within({ reasoning_effort: MARK }), "user", "/reasoning_effort"],
  ["service tier", within({ service_tier: MARK }), "user", "/service_tier"],
  ["verbosity", within({ verbosity: MARK }), "user", "/verbosity"],
  ["modalities", within({ modalities: [MARK] }), "user", "/modalities/0"],
  ["audio voice", within({ audio: { voice: MARK, format: "wav" } }), "user", "/audio/voice"],
  ["audio format", within({ audio: { voice: "ash", format: MARK } }), "user", "/audio/format"],
  ["moderation model", within({ moderation: { model: MARK } }), "user", "/moderation/model"],
  ["moderation policy", within({ moderation: { model: "m", policy: { input: { mode: MARK } } } }), "user", "/moderation/policy/input/mode"],
  ["search location", within({ web_search_options: { user_location: { type: "approximate", approximate: { city: MARK } } } }), "user", "/web_search_options/user_location/approximate/city"],
  ["model that is text", { messages: [message], model: MARK }, "user", "/model"],
  ["a vendor's chat template", within({ chat_template: MARK }), "user", "/chat_template"],
  ["a field nobody knows", within({ x: { y: [{ z: MARK }] } }), "user", "/x/y/0/z"],
];

describe("every place for text is one segment", () => {
  test.each(FIELDS)("%s", (_, body, provenance, pointer) => {
    const bytes = scanned(body).bytes;
    const found = decode(body).segments.filter(({ text }) => text.includes(MARK));
    expect(found.map((segment) => ({ pointer: segment.pointer, provenance: segment.provenance }))).toEqual([{ pointer, provenance }]);
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
      node: fc.oneof({ depthSize: "small" }, fc.constant(MARK), fc.integer(), fc.boolean(), fc.array(tie("node"), { maxLength: 3 }), fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), tie("node"), { maxKeys: 3 })),
    })).node;
    const fields = fc.dictionary(fc.constantFrom("tools", "metadata", "stop", "response_format", "user", "extra", "prediction"), tree);
    const role = fc.constantFrom("system", "developer", "user", "assistant", "tool", "function");
    const generated = fc.record({ role, content: fc.oneof(fc.constant(MARK), fc.array(tree, { maxLength: 3 })), extra: tree });
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
    messages: [{ role: "system", content: "s" }, { role: "user", content: [{ type: "text", text: "u" }] }],
    tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: { a: { type: ["string", "null"] } } } } }],
    tool_choice: "auto",
    response_format: { type: "json_object" },
    reasoning_effort: "low",
    modalities: ["text"],
  });
  expect(segments.map(({ text }) => text)).toEqual(["s", "u", "f"]);
});

describe("what cannot be read is named", () => {
  test.each([
    ["an image by address", said({ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example/x.png" } }] }), "/messages/0/content/0"],
    ["an image as data", said({ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }] }), "/messages/0/content/0"],
    ["audio", said({ role: "user", content: [{ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }] }), "/messages/0/content/0"],
    ["a file", said({ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }), "/messages/0/content/0"],
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
    const image = (url: string) => decode(said({ role: "user", content: [{ type: "image_url", image_url: { url } }] })).segments.map(({ text }) => text);
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
  const body = within({ stream: true, user: "u-1", metadata: { session_id: "s-1" }, max_completion_tokens: 100, n: 2, tools: [{ type: "function", function: { name: "f" } }, { type: "custom", custom: { name: "c" } }] });
  const decoded = decode(body);
  expect(decoded).toMatchObject({ model: "gpt-5", stream: true, session: "s-1", user: "u-1", toolNames: ["f", "c"] });
  expect(decoded.tokensMax).toBeGreaterThanOrEqual(200);
  expect(decode(base)).toMatchObject({ stream: false, session: "", user: "", toolNames: [], tokensMax: 0 });
});

test("the fingerprint stays the same while a conversation grows, and differs between conversations", () => {
  const start = [{ role: "system", content: "s" }, { role: "user", content: "first" }];
  const first = decode(said(...start)).fingerprint;
  expect(first).toEqual(["s", "first"]);
  expect(decode(said(...start, { role: "assistant", content: "a" }, { role: "user", content: "second" })).fingerprint).toEqual(first);
  expect(decode(said({ role: "system", content: "s" }, { role: "user", content: "other" })).fingerprint).not.toEqual(first);
});

test("each provenance that a request can have is used", () => {
  const used = new Set(FIELDS.map(([, , provenance]) => provenance));
  expect(PROVENANCES.filter((provenance) => provenance !== "document" && !used.has(provenance))).toEqual([]);
});
