import type { Texts } from "../texts.ts";
import type { Attributes } from "./values.ts";

const CODING_AGENT = /^(claude_code|gemini_cli|codex|qwen-code)\.([a-z_]+)$/;
const CODING_KINDS: Readonly<Record<string, string>> = {
  user_prompt: "gen_ai.user.message",
  api_request: "gen_ai.chat",
  api_response: "gen_ai.chat",
  api_error: "gen_ai.chat",
  tool_result: "gen_ai.execute_tool",
  tool_call: "gen_ai.execute_tool",
  tool_decision: "gen_ai.tool_decision",
};
const CODING_NAMES: Readonly<Record<string, string>> = {
  model: "gen_ai.request.model",
  input_tokens: "gen_ai.usage.input_tokens",
  input_token_count: "gen_ai.usage.input_tokens",
  output_tokens: "gen_ai.usage.output_tokens",
  output_token_count: "gen_ai.usage.output_tokens",
  tool_name: "gen_ai.tool.name",
  function_name: "gen_ai.tool.name",
  error: "error.type",
};

/**
 * Coding agents log `claude_code.user_prompt` and the like, with short names: adds the current ones and takes the words.
 * Answers the kind; undefined for events of others.
 */
export const readCodingAgent = (body: Attributes, texts: Texts, name: string): string | undefined => {
  const found = CODING_AGENT.exec(name);
  if (found === null) return undefined;
  const [, agent = "", what = ""] = found;
  for (const [short, current] of Object.entries(CODING_NAMES))
    if (body[short] !== undefined && body[current] === undefined) body[current] = body[short];
  body["gen_ai.agent.name"] ??= agent;
  texts.add("user", body["prompt"]);
  delete body["prompt"];
  for (const key of ["tool_parameters", "function_args", "arguments"]) {
    texts.add("tool-arguments", body[key]);
    delete body[key];
  }
  const kind = Object.hasOwn(CODING_KINDS, what) ? CODING_KINDS[what] : undefined;
  if (kind?.startsWith("gen_ai.chat") === true) body["gen_ai.operation.name"] ??= "chat";
  if (kind === "gen_ai.execute_tool") body["gen_ai.operation.name"] ??= "execute_tool";
  return kind;
};
