import { PROTOCOLS, type Endpoint } from "@parapet/server/protocols";
import type { SdkTypes } from "./sdk-types.ts";

/** Which declarations of an SDK describe an endpoint. */
interface Described {
  readonly protocol: string;
  readonly endpoint: string;
  readonly request: keyof SdkTypes;
  readonly answer?: keyof SdkTypes;
  readonly event?: keyof SdkTypes;
}

const GEMINI_MODEL = "POST /{version}/models/{model}";

/** Every endpoint that reads a body; a test fails when one of the catalogue is missing here. */
export const DESCRIBED: readonly Described[] = [
  {
    protocol: "openai",
    endpoint: "POST /chat/completions",
    request: "chatRequest",
    answer: "chatAnswer",
    event: "chatEvent",
  },
  {
    protocol: "openai",
    endpoint: "POST /responses",
    request: "responsesRequest",
    answer: "responsesAnswer",
    event: "responsesEvent",
  },
  { protocol: "openai", endpoint: "POST /responses/input_tokens", request: "responsesRequest" },
  { protocol: "openai", endpoint: "POST /responses/compact", request: "responsesRequest" },
  { protocol: "openai", endpoint: "POST /conversations", request: "conversationRequest" },
  { protocol: "openai", endpoint: "POST /conversations/{conversation}", request: "conversationRequest" },
  { protocol: "openai", endpoint: "POST /conversations/{conversation}/items", request: "conversationItems" },
  {
    protocol: "openai",
    endpoint: "POST /completions",
    request: "completionRequest",
    answer: "completionAnswer",
    event: "completionAnswer",
  },
  { protocol: "openai", endpoint: "POST /embeddings", request: "embeddingRequest" },
  { protocol: "openai", endpoint: "POST /moderations", request: "moderationRequest", answer: "moderationAnswer" },
  {
    protocol: "openai",
    endpoint: "POST /images/generations",
    request: "imageGenerate",
    answer: "imageAnswer",
    event: "imageEvent",
  },
  {
    protocol: "openai",
    endpoint: "POST /images/edits",
    request: "imageEdit",
    answer: "imageAnswer",
    event: "imageEvent",
  },
  { protocol: "openai", endpoint: "POST /images/variations", request: "imageVariation", answer: "imageAnswer" },
  {
    protocol: "openai",
    endpoint: "POST /audio/transcriptions",
    request: "transcription",
    answer: "transcriptionAnswer",
    event: "transcriptionEvent",
  },
  {
    protocol: "openai",
    endpoint: "POST /audio/translations",
    request: "translation",
    answer: "translationAnswer",
  },
  { protocol: "openai", endpoint: "POST /audio/speech", request: "speech" },
  { protocol: "openai", endpoint: "POST /files", request: "fileUpload", answer: "fileAnswer" },
  { protocol: "openai", endpoint: "POST /uploads", request: "uploadBegin", answer: "uploadAnswer" },
  {
    protocol: "openai",
    endpoint: "POST /uploads/{upload}/parts",
    request: "uploadPart",
    answer: "uploadPartAnswer",
  },
  {
    protocol: "openai",
    endpoint: "POST /uploads/{upload}/complete",
    request: "uploadComplete",
    answer: "uploadAnswer",
  },
  { protocol: "openai", endpoint: "POST /batches", request: "batchCreate", answer: "batchAnswer" },
  {
    protocol: "anthropic",
    endpoint: "POST /v1/messages",
    request: "messagesRequest",
    answer: "messagesAnswer",
    event: "messagesEvent",
  },
  { protocol: "anthropic", endpoint: "POST /v1/messages/count_tokens", request: "messagesCount" },
  { protocol: "anthropic", endpoint: "POST /v1/messages/batches", request: "messagesBatch" },
  {
    protocol: "ollama",
    endpoint: "POST /api/chat",
    request: "ollamaChat",
    answer: "ollamaChatAnswer",
    event: "ollamaChatAnswer",
  },
  {
    protocol: "ollama",
    endpoint: "POST /api/generate",
    request: "ollamaGenerate",
    answer: "ollamaGenerateAnswer",
    event: "ollamaGenerateAnswer",
  },
  { protocol: "ollama", endpoint: "POST /api/embed", request: "ollamaEmbed" },
  { protocol: "ollama", endpoint: "POST /api/embeddings", request: "ollamaEmbeddings" },
  { protocol: "ollama", endpoint: "POST /api/show", request: "ollamaShow" },
  {
    protocol: "bedrock",
    endpoint: "POST /model/{model}/converse",
    request: "bedrockConverse",
    answer: "bedrockAnswer",
  },
  {
    protocol: "bedrock",
    endpoint: "POST /model/{model}/converse-stream",
    request: "bedrockConverse",
    event: "bedrockEvent",
  },
  // Their bodies are the models' own; what reads Anthropic's is that protocol's.
  { protocol: "bedrock", endpoint: "POST /model/{model}/invoke", request: "messagesCount" },
  { protocol: "bedrock", endpoint: "POST /model/{model}/invoke-with-response-stream", request: "messagesCount" },
  {
    protocol: "gemini",
    endpoint: `${GEMINI_MODEL}:generateContent`,
    request: "geminiGenerate",
    answer: "geminiAnswer",
  },
  {
    protocol: "gemini",
    endpoint: `${GEMINI_MODEL}:streamGenerateContent`,
    request: "geminiGenerate",
    event: "geminiAnswer",
  },
  { protocol: "gemini", endpoint: `${GEMINI_MODEL}:countTokens`, request: "geminiCount" },
  { protocol: "gemini", endpoint: `${GEMINI_MODEL}:embedContent`, request: "geminiEmbed" },
  { protocol: "gemini", endpoint: `${GEMINI_MODEL}:batchEmbedContents`, request: "geminiEmbedBatch" },
  { protocol: "gemini", endpoint: "POST /{version}/cachedContents", request: "geminiKeep" },
  {
    protocol: "inference-v2",
    endpoint: "POST /v2/models/{model}/infer",
    request: "inferenceRequest",
    answer: "inferenceAnswer",
  },
  { protocol: "a2a", endpoint: "POST /", request: "agentCall", answer: "agentReply", event: "agentNews" },
  { protocol: "a2a", endpoint: "POST /message:send", request: "agentSend", answer: "agentAnswer" },
  { protocol: "a2a", endpoint: "POST /message:stream", request: "agentSend", event: "agentEvent" },
  { protocol: "a2a", endpoint: "POST /tasks/{id}/pushNotificationConfigs", request: "agentPush" },
];

