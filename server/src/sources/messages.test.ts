import * as fc from "fast-check";
import { expect, it } from "vitest";
import { addMessages } from "./messages.ts";
import { Texts } from "./texts.ts";

const read = (value: unknown): { said: string[]; tools: string[] } => {
  const texts = new Texts();
  addMessages(texts, value, "user");
  return { said: texts.list.map(({ provenance, text }) => `${provenance}: ${text}`), tools: [...texts.tools] };
};

const CALL_AND_ANSWER = {
  said: ["user: weather?", 'tool-arguments: {"city":"Bern"}', "tool-result: snow", "model: It snows."],
  tools: ["weather"],
};

it.each([
  [
    "OpenTelemetry's parts",
    [
      { role: "user", parts: [{ type: "text", content: "weather?" }] },
      { role: "assistant", parts: [{ type: "tool_call", id: "1", name: "weather", arguments: { city: "Bern" } }] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "1", response: "snow" }] },
      { role: "assistant", parts: [{ type: "text", content: "It snows." }], finish_reason: "stop" },
    ],
  ],
  [
    "OpenAI's chat completions",
    [
      { role: "user", content: "weather?" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } }],
      },
      { role: "tool", tool_call_id: "1", content: "snow" },
      { role: "assistant", content: "It snows." },
    ],
  ],
  [
    "OpenAI's responses",
    [
      { role: "user", content: [{ type: "input_text", text: "weather?" }] },
      { type: "function_call", call_id: "1", name: "weather", arguments: '{"city":"Bern"}' },
      { type: "function_call_output", call_id: "1", output: "snow" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "It snows." }] },
    ],
  ],
  [
    "Anthropic's messages",
    [
      { role: "user", content: "weather?" },
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "weather", input: { city: "Bern" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "1", content: [{ type: "text", text: "snow" }] }] },
      { role: "assistant", content: [{ type: "text", text: "It snows." }] },
    ],
  ],
  [
    "Gemini's contents",
    [
      { role: "user", parts: [{ text: "weather?" }] },
      { role: "model", parts: [{ functionCall: { name: "weather", args: { city: "Bern" } } }] },
      { role: "user", parts: [{ functionResponse: { name: "weather", response: "snow" } }] },
      { role: "model", parts: [{ text: "It snows." }] },
    ],
  ],
  [
    "Bedrock's Converse",
    [
      { role: "user", content: [{ text: "weather?" }] },
      { role: "assistant", content: [{ toolUse: { toolUseId: "1", name: "weather", input: { city: "Bern" } } }] },
      { role: "user", content: [{ toolResult: { toolUseId: "1", content: [{ text: "snow" }] } }] },
      { role: "assistant", content: [{ text: "It snows." }] },
    ],
  ],
])("reads %s, also as JSON in a string", (_, messages) => {
  expect(read(messages)).toEqual(CALL_AND_ANSWER);
  expect(read(JSON.stringify(messages))).toEqual(CALL_AND_ANSWER);
});

it("takes structured answers of tools as evidence, and pictures as no words", () => {
  expect(read([{ type: "tool_result", content: { rows: [1, 2] } }]).said).toEqual(['tool-result: {"rows":[1,2]}']);
  expect(read([{ role: "user", parts: [{ type: "blob", mime_type: "image/png", content: "aGk=" }] }]).said).toEqual([]);
});

it("answers any JSON within its bounds", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const { said } = read(value);
      expect(said.length).toBeLessThanOrEqual(256);
    }),
  );
  const long = Array.from({ length: 1_000 }, () => ({ role: "user", content: "x".repeat(10_000) }));
  expect(read(long).said.join("").length).toBeLessThan(270_000);
});
