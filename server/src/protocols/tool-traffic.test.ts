import { expect, test } from "vitest";
import { PROTOCOLS, type Decoded, type Endpoint } from "./index.ts";
import { scanned } from "./json/scan.fixture.ts";

const NAME = "send_mail";
const ARGUMENTS = { to: "ada@example.org", copies: 2 };
const ANSWER = "sent as number 17";
const SCHEMA = { type: "object", properties: { to: { type: "string" } } };

interface Dialect {
  readonly protocol: string;
  readonly endpoint: string;
  /** Where it streams, if that is another endpoint. */
  readonly streams?: string;
  /** What a request asks with. */
  readonly definition: unknown;
  readonly request: unknown;
  readonly response: unknown;
  readonly stream: readonly unknown[];
  /** As the protocol names the call. */
  readonly id: string;
  readonly resultNames: string;
}

const chatTool = { type: "function", function: { name: NAME, parameters: SCHEMA } };
const chatCall = { id: "c1", type: "function", function: { name: NAME, arguments: JSON.stringify(ARGUMENTS) } };
const chunk = (delta: unknown, finish: string | null = null) => ({
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const anthropicTool = { name: NAME, input_schema: SCHEMA };
const anthropicCall = { type: "tool_use", id: "c1", name: NAME, input: ARGUMENTS };
const responsesTool = { type: "function", name: NAME, parameters: SCHEMA };
const responsesCall = { type: "function_call", call_id: "c1", name: NAME, arguments: JSON.stringify(ARGUMENTS) };
const bedrockTool = { toolSpec: { name: NAME, inputSchema: { json: SCHEMA } } };
const bedrockCall = { toolUse: { toolUseId: "c1", name: NAME, input: ARGUMENTS } };
const geminiTool = { name: NAME, parametersJsonSchema: SCHEMA };
const geminiCall = { functionCall: { id: "c1", name: NAME, args: ARGUMENTS } };
const geminiAnswer = { candidates: [{ content: { role: "model", parts: [geminiCall] }, finishReason: "STOP" }] };
const ollamaCall = { function: { name: NAME, arguments: ARGUMENTS } };
const ollamaLine = { model: "m", message: { role: "assistant", content: "", tool_calls: [ollamaCall] }, done: false };

const HALF = JSON.stringify(ARGUMENTS).slice(0, 9);
const REST = JSON.stringify(ARGUMENTS).slice(9);

const DIALECTS: readonly Dialect[] = [
  {
    protocol: "openai",
    endpoint: "POST /chat/completions",
    definition: chatTool,
    request: {
      model: "m",
      tools: [chatTool],
      messages: [
        { role: "user", content: "Mail Ada" },
        { role: "assistant", content: null, tool_calls: [chatCall] },
        { role: "tool", tool_call_id: "c1", content: ANSWER },
      ],
    },
    response: { choices: [{ index: 0, message: { role: "assistant", content: null, tool_calls: [chatCall] } }] },
    stream: [
      chunk({ tool_calls: [{ index: 0, id: "c1", function: { name: NAME, arguments: HALF } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: REST } }] }),
      chunk({}, "tool_calls"),
    ],
    id: "c1",
    resultNames: "",
  },
  {
    protocol: "openai",
    endpoint: "POST /responses",
    definition: responsesTool,
    request: {
      model: "m",
      tools: [responsesTool],
      input: [
        { role: "user", content: "Mail Ada" },
        responsesCall,
        { type: "function_call_output", call_id: "c1", output: ANSWER },
      ],
    },
    response: { object: "response", output: [responsesCall] },
    stream: [
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { type: "function_call", call_id: "c1", name: NAME, arguments: "" },
      },
      { type: "response.function_call_arguments.delta", output_index: 0, delta: HALF },
      { type: "response.function_call_arguments.delta", output_index: 0, delta: REST },
      { type: "response.output_item.done", output_index: 0, item: responsesCall },
    ],
    id: "c1",
    resultNames: "",
  },
  {
    protocol: "anthropic",
    endpoint: "POST /v1/messages",
    definition: anthropicTool,
    request: {
      model: "m",
      max_tokens: 9,
      tools: [anthropicTool],
      messages: [
        { role: "user", content: "Mail Ada" },
        { role: "assistant", content: [{ type: "text", text: "Well" }, anthropicCall] },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "c1", content: [{ type: "text", text: ANSWER }] }],
        },
      ],
    },
    response: { role: "assistant", content: [anthropicCall] },
    stream: [
      { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "c1", name: NAME, input: {} } },
      { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: HALF } },
      { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: REST } },
      { type: "content_block_stop", index: 0 },
    ],
    id: "c1",
    resultNames: "",
  },
  {
    protocol: "bedrock",
    endpoint: "POST /model/{model}/converse",
    streams: "POST /model/{model}/converse-stream",
    definition: bedrockTool,
    request: {
      toolConfig: { tools: [bedrockTool] },
      messages: [
        { role: "user", content: [{ text: "Mail Ada" }] },
        { role: "assistant", content: [bedrockCall] },
        { role: "user", content: [{ toolResult: { toolUseId: "c1", content: [{ json: { said: ANSWER } }] } }] },
      ],
    },
    response: { output: { message: { role: "assistant", content: [bedrockCall] } } },
    stream: [
      { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: "c1", name: NAME } } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input: HALF } } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input: REST } } } },
      { contentBlockStop: { contentBlockIndex: 0 } },
    ],
    id: "c1",
    resultNames: "",
  },
  {
    protocol: "gemini",
    endpoint: "POST /{version}/models/{model}:generateContent",
    streams: "POST /{version}/models/{model}:streamGenerateContent",
    definition: geminiTool,
    request: {
      tools: [{ function_declarations: [geminiTool] }],
      contents: [
        { role: "user", parts: [{ text: "Mail Ada" }] },
        { role: "model", parts: [geminiCall] },
        { role: "user", parts: [{ functionResponse: { id: "c1", name: NAME, response: { said: ANSWER } } }] },
      ],
    },
    response: geminiAnswer,
    stream: [geminiAnswer],
    id: "c1",
    resultNames: NAME,
  },
  {
    protocol: "ollama",
    endpoint: "POST /api/chat",
    definition: chatTool,
    request: {
      model: "m",
      tools: [chatTool],
      messages: [
        { role: "user", content: "Mail Ada" },
        { role: "assistant", content: "", tool_calls: [ollamaCall] },
        { role: "tool", tool_name: NAME, content: ANSWER },
      ],
    },
    response: { ...ollamaLine, done: true },
    stream: [ollamaLine, { model: "m", message: { role: "assistant", content: "" }, done: true }],
    id: "",
    resultNames: NAME,
  },
];

