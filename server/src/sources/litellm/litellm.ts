import { decodedOf, kindOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { addMessages, addToolDefinitions } from "../messages.ts";
import {
  at,
  exchangeOf,
  firstText,
  listOf,
  numberAt,
  principalOf,
  textAt,
  timeOf,
  traceOf,
  without,
  type Fields,
} from "../read.ts";
import type { Decoded } from "../source.ts";
import { Texts } from "../texts.ts";

/** `call_type` without the `a` of asynchronous calls → operation. */
const OPERATIONS: Readonly<Record<string, string>> = {
  completion: "gen_ai.chat",
  text_completion: "gen_ai.text_completion",
  anthropic_messages: "gen_ai.chat",
  responses: "gen_ai.chat",
  generate_content: "gen_ai.generate_content",
  embedding: "gen_ai.embeddings",
  rerank: "gen_ai.rerank",
  call_mcp_tool: "mcp.tools.call",
  list_mcp_tools: "mcp.tools.list",
  vector_store_search: "vector.search",
};

const decode = (record: Fields, receivedAt: string): Decoded => {
  const call = textAt(record, "call_type");
  const metadata = record["metadata"];
  if (call === undefined && record["model"] === undefined) return notOf("LiteLLM", "call_type and model");
  const texts = new Texts();
  const tool = at(metadata, "mcp_tool_call_metadata");
  addMessages(texts, record["messages"], "user");
  addMessages(texts, answersOf(record["response"]), "model");
  addToolDefinitions(texts, at(record, "model_parameters", "tools"));
  texts.addTool(at(tool, "name"));
  texts.add("tool-arguments", at(tool, "arguments"));
  texts.add("tool-result", at(tool, "result"));
  const start = numberAt(record, "startTime");
  const end = numberAt(record, "endTime");
  // Calls of tools have the tool's name there.
  const model = tool === undefined ? textAt(record, "model") : undefined;
  return decodedOf(
    {
      time: timeOf(record["startTime"]) ?? receivedAt,
      kind: kindOfCall(call ?? "completion"),
      principal: callerOf(record),
      agent: firstText(at(metadata, "requester_metadata", "agent"), at(metadata, "agent_id")),
      session: firstText(
        at(metadata, "requester_metadata", "session_id"),
        at(metadata, "session_id"),
        record["session_id"],
        record["trace_id"],
      ),
      model,
      asset: model === undefined ? undefined : `model:${model}`,
      route: textAt(record, "model_group"),
      trace: traceOf(record["trace_id"]),
      exchange: exchangeOf(at(record, "hidden_params", "additional_headers", "llm_provider-x-parapet-exchange")),
      key: textAt(record, "id"),
      texts,
      known: {
        address: firstText(record["requester_ip_address"], at(metadata, "requester_ip_address")),
        user_agent: textAt(metadata, "user_agent"),
        outcome: record["status"] === "failure" || record["error_str"] ? "failure" : "success",
        inputTokens: numberAt(record, "prompt_tokens"),
        outputTokens: numberAt(record, "completion_tokens"),
        latencyMs: start === undefined || end === undefined ? undefined : Math.max(0, Math.round((end - start) * 1e3)),
        tools: texts.tools.size === 0 ? undefined : [...texts.tools],
        tool: textAt(tool, "name"),
        host: hostOf(textAt(record, "api_base")),
      },
    },
    without(
      record,
      ["messages"],
      ["response"],
      ["model_parameters", "tools"],
      ["metadata", "mcp_tool_call_metadata", "arguments"],
      ["metadata", "mcp_tool_call_metadata", "result"],
    ),
  );
};

const kindOfCall = (call: string): string => {
  const plain = Object.hasOwn(OPERATIONS, call) ? call : call.replace(/^a(?=[a-z])/, "");
  return Object.hasOwn(OPERATIONS, plain) ? (OPERATIONS[plain] ?? "") : kindOf(`gen_ai.${plain}`);
};

/** The end user, the key's owner, or the key, whichever is known first. */
const callerOf = (record: Fields): string | undefined => {
  const metadata = record["metadata"];
  const user = firstText(
    record["end_user"],
    at(metadata, "user_api_key_end_user_id"),
    at(metadata, "user_api_key_user_email"),
    at(metadata, "user_api_key_user_id"),
  );
  const key = firstText(at(metadata, "user_api_key_alias"), at(metadata, "user_api_key_hash"));
  return user === undefined ? key && principalOf("key", key) : principalOf("user", user);
};

const answersOf = (response: unknown): unknown => {
  const choices = listOf(at(response, "choices"));
  return choices.length === 0 ? (at(response, "output") ?? response) : choices.map((choice) => at(choice, "message"));
};

const hostOf = (address: string | undefined): string | undefined =>
  /^[a-z]+:\/\/(?:[^/@]*@)?([^:/?#]+)/i.exec(address ?? "")?.[1];

export const litellm = jsonSource({
  id: "litellm",
  title: "LiteLLM",
  description:
    "The standard logging payload of the LiteLLM proxy: every call with key, user, model, tokens, cost, guardrails and what was said.",
  setup: [
    'In the proxy\'s `config.yaml`, with `GENERIC_LOGGER_ENDPOINT=http://parapet:4100/ingest/litellm` and `GENERIC_LOGGER_HEADERS="authorization=Bearer $PARAPET_SOURCE_KEY"` in its environment:',
    "```yaml",
    "litellm_settings:",
    "  callbacks: [generic_api]",
    "```",
    "Payloads that LiteLLM wrote to a bucket (`s3_v2`, `gcs_bucket`) are read as well. With `turn_off_message_logging: true` nothing that was said arrives.",
  ].join("\n"),
  reference: "https://docs.litellm.ai/docs/proxy/logging_spec",
  bindings: [
    { logsource: { product: "ai", service: "agent_trace" }, source: "litellm" },
    { logsource: { product: "litellm" }, source: "litellm" },
  ],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