export const endpointOf = ({ protocol, endpoint }: Described): Endpoint => {
  const found = PROTOCOLS.find(({ id }) => id === protocol)?.endpoints.find(({ name }) => name === endpoint);
  if (found === undefined) throw new Error(`no endpoint ${endpoint} of ${protocol}`);
  return found;
};

const object = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};

/** Events that must come before one of this kind, so that a reader knows where it belongs. */
export const eventsBefore = (protocol: string, event: unknown): readonly unknown[] => {
  const { type, delta, item } = object(event);
  if (protocol === "anthropic") {
    if (type !== "content_block_delta" && type !== "content_block_stop") return [];
    const isCall = object(delta)["type"] === "input_json_delta";
    const content_block = isCall ? { type: "tool_use", id: "t", name: "f", input: {} } : { type: "text", text: "" };
    return [{ type: "content_block_start", index: 1, content_block }];
  }
  if (protocol === "bedrock") {
    const isCall = object(object(object(event)["contentBlockDelta"])["delta"])["toolUse"] !== undefined;
    const start = { toolUse: { toolUseId: "t", name: "f" } };
    return isCall ? [{ contentBlockStart: { contentBlockIndex: 1, start } }] : [];
  }
  if (typeof type !== "string" || !type.startsWith("response.") || item !== undefined) return [];
  return [{ type: "response.output_item.added", output_index: 1, item: ITEM_OF[type.split(".")[1] ?? ""] ?? MESSAGE }];
};

const MESSAGE = { id: "x", type: "message", role: "assistant", content: [] };
const ITEM_OF: Readonly<Record<string, unknown>> = {
  function_call_arguments: { id: "x", type: "function_call", call_id: "c", name: "f", arguments: "" },
  mcp_call_arguments: { id: "x", type: "mcp_call", name: "f", arguments: "" },
  custom_tool_call_input: { id: "x", type: "custom_tool_call", call_id: "c", name: "f", input: "" },
  code_interpreter_call_code: { id: "x", type: "code_interpreter_call", code: "" },
  reasoning_text: { id: "x", type: "reasoning", summary: [] },
  reasoning_summary_text: { id: "x", type: "reasoning", summary: [] },
  reasoning_summary_part: { id: "x", type: "reasoning", summary: [] },
  shell_call_command: { id: "x", type: "shell_call", call_id: "c", action: { commands: [] } },
};
