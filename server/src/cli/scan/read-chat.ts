import { addLeaves, isRecord, recordAt, stringAt, unwrapJson, type JsonRecord } from "./loose-json.ts";
import { readContent, readMessages } from "./read-messages.ts";
import { createCollector, type Collector, type ScanItem } from "./scan-item.ts";

/** A request body of a chat, responses, completions or similar API. */
const readRequest = (body: unknown, at: string, into: Collector): void => {
  if (!isRecord(body)) {
    into.text(body, "user", at);
    return;
  }
  for (const key of ["system", "instructions", "systemInstruction", "system_instruction", "system_prompt"]) {
    const value = body[key];
    if (value !== undefined)
      readContent(
        isRecord(value) && Array.isArray(value["parts"]) ? value["parts"] : value,
        "system",
        `${at}/${key}`,
        into,
      );
  }
  for (const key of ["messages", "input", "contents", "prompt"]) {
    const value = body[key];
    if (isRecord(value) && Array.isArray(value["messages"])) {
      into.deeper(() => readRequest(value, `${at}/${key}`, into));
    } else if (value !== undefined) readMessages(value, `${at}/${key}`, into);
  }
  for (const key of ["tools", "functions", "response_format"])
    addLeaves(body[key], "tool-description", `${at}/${key}`, into);
};

/** A response body, or the text alone. */
const readResponse = (body: unknown, at: string, into: Collector): void => {
  const value = unwrapJson(body);
  if (!isRecord(value)) {
    readMessages(value, at, into, "model");
    return;
  }
  const choices = value["choices"] ?? value["candidates"];
  if (Array.isArray(choices)) {
    choices.forEach((choice, index) => {
      const place = `${at}/choices/${index}`;
      const message = isRecord(choice) ? (choice["message"] ?? choice["delta"] ?? choice["content"]) : undefined;
      if (message !== undefined) readMessages(message, `${place}/message`, into, "model");
      into.text(isRecord(choice) ? choice["text"] : choice, "model", `${place}/text`);
    });
  }
  for (const key of ["output", "message", "content", "completion", "text", "output_text", "response"]) {
    // `output_text` repeats what `output` holds.
    if (key === "output_text" && Array.isArray(value["output"])) continue;
    const inner = value[key];
    if (inner === undefined || inner === null) continue;
    if (key === "content") readContent(inner, "model", `${at}/content`, into);
    else readMessages(inner, `${at}/${key}`, into, "model");
  }
};

const REQUEST_KEYS = ["messages", "contents", "system", "instructions"];

/** Pairs of keys under which logs keep what was asked and what was answered. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["request", "response"],
  ["prompt", "completion"],
  ["prompt", "response"],
  ["input", "output"],
  ["instruction", "output"],
  ["instruction", "response"],
  ["question", "answer"],
];

const principalOf = (body: JsonRecord): string =>
  stringAt(body, "user") ||
  stringAt(body, "safety_identifier") ||
  stringAt(recordAt(body, "metadata"), "user_id") ||
  stringAt(body, "user_id");

/**
 * One line of a log: a chat request, a request with its response, a line of a batch file or its results, a
 * fine-tuning or preference example, a prompt with a completion, or a text. Undefined: none of these.
 */
export const readChatRecord = (value: unknown, line: number): ScanItem | undefined => {
  if (!isRecord(value)) return undefined;
  const into = createCollector();
  if (!readForms(value, into)) return undefined;
  const request = unwrapJson(value["request"] ?? value["body"]);
  const principal =
    principalOf(value) || (isRecord(request) ? principalOf(request) || principalOf(recordAt(request, "body")) : "");
  return { kind: "exchange", ...into.taken(), principal, line, overlap: 0 };
};

/** A record of a form that nobody here knows: every string of it, as text that anybody could have written. */
export const readUnknownRecord = (value: unknown, line: number): ScanItem | undefined => {
  if (!isRecord(value)) return undefined;
  const into = createCollector();
  addLeaves(value, "document", "", into);
  return { kind: "exchange", ...into.taken(), principal: "", line, overlap: 0 };
};

const readForms = (value: JsonRecord, into: Collector): boolean => {
  let isKnown = false;
  if (typeof value["custom_id"] === "string") {
    if (value["body"] !== undefined) readRequest(value["body"], "/body", into);
    if (value["response"] !== undefined) readResponse(recordAt(value["response"], "body"), "/response/body", into);
    return true;
  }
  if (
    REQUEST_KEYS.some(
      (key) =>
        value[key] !== undefined && (key === "messages" || key === "contents" ? Array.isArray(value[key]) : true),
    ) &&
    hasConversation(value)
  ) {
    readRequest(value, "", into);
    isKnown = true;
  }
  for (const [asked, answered] of PAIRS) {
    if (value[asked] === undefined && value[answered] === undefined) continue;
    if (asked !== "request" && value[asked] === undefined) continue;
    if (!isKnown || asked === "request") readAsked(value[asked], `/${asked}`, into);
    if (value[answered] !== undefined) readResponse(bodyOf(value[answered]), `/${answered}`, into);
    isKnown = true;
    break;
  }
  for (const key of ["turns", "conversation", "conversations", "dialog", "history"]) {
    if (!Array.isArray(value[key])) continue;
    readMessages(value[key], `/${key}`, into);
    isKnown = true;
  }
  for (const key of ["preferred_output", "non_preferred_output", "chosen", "rejected"]) {
    if (value[key] === undefined) continue;
    readMessages(value[key], `/${key}`, into, "model");
    isKnown = true;
  }
  if (Array.isArray(value["choices"])) {
    readResponse(value, "", into);
    isKnown = true;
  }
  if (!isKnown && typeof value["text"] === "string") {
    into.text(value["text"], "document", "/text");
    isKnown = true;
  }
  if (!isKnown && typeof value["content"] === "string" && typeof value["role"] === "string") {
    readMessages(value, "", into);
    isKnown = true;
  }
  return isKnown;
};

const hasConversation = (value: JsonRecord): boolean =>
  Array.isArray(value["messages"]) || Array.isArray(value["contents"]) || value["input"] !== undefined;

/** `{status_code, body}` and `{body}` wrap the body proper. */
const bodyOf = (value: unknown): unknown => {
  const unwrapped = unwrapJson(value);
  return isRecord(unwrapped) && unwrapped["body"] !== undefined && unwrapped["choices"] === undefined
    ? unwrapJson(unwrapped["body"])
    : unwrapped;
};

const readAsked = (value: unknown, at: string, into: Collector): void => {
  const body = bodyOf(value);
  if (Array.isArray(body)) readMessages(body, at, into);
  else readRequest(body, at, into);
};