const endpointOf = ({ protocol, endpoint, streams = endpoint }: Dialect, isStream = false): Endpoint => {
  const all = PROTOCOLS.find(({ id }) => id === protocol)?.endpoints ?? [];
  const found = all.find(({ name }) => name === (isStream ? streams : endpoint));
  if (found === undefined) throw new Error(`${endpoint} is none of ${all.map(({ name }) => name).join(", ")}`);
  return found;
};

const valueOf = <T>(decoded: Decoded<T>): T => {
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value;
};

const named = DIALECTS.map((dialect): [string, Dialect] => [`${dialect.protocol} ${dialect.endpoint}`, dialect]);

test.each(named)("%s: a request says what was called, what came back and what there is to call", (_, dialect) => {
  const request = valueOf(endpointOf(dialect).decodeRequest(scanned(dialect.request)));
  expect(request.toolCalls?.map(({ id, name, arguments: text }) => [id, name, JSON.parse(text ?? "null")])).toEqual([
    [dialect.id, NAME, ARGUMENTS],
  ]);
  expect(request.segments[request.toolCalls?.[0]?.segment ?? -1]?.provenance).toBe("tool-arguments");
  const [result, ...more] = request.toolResults ?? [];
  expect(more).toEqual([]);
  expect([result?.call, result?.name]).toEqual([dialect.id, dialect.resultNames]);
  expect(result?.segments.map((index) => request.segments[index]?.text)).toEqual([ANSWER]);
  expect(request.toolDefinitions).toEqual([{ name: NAME, definition: dialect.definition }]);
  expect(request.toolNames).toEqual([NAME]);
});

test.each(named)("%s: an answer says what a call is called with", (_, dialect) => {
  const { toolCalls } = valueOf(endpointOf(dialect).decodeResponse(scanned(dialect.response), 4));
  expect(toolCalls.map(({ id, name, arguments: text }) => [id, name, JSON.parse(text ?? "null")])).toEqual([
    [dialect.id, NAME, ARGUMENTS],
  ]);
});

test.each(named)("%s: so does a stream, in its pieces or at once", (_, dialect) => {
  const decoder = endpointOf(dialect, true).streamDecoder?.(4);
  const texts = dialect.stream.flatMap((event) => {
    const decoded = decoder?.decode(JSON.stringify(event));
    return decoded === undefined ? [] : valueOf(decoded).texts;
  });
  const calling = texts.filter(({ kind }) => kind === "tool-arguments");
  const pieces = calling.filter(({ again }) => again !== "now").map(({ delta }) => delta);
  const last = calling.at(-1);
  expect(last?.toolCall?.name).toBe(NAME);
  expect(JSON.parse(last?.toolCall?.arguments ?? pieces.join(""))).toEqual(ARGUMENTS);
});

test("a call without arguments has none, and a conversation without tools says nothing of them", () => {
  const chat = DIALECTS[0];
  const body = {
    model: "m",
    messages: [
      { role: "user", content: "The time?" },
      { role: "assistant", tool_calls: [{ id: "c", type: "function", function: { name: "now", arguments: "" } }] },
    ],
  };
  if (chat === undefined) throw new Error("no dialect");
  const request = valueOf(endpointOf(chat).decodeRequest(scanned(body)));
  expect(request.toolCalls?.map(({ name, arguments: text }) => [name, text])).toEqual([["now", undefined]]);
  const plain = valueOf(endpointOf(chat).decodeRequest(scanned({ ...body, messages: body.messages.slice(0, 1) })));
  expect([plain.toolCalls, plain.toolResults, plain.toolDefinitions]).toEqual([undefined, undefined, undefined]);
});

test("of several requests in one body each offers its own definitions", () => {
  const batches = PROTOCOLS.find(({ id }) => id === "anthropic")?.endpoints.find(({ name }) =>
    name.endsWith("/batches"),
  );
  const request = (description: string) => ({
    custom_id: "c",
    params: {
      model: "m",
      max_tokens: 9,
      messages: [{ role: "user", content: "Hi" }],
      tools: [{ name: NAME, description, input_schema: SCHEMA }],
    },
  });
  const body = scanned({ requests: [request("Sends."), request("Sends more.")] });
  if (batches === undefined) throw new Error("no endpoint");
  const { toolDefinitions } = valueOf(batches.decodeRequest(body));
  expect(toolDefinitions?.map(({ name, within }) => [name, within])).toEqual([
    [NAME, "/requests/0"],
    [NAME, "/requests/1"],
  ]);
});
