/**
 * Names that libraries use beside the current ones of OpenTelemetry (semantic conventions for generative AI, 1.37 and
 * later), by the name they stand for. Sources: OpenTelemetry registry of deprecated attributes, Traceloop's OpenLLMetry
 * (`opentelemetry-semantic-conventions-ai`), Arize's OpenInference (`semantic_conventions.md`), the coding agents' logs.
 * The name that was sent stays beside the current one.
 */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  "gen_ai.provider.name": ["gen_ai.system", "llm.provider", "llm.system", "llm.vendor"],
  "gen_ai.request.model": ["llm.request.model_name", "llm.model_name", "llm.request.model", "embedding.model_name"],
  "gen_ai.response.model": ["llm.response.model_name", "llm.response.model"],
  "gen_ai.usage.input_tokens": [
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
    "gen_ai.usage.input",
  ],
  "gen_ai.usage.output_tokens": [
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
    "gen_ai.usage.output",
  ],
  "gen_ai.usage.total_tokens": ["llm.usage.total_tokens", "llm.token_count.total"],
  "gen_ai.usage.cache_read.input_tokens": [
    "gen_ai.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read",
  ],
  "gen_ai.usage.cache_creation.input_tokens": [
    "gen_ai.usage.cache_creation_input_tokens",
    "llm.token_count.prompt_details.cache_write",
  ],
  "gen_ai.usage.reasoning.output_tokens": [
    "gen_ai.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
  ],
  "gen_ai.request.stream": ["llm.is_streaming", "gen_ai.is_streaming"],
  "gen_ai.request.frequency_penalty": ["llm.frequency_penalty"],
  "gen_ai.request.presence_penalty": ["llm.presence_penalty"],
  "gen_ai.request.top_k": ["llm.top_k", "db.vector.query.top_k"],
  "gen_ai.request.stop_sequences": ["llm.chat.stop_sequences"],
  "gen_ai.response.finish_reasons": [
    "gen_ai.response.finish_reason",
    "gen_ai.response.stop_reason",
    "llm.finish_reason",
    "llm.response.finish_reason",
    "gen_ai.completion.0.finish_reason",
  ],
  "gen_ai.conversation.id": [
    "session.id",
    "conversation.id",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.conversation_id",
    "traceloop.association.properties.thread_id",
    "langfuse.session.id",
    "gen_ai.thread.id",
  ],
  "gen_ai.agent.name": ["agent.name", "graph.node.name"],
  "gen_ai.tool.name": ["tool.name", "mcp.tool.name"],
  "gen_ai.tool.call.id": ["tool.id", "tool_call.id"],
  "gen_ai.workflow.name": ["traceloop.workflow.name"],
  "gen_ai.prompt.name": ["traceloop.prompt.key", "llm.prompt_template.name"],
  "gen_ai.data_source.id": ["db.collection.name", "db.vector.collection", "db.qdrant.collection", "vector_store.name"],
  "jsonrpc.request.id": ["mcp.request.id"],
  "user.id": ["enduser.id", "llm.user", "traceloop.association.properties.user_id", "langfuse.user.id"],
  "db.system.name": ["db.system"],
  "db.operation.name": ["db.operation"],
  "db.query.text": ["db.statement"],
  "server.address": ["net.peer.name", "peer.hostname"],
  "client.address": ["net.sock.peer.addr", "http.client_ip"],
  "user_agent.original": ["http.user_agent"],
};

/** Another name → the current one. */
const CURRENT_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(OTHER_NAMES).flatMap(([current, others]) => others.map((other) => [other, current] as const)),
);

/** Drafts of the guardrail conventions, oldest last; `gen_ai.guardrail.` is the newest. */
const GUARDRAIL_DRAFTS = [
  ["gen_ai.security.", "gen_ai.guardrail.security."],
  ["gen_ai.guardian.", "gen_ai.guardrail."],
] as const;

/** The current name of an attribute that has another one; undefined where the name is current or nobody's. */
export const currentName = (name: string): string | undefined => {
  const known = CURRENT_NAME.get(name);
  if (known !== undefined) return known;
  const draft = GUARDRAIL_DRAFTS.find(([prefix]) => name.startsWith(prefix));
  return draft === undefined ? undefined : draft[1] + name.slice(draft[0].length);
};

/** OpenInference's span kinds, Traceloop's span kinds and request types, as operations of OpenTelemetry. */
export const OPERATION_OF: ReadonlyMap<string, string> = new Map([
  ["LLM", "chat"],
  ["EMBEDDING", "embeddings"],
  ["RETRIEVER", "retrieval"],
  ["RERANKER", "rerank"],
  ["TOOL", "execute_tool"],
  ["AGENT", "invoke_agent"],
  ["GUARDRAIL", "run_guardrail"],
  ["EVALUATOR", "evaluate"],
  ["CHAIN", "invoke_workflow"],
  ["workflow", "invoke_workflow"],
  ["agent", "invoke_agent"],
  ["tool", "execute_tool"],
  ["chat", "chat"],
  ["completion", "text_completion"],
  ["rerank", "rerank"],
  ["embedding", "embeddings"],
]);
