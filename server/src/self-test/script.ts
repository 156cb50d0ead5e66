import type { Row } from "./corpus.ts";

const LABEL = "[Parapet's scripted self-test upstream] ";
const MODEL = "parapet-self-test";
const SYSTEM =
  "You are the help desk of a shop for garden tools. Answer in one or two sentences, from the shop's own price list and opening hours only.";
const CUE = /\[self-test row ([a-z0-9-]{3,61})\]/;
const CANARY = /\bpc-[0-9a-f]{20}\b/;
/** Stands in an answer for the system prompt as the upstream got it. */
const SYSTEM_PROMPT = "{{system prompt}}";

const TOOL_CALL = { id: "call_1", type: "function", function: { name: "read_document", arguments: '{"id":"17"}' } };

const toolOf = (text: string): unknown => {
  try {
    const described: unknown = JSON.parse(text);
    if (typeof described === "object" && described !== null && "name" in described && "description" in described)
      return { type: "function", function: described };
  } catch {
    // Most descriptions are prose.
  }
  return { type: "function", function: { name: "look_up", description: text, parameters: { type: "object" } } };
};

/** The chat completion request that carries a row. */
const requestOf = (row: Row): unknown => {
  const system = { role: "system", content: SYSTEM };
  const model = MODEL;
  switch (row.channel) {
    case "user":
      return { model, messages: [system, { role: "user", content: row.text }] };
    case "document":
    case "tool_output":
      return {
        model,
        messages: [
          system,
          { role: "user", content: "What does it say?" },
          { role: "assistant", content: null, tool_calls: [TOOL_CALL] },
          { role: "tool", tool_call_id: "call_1", content: row.text },
        ],
      };
    case "tool_description":
      return { model, messages: [system, { role: "user", content: "When do you open?" }], tools: [toolOf(row.text)] };
    case "answer":
      return { model, messages: [system, { role: "user", content: `Please go on. [self-test row ${row.id}]` }] };
  }
};

export interface Script {
  readonly bodyOf: (row: Row) => string;
  /** What the upstream answers to the body that reached it. */
  readonly answer: (request: unknown) => unknown;
  /** The canary that stood in the newest request; undefined when the gateway planted none. */
  readonly canary: () => string | undefined;
}

/** Both sides of the self-test's conversation. `rows` are those of the run that goes on. */
export const createScript = (rows: () => readonly Row[]): Script => {
  let canary: string | undefined;

  const answer = (request: unknown): unknown => {
    const messages = messagesOf(request);
    const system = messages.find(({ role }) => role === "system")?.content ?? "";
    canary = CANARY.exec(system)?.[0];
    const asked = CUE.exec(messages.findLast(({ role }) => role === "user")?.content ?? "")?.[1];
    const row = asked === undefined ? undefined : rows().find(({ id }) => id === asked);
    const content = LABEL + (row?.text.replaceAll(SYSTEM_PROMPT, system) ?? "Noted.");
    return {
      id: "chatcmpl-self-test",
      object: "chat.completion",
      created: 1_767_225_600,
      model: MODEL,
      choices: [{ index: 0, message: { role: "assistant", content, refusal: null }, finish_reason: "stop" }],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    };
  };
  return { bodyOf: (row) => JSON.stringify(requestOf(row)), answer, canary: () => canary };
};

interface Message {
  readonly role: string;
  readonly content: string;
}

const messagesOf = (request: unknown): readonly Message[] => {
  if (typeof request !== "object" || request === null || !("messages" in request)) return [];
  const { messages } = request;
  if (!Array.isArray(messages)) return [];
  return messages.flatMap((one: unknown): Message[] => {
    if (typeof one !== "object" || one === null || !("role" in one) || !("content" in one)) return [];
    const { role, content } = one;
    return typeof role === "string" && typeof content === "string" ? [{ role, content }] : [];
  });
};
