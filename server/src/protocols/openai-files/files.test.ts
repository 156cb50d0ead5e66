import { describe, expect, test } from "vitest";
import { scanForm } from "#platform";
import { scanned } from "../json/scan.fixture.ts";
import { OPENAI } from "../openai/openai.ts";
import type { Endpoint } from "../protocol.ts";

const endpoint = (name: string): Endpoint => {
  const found = OPENAI.endpoints.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const upload = async (purpose: string, content: string | Uint8Array<ArrayBuffer>) => {
  const data = new FormData();
  data.append("purpose", purpose);
  data.append("file", new File([content], "lines.jsonl"));
  const bytes = Buffer.from(await new Response(data).arrayBuffer());
  const scan = scanForm(bytes);
  if (!scan.ok) throw new Error(scan.fault.message);
  return { bytes, decoded: endpoint("POST /files").decodeRequest(scan.value) };
};
const line = (url: string, body: unknown): string =>
  JSON.stringify({ custom_id: "the first one", method: "POST", url, body });
const chat = (text: string) => ({
  model: "m",
  messages: [
    { role: "system", content: "Be kind." },
    { role: "user", content: text },
  ],
});

test("each line of a batch is read as the endpoint that it names, at its place in the upload", async () => {
  const lines = [
    line("/v1/chat/completions", chat("Hé \u{1f600}\nthere")),
    line("/v1/responses", { model: "r", input: "Two", instructions: "Three" }),
    line("/v1/embeddings", { model: "e", input: ["Four"] }),
    line("/v1/images/generations", { model: "i", prompt: "Five" }),
  ];
  const { bytes, decoded } = await upload("batch", `${lines.join("\n")}\n`);
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  const { segments, model, otherModels } = decoded.value;
  expect(segments.map(({ pointer, provenance, text }) => [pointer, provenance, text])).toEqual([
    ["/file/filename", "user", "lines.jsonl"],
    ["/file/0/custom_id", "user", "the first one"],
    ["/file/0/body/messages/0/content", "system", "Be kind."],
    ["/file/0/body/messages/1/content", "user", "Hé \u{1f600}\nthere"],
    ["/file/1/custom_id", "user", "the first one"],
    ["/file/1/body/input", "user", "Two"],
    ["/file/1/body/instructions", "system", "Three"],
    ["/file/2/custom_id", "user", "the first one"],
    ["/file/2/body/input/0", "user", "Four"],
    ["/file/3/custom_id", "user", "the first one"],
    ["/file/3/body/prompt", "user", "Five"],
  ]);
  for (const [at, one] of segments.entries()) {
    expect(one.index).toBe(at);
    const token = bytes.toString("utf8", one.byteStart, one.byteEnd);
    expect(JSON.parse(token)).toBe(one.text);
  }
  expect([model, otherModels]).toEqual(["m", ["r", "e", "i"]]);
});

describe("a batch is refused", () => {
  test.each([
    ["a line that is no JSON", "{", "/file/0"],
    ["a line with a key twice", '{"url":"/v1/responses","url":"/v1/x"}', "/file/0"],
    ["an endpoint that is not inspected", line("/v1/realtime/sessions", {}), "/file/0/url"],
    ["another method", JSON.stringify({ method: "GET", url: "/v1/responses", body: {} }), "/file/0/url"],
    ["a line without a body", JSON.stringify({ method: "POST", url: "/v1/responses" }), "/file/0/body"],
    [
      "a body that its endpoint refuses",
      line("/v1/chat/completions", { messages: [{ role: "x" }] }),
      "/file/0/body/messages/0/role",
    ],
    ["a second line that is refused", `${line("/v1/responses", { input: "x" })}\n[]`, "/file/1"],
    ["no lines", "\n\n", "/file"],
  ])("for %s", async (_, content, pointer) => {
    const { decoded } = await upload("batch", content);
    expect(decoded).toMatchObject({ ok: false, refusal: { pointer } });
  });
});

test("a line's strings keep their places when a part of its request is named as the request is", async () => {
  const tool = { type: "function", function: { name: "f", parameters: { body: { description: "of the tool" } } } };
  const { bytes, decoded } = await upload("batch", line("/v1/chat/completions", { ...chat("Hi"), tools: [tool] }));
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  expect(decoded.value.toolDefinitions).toEqual([{ name: "f", definition: tool, within: "/file/0" }]);
  const said = decoded.value.segments.find(({ text }) => text === "of the tool");
  expect(said).toMatchObject({
    pointer: "/file/0/body/tools/0/function/parameters/body/description",
    provenance: "tool-description",
  });
  expect(bytes.toString("utf8", said?.byteStart, said?.byteEnd)).toBe('"of the tool"');
  const trained = await upload("fine-tune", JSON.stringify({ body: chat("Hi") }));
  expect(trained.decoded.ok && trained.decoded.value.segments.at(-1)?.pointer).toBe("/file/0/body/messages/1/content");
});

test("what is trained on is a conversation, or the user's words", async () => {
  const { decoded } = await upload(
    "fine-tune",
    `${JSON.stringify(chat("Hello"))}\n${JSON.stringify({ prompt: "Say", completion: "it" })}`,
  );
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  expect(decoded.value.segments.slice(1).map(({ provenance, text }) => [provenance, text])).toEqual([
    ["system", "Be kind."],
    ["user", "Hello"],
    ["user", "Say"],
    ["user", "it"],
  ]);
});

test.each([
  ["text", new TextEncoder().encode("Dear reader"), ["Dear reader"], 0],
  ["bytes", Uint8Array.of(0, 255, 1), [], 1],
])("a file of %s is a document or unscannable", async (_, content, texts, unread) => {
  const { decoded } = await upload("user_data", content);
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  const documents = decoded.value.segments.filter(({ provenance }) => provenance === "document");
  expect(documents.map(({ text }) => text)).toEqual(texts);
  expect(decoded.value.unscannable).toHaveLength(unread);
});

test("a batch names its file, and an upload for batches may be named", () => {
  const decoded = endpoint("POST /batches").decodeRequest(
    scanned({ input_file_id: "file-1", endpoint: "/v1/responses", completion_window: "24h", metadata: { note: "n" } }),
  );
  expect(decoded).toMatchObject({ ok: true, value: { refersTo: [{ id: "file-1", pointer: "/input_file_id" }] } });
  const answered = (purpose: string) =>
    endpoint("POST /files").decodeResponse(scanned({ id: "file-1", object: "file", purpose, filename: "a.jsonl" }), 0);
  expect(answered("batch")).toMatchObject({ ok: true, value: { keeps: ["file-1"] } });
  expect(answered("user_data")).not.toHaveProperty("value.keeps");
});

test("an answer in a batch's results is read as the answer that it is", () => {
  const call = { id: "c", type: "function", function: { name: "send", arguments: '{"to":"x"}' } };
  const body = {
    object: "chat.completion",
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hi", tool_calls: [call] } }],
  };
  const scan = scanned({ id: "b", custom_id: "mine", response: { status_code: 200, body }, error: null });
  const decoded = endpoint("GET /files/{file}/content").decodeResponse(scan, 5);
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  const { segments, toolCalls } = decoded.value;
  expect(segments.map(({ index, provenance, text }) => [index, provenance, text])).toEqual([
    [5, "model", "mine"],
    [6, "model", "Hi"],
    [7, "model", "send"],
    [8, "tool-arguments", '{"to":"x"}'],
  ]);
  for (const one of segments)
    expect(JSON.parse(scan.bytes.toString("utf8", one.byteStart, one.byteEnd))).toBe(one.text);
  expect(toolCalls).toMatchObject([{ name: "send", segment: 8 }]);
});
