import type { Provenance } from "@parapet/model";

export const MARK = "planted text 7f3a";
export const message = { role: "user", content: "hi" };
export const base = { model: "gpt-5", messages: [message] };
export const within = (extra: object): object => ({ ...base, ...extra });
export const said = (...messages: readonly object[]): object => ({ model: "gpt-5", messages });
const callOf = (kind: object): object =>
  said(message, { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", ...kind }] });

/** Every place for text in the request types of the `openai` package, 7.55. */
export const FIELDS: readonly (readonly [string, object, Provenance, string])[] = [
  ["system content", said({ role: "system", content: MARK }, message), "system", "/messages/0/content"],
  [
    "system parts",
    said({ role: "system", content: [{ type: "text", text: MARK }] }, message),
    "system",
    "/messages/0/content/0/text",
  ],
  ["system name", said({ role: "system", content: "x", name: MARK }, message), "system", "/messages/0/name"],
  ["developer content", said({ role: "developer", content: MARK }), "developer", "/messages/0/content"],
  [
    "developer parts",
    said({
      role: "developer",
      content: [
        { type: "text", text: "a" },
        { type: "text", text: MARK },
      ],
    }),
    "developer",
    "/messages/0/content/1/text",
  ],
  ["user content", said({ role: "user", content: MARK }), "user", "/messages/0/content"],
  ["user parts", said({ role: "user", content: [{ type: "text", text: MARK }] }), "user", "/messages/0/content/0/text"],
  ["user name", said({ role: "user", content: "x", name: MARK }), "user", "/messages/0/name"],
  ["a bare string as part", said({ role: "user", content: [MARK] }), "user", "/messages/0/content/0"],
  [
    "image address",
    said({ role: "user", content: [{ type: "image_url", image_url: { url: `https://a.example/${MARK}` } }] }),
    "user",
    "/messages/0/content/0/image_url/url",
  ],
  [
    "image data that is text",
    said({ role: "user", content: [{ type: "image_url", image_url: { url: `data:text/plain,${MARK}` } }] }),
    "user",
    "/messages/0/content/0/image_url/url",
  ],
  [
    "image detail",
    said({ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example", detail: MARK } }] }),
    "user",
    "/messages/0/content/0/image_url/detail",
  ],
  [
    "audio data that is text",
    said({ role: "user", content: [{ type: "input_audio", input_audio: { data: MARK, format: "wav" } }] }),
    "user",
    "/messages/0/content/0/input_audio/data",
  ],
  [
    "audio format",
    said({ role: "user", content: [{ type: "input_audio", input_audio: { data: "AAAA", format: MARK } }] }),
    "user",
    "/messages/0/content/0/input_audio/format",
  ],
  [
    "file name",
    said({ role: "user", content: [{ type: "file", file: { file_data: "AAAA", filename: MARK } }] }),
    "user",
    "/messages/0/content/0/file/filename",
  ],
  [
    "file id",
    said({ role: "user", content: [{ type: "file", file: { file_id: MARK } }] }),
    "user",
    "/messages/0/content/0/file/file_id",
  ],
  [
    "a part of unknown type",
    said({ role: "user", content: [{ type: "hologram", hologram: { words: MARK } }] }),
    "user",
    "/messages/0/content/0/hologram/words",
  ],
  ["the type of a part", said({ role: "user", content: [{ type: MARK }] }), "user", "/messages/0/content/0/type"],
  [
    "cache breakpoint",
    said({ role: "user", content: [{ type: "text", text: "a", prompt_cache_breakpoint: { mode: MARK } }] }),
    "user",
    "/messages/0/content/0/prompt_cache_breakpoint/mode",
  ],
  ["assistant content", said(message, { role: "assistant", content: MARK }), "model", "/messages/1/content"],
  [
    "assistant refusal",
    said(message, { role: "assistant", content: null, refusal: MARK }),
    "model",
    "/messages/1/refusal",
  ],
  [
    "assistant refusal part",
    said(message, { role: "assistant", content: [{ type: "refusal", refusal: MARK }] }),
    "model",
    "/messages/1/content/0/refusal",
  ],
  ["assistant name", said(message, { role: "assistant", content: "x", name: MARK }), "model", "/messages/1/name"],
  ["assistant audio id", said(message, { role: "assistant", audio: { id: MARK } }), "model", "/messages/1/audio/id"],
  [
    "call arguments",
    callOf({ function: { name: "f", arguments: MARK } }),
    "tool-arguments",
    "/messages/1/tool_calls/0/function/arguments",
  ],
  [
    "call name",
    callOf({ function: { name: MARK, arguments: "{}" } }),
    "model",
    "/messages/1/tool_calls/0/function/name",
  ],
  ["call id", callOf({ id: MARK, function: { name: "f", arguments: "{}" } }), "model", "/messages/1/tool_calls/0/id"],
  [
    "custom call input",
    callOf({ type: "custom", custom: { name: "f", input: MARK } }),
    "tool-arguments",
    "/messages/1/tool_calls/0/custom/input",
  ],
  [
    "old call arguments",
    said(message, { role: "assistant", content: null, function_call: { name: "f", arguments: MARK } }),
    "tool-arguments",
    "/messages/1/function_call/arguments",
  ],
  [
    "tool result",
    said(message, { role: "tool", tool_call_id: "call_1", content: MARK }),
    "tool-result",
    "/messages/1/content",
  ],
  [
    "tool result parts",
    said(message, { role: "tool", tool_call_id: "call_1", content: [{ type: "text", text: MARK }] }),
    "tool-result",
    "/messages/1/content/0/text",
  ],
  [
    "tool call id",
    said(message, { role: "tool", tool_call_id: MARK, content: "x" }),
    "tool-result",
    "/messages/1/tool_call_id",
  ],
  [
    "function result",
    said(message, { role: "function", name: "f", content: MARK }),
    "tool-result",
    "/messages/1/content",
  ],
  ["function name", said(message, { role: "function", name: MARK, content: "x" }), "tool-result", "/messages/1/name"],
  [
    "unknown field of a message",
    said({ role: "user", content: "x", reasoning_content: MARK }),
    "user",
    "/messages/0/reasoning_content",
  ],
  [
    "tool name",
    within({ tools: [{ type: "function", function: { name: MARK } }] }),
    "tool-description",
    "/tools/0/function/name",
  ],
  [
    "tool description",
    within({ tools: [{ type: "function", function: { name: "f", description: MARK } }] }),
    "tool-description",
    "/tools/0/function/description",
  ],
  [
    "parameter description",
    within({
      tools: [
        {
          type: "function",
          function: {
            name: "f",
            parameters: { type: "object", properties: { a: { type: "string", description: MARK } } },
          },
        },
      ],
    }),
    "tool-description",
    "/tools/0/function/parameters/properties/a/description",
  ],
  [
    "parameter choice",
    within({
      tools: [{ type: "function", function: { name: "f", parameters: { properties: { a: { enum: ["b", MARK] } } } } }],
    }),
    "tool-description",
    "/tools/0/function/parameters/properties/a/enum/1",
  ],
  [
    "parameter type",
    within({
      tools: [{ type: "function", function: { name: "f", parameters: { properties: { a: { type: MARK } } } } }],
    }),
    "tool-description",
    "/tools/0/function/parameters/properties/a/type",
  ],
  [
    "parameter name",
    within({
      tools: [
        { type: "function", function: { name: "f", parameters: { properties: { [MARK]: { type: "string" } } } } },
      ],
    }),
    "tool-description",
    `/tools/0/function/parameters/properties/${MARK}`,
  ],
  [
    "custom tool",
    within({ tools: [{ type: "custom", custom: { name: "f", description: MARK } }] }),
    "tool-description",
    "/tools/0/custom/description",
  ],
  [
    "custom grammar",
    within({
      tools: [
        {
          type: "custom",
          custom: { name: "f", format: { type: "grammar", grammar: { definition: MARK, syntax: "lark" } } },
        },
      ],
    }),
    "tool-description",
    "/tools/0/custom/format/grammar/definition",
  ],
  ["tool type", within({ tools: [{ type: MARK }] }), "tool-description", "/tools/0/type"],
  [
    "old function",
    within({ functions: [{ name: "f", description: MARK }] }),
    "tool-description",
    "/functions/0/description",
  ],
  [
    "tool choice",
    within({ tool_choice: { type: "function", function: { name: MARK } } }),
    "user",
    "/tool_choice/function/name",
  ],
  ["tool choice word", within({ tool_choice: MARK }), "user", "/tool_choice"],
  [
    "allowed tools",
    within({
      tool_choice: {
        type: "allowed_tools",
        allowed_tools: { mode: "auto", tools: [{ type: "function", note: MARK }] },
      },
    }),
    "user",
    "/tool_choice/allowed_tools/tools/0/note",
  ],
  ["old function choice", within({ function_call: { name: MARK } }), "user", "/function_call/name"],
  ["prediction", within({ prediction: { type: "content", content: MARK } }), "model", "/prediction/content"],
  [
    "prediction parts",
    within({ prediction: { type: "content", content: [{ type: "text", text: MARK }] } }),
    "model",
    "/prediction/content/0/text",
  ],
  [
    "schema name",
    within({ response_format: { type: "json_schema", json_schema: { name: MARK } } }),
    "developer",
    "/response_format/json_schema/name",
  ],
  [
    "schema description",
    within({ response_format: { type: "json_schema", json_schema: { name: "n", schema: { description: MARK } } } }),
    "developer",
    "/response_format/json_schema/schema/description",
  ],
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
  [
    "moderation policy",
    within({ moderation: { model: "m", policy: { input: { mode: MARK } } } }),
    "user",
    "/moderation/policy/input/mode",
  ],
  [
    "search location",
    within({ web_search_options: { user_location: { type: "approximate", approximate: { city: MARK } } } }),
    "user",
    "/web_search_options/user_location/approximate/city",
  ],
  ["model that is text", { messages: [message], model: MARK }, "user", "/model"],
  ["a vendor's chat template", within({ chat_template: MARK }), "user", "/chat_template"],
  ["a field nobody knows", within({ x: { y: [{ z: MARK }] } }), "user", "/x/y/0/z"],
];
