import type { Provenance } from "@parapet/model";
import { fieldsOf, isFields, listOf, openedOf, type Fields } from "./read.ts";
import type { Texts } from "./texts.ts";

const DEPTH_MAX = 8;

const ROLES: Readonly<Record<string, Provenance>> = {
  system: "system",
  developer: "developer",
  user: "user",
  human: "user",
  assistant: "model",
  ai: "model",
  model: "model",
  chatbot: "model",
  tool: "tool-result",
  function: "tool-result",
  document: "document",
};

/** Who a role speaks for; roles that nobody knows are the caller's. */
export const provenanceOf = (role: unknown, otherwise: Provenance): Provenance =>
  typeof role === "string" && Object.hasOwn(ROLES, role.toLowerCase())
    ? (ROLES[role.toLowerCase()] ?? otherwise)
    : otherwise;

/**
 * Adds the words of messages in any of the usual shapes: OpenTelemetry GenAI parts, OpenAI Chat and Responses,
 * Anthropic Messages, Gemini contents, Bedrock Converse; also as JSON in a string. Images and files are no words.
 */
export const addMessages = (texts: Texts, value: unknown, otherwise: Provenance, depth = 0): void => {
  const opened = depth < 2 ? openedOf(value) : value;
  if (depth > DEPTH_MAX) texts.clipped = true;
  else if (typeof opened === "string") texts.add(otherwise, opened);
  else if (Array.isArray(opened)) for (const item of opened) addMessages(texts, item, otherwise, depth + 1);
  else if (isFields(opened)) addMessage(texts, opened, otherwise, depth);
};

const CONTENT = ["content", "parts", "text", "message", "messages"] as const;

const addMessage = (texts: Texts, message: Fields, otherwise: Provenance, depth: number): void => {
  if (typeof message["type"] === "string" && message["role"] === undefined) {
    addPart(texts, message, otherwise, depth);
    return;
  }
  const provenance = provenanceOf(message["role"], otherwise);
  let said = false;
  for (const name of CONTENT) {
    const content = message[name];
    if (content === undefined || content === null) continue;
    said = true;
    addParts(texts, content, provenance, depth + 1);
  }
  addToolCalls(texts, message["tool_calls"] ?? message["toolCalls"]);
  if (message["function_call"] !== undefined) addToolCalls(texts, [message["function_call"]]);
  if (!said) addPart(texts, message, provenance, depth);
};

const addParts = (texts: Texts, value: unknown, provenance: Provenance, depth: number): void => {
  if (typeof value === "string") texts.add(provenance, value);
  else if (depth > DEPTH_MAX) texts.clipped = true;
  else if (Array.isArray(value)) for (const item of value) addParts(texts, item, provenance, depth + 1);
  else if (isFields(value)) {
    if (value["role"] === undefined) addPart(texts, value, provenance, depth);
    else addMessage(texts, value, provenance, depth);
  }
};

const CALLS = ["tool_call", "tool_use", "function_call", "server_tool_call", "server_tool_use", "mcp_call"];
const ANSWERS = [
  "tool_call_response",
  "tool_result",
  "function_call_output",
  "server_tool_call_response",
  "web_search_tool_result",
];
const KINDS: ReadonlyMap<string, "call" | "answer"> = new Map([
  ...CALLS.map((type) => [type, "call"] as const),
  ...ANSWERS.map((type) => [type, "answer"] as const),
]);

const addPart = (texts: Texts, part: Fields, provenance: Provenance, depth: number): void => {
  const type = typeof part["type"] === "string" ? part["type"] : "";
  const kind = KINDS.get(type);
  if (kind === "call") {
    addToolCalls(texts, [part]);
    return;
  }
  if (kind === "answer") {
    addAnswer(texts, part, depth);
    return;
  }
  if (part["functionCall"] !== undefined || part["toolUse"] !== undefined)
    addToolCalls(texts, [part["functionCall"] ?? part["toolUse"]]);
  const answer = part["functionResponse"] ?? part["toolResult"];
  if (isFields(answer)) addAnswer(texts, answer, depth);
  // Pictures and sound stand in `content` of a blob, in base64: no words.
  if (type === "blob") return;
  const words = part["text"] ?? part["content"] ?? part["thinking"] ?? part["refusal"];
  if (words !== undefined) addParts(texts, words, provenance, depth + 1);
};

const addAnswer = (texts: Texts, part: Fields, depth: number): void => {
  const answer = part["response"] ?? part["result"] ?? part["content"] ?? part["output"];
  const before = texts.list.length;
  if (typeof answer === "string" || Array.isArray(answer)) addParts(texts, answer, "tool-result", depth + 1);
  // Structured answers are evidence as a whole, whatever their fields are called.
  if (texts.list.length === before && typeof answer === "object") texts.add("tool-result", answer);
};

/** Names and arguments of calls, in OpenAI's, Anthropic's, Gemini's, Bedrock's or OpenTelemetry's shape. */
const addToolCalls = (texts: Texts, calls: unknown): void => {
  for (const call of listOf(openedOf(calls))) {
    const fields = fieldsOf(call);
    const inner = isFields(fields["function"]) ? fields["function"] : fieldsOf(fields["server_tool_call"]);
    texts.addTool(inner["name"] ?? fields["name"]);
    texts.add(
      "tool-arguments",
      inner["arguments"] ?? fields["arguments"] ?? fields["input"] ?? fields["args"] ?? inner["input"],
    );
  }
};

/** What tools say of themselves: name and description of each definition. */
export const addToolDefinitions = (texts: Texts, definitions: unknown): void => {
  for (const definition of listOf(openedOf(definitions))) {
    const fields = fieldsOf(openedOf(definition));
    const inner = isFields(fields["function"]) ? fields["function"] : fieldsOf(fields["toolSpec"]);
    texts.add("tool-description", inner["description"] ?? fields["description"]);
  }
};

/** Retrieved documents: their content, whatever the field is called. */
export const addDocuments = (texts: Texts, documents: unknown): void => {
  for (const document of listOf(openedOf(documents))) {
    const fields = fieldsOf(document);
    if (typeof document === "string") texts.add("document", document);
    else
      texts.add(
        "document",
        fields["content"] ?? fields["page_content"] ?? fields["text"] ?? fieldsOf(fields["document"])["content"],
      );
  }
};
