import type { Provenance } from "@parapet/model";
import { addLeaves, isRecord, listAt, stringAt } from "./loose-json.ts";
import type { Collector } from "./scan-item.ts";

const PROVENANCE_OF_ROLE: ReadonlyMap<string, Provenance> = new Map([
  ["system", "system"],
  ["developer", "developer"],
  ["assistant", "model"],
  ["model", "model"],
  ["ai", "model"],
  ["gpt", "model"],
  ["bot", "model"],
  ["tool", "tool-result"],
  ["function", "tool-result"],
]);

/** What is not known counts as the user's. */
export const provenanceOfRole = (role: string, otherwise: Provenance = "user"): Provenance =>
  PROVENANCE_OF_ROLE.get(role.toLowerCase()) ?? otherwise;

/** Parts that carry bytes or a reference instead of text, in the words of the dialects. */
const UNREADABLE =
  /^(input_)?(image|image_url|audio|file|video|document|blob|uri|media|inline_data|file_data|computer_screenshot)$/;
const TOOL_CALLS = new Set([
  "tool_use",
  "tool_call",
  "function_call",
  "server_tool_use",
  "server_tool_call",
  "custom_tool_call",
  "mcp_call",
]);
const TOOL_RESULTS = new Set([
  "tool_result",
  "tool_call_response",
  "function_call_output",
  "server_tool_call_response",
  "custom_tool_call_output",
  "web_search_tool_result",
]);

const readPart = (part: unknown, provenance: Provenance, pointer: string, into: Collector): void => {
  if (Array.isArray(part)) {
    readContent(part, provenance, pointer, into);
    return;
  }
  if (!isRecord(part)) {
    into.text(part, provenance, pointer);
    return;
  }
  const type = stringAt(part, "type");
  if (TOOL_CALLS.has(type)) {
    for (const key of ["input", "arguments", "action", "server_tool_call"])
      addLeaves(part[key], "tool-arguments", `${pointer}/${key}`, into);
    if (part["output"] !== undefined) addLeaves(part["output"], "tool-result", `${pointer}/output`, into);
  } else if (TOOL_RESULTS.has(type)) {
    for (const key of ["content", "output", "response", "result", "server_tool_call_response"]) {
      if (part[key] !== undefined) readContent(part[key], "tool-result", `${pointer}/${key}`, into);
    }
  } else if (UNREADABLE.test(type) || part["inlineData"] !== undefined || part["fileData"] !== undefined) {
    const source = part["source"];
    // A document part may hold its text in clear.
    const plain = stringAt(source, "type") === "text" ? stringAt(source, "data") : stringAt(part, "text");
    if (plain === "") into.unreadable(type === "" ? "file" : type.replace(/^input_/, ""));
    else into.text(plain, "document", `${pointer}/source/data`);
  } else {
    const { type: _type, id: _id, signature: _signature, functionCall, functionResponse, ...rest } = part;
    if (functionCall !== undefined) addLeaves(functionCall, "tool-arguments", `${pointer}/functionCall`, into);
    if (functionResponse !== undefined) addLeaves(functionResponse, "tool-result", `${pointer}/functionResponse`, into);
    addLeaves(rest, provenance, pointer, into);
  }
};

/** A message's content in any dialect: a string, a part, or a list of parts. */
export const readContent = (content: unknown, provenance: Provenance, pointer: string, into: Collector): void => {
  into.deeper(() => {
    if (Array.isArray(content))
      content.forEach((part, index) => readPart(part, provenance, `${pointer}/${index}`, into));
    else readPart(content, provenance, pointer, into);
  });
};

/** One message: content or parts, tool calls, and what a model says besides. */
const readMessage = (message: unknown, pointer: string, into: Collector, otherwise: Provenance = "user"): void => {
  if (!isRecord(message)) {
    into.text(message, otherwise, pointer);
    return;
  }
  const type = stringAt(message, "type");
  // Items of the Responses API that are calls or results instead of messages.
  if (TOOL_CALLS.has(type) || TOOL_RESULTS.has(type)) {
    readPart(message, otherwise, pointer, into);
    return;
  }
  const provenance = provenanceOfRole(
    stringAt(message, "role") || stringAt(message, "from") || stringAt(message, "author"),
    otherwise,
  );
  for (const key of ["content", "parts", "text", "value", "refusal", "reasoning_content", "reasoning", "summary"]) {
    if (message[key] !== undefined && message[key] !== null)
      readContent(message[key], provenance, `${pointer}/${key}`, into);
  }
  listAt(message, "tool_calls").forEach((call, index) => {
    const inner = isRecord(call) ? (call["function"] ?? call["custom"] ?? call) : undefined;
    if (!isRecord(inner)) return;
    for (const key of ["arguments", "input"])
      addLeaves(inner[key], "tool-arguments", `${pointer}/tool_calls/${index}/${key}`, into);
  });
  addLeaves(
    isRecord(message["function_call"]) ? message["function_call"]["arguments"] : undefined,
    "tool-arguments",
    `${pointer}/function_call/arguments`,
    into,
  );
  if (message["audio"] !== undefined && message["audio"] !== null) into.unreadable("audio");
};

/** A list of messages, or one, or a string. */
export const readMessages = (
  messages: unknown,
  pointer: string,
  into: Collector,
  otherwise: Provenance = "user",
): void => {
  if (Array.isArray(messages))
    messages.forEach((message, index) => readMessage(message, `${pointer}/${index}`, into, otherwise));
  else if (isRecord(messages)) readMessage(messages, pointer, into, otherwise);
  else into.text(messages, otherwise, pointer);
};
