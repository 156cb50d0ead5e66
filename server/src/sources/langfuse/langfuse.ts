import { decodedOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { addDocuments, addMessages } from "../messages.ts";
import {
  at,
  fieldsOf,
  firstText,
  numberOf,
  openedOf,
  principalOf,
  textAt,
  textOf,
  timeOf,
  traceOf,
  without,
  type Fields,
} from "../read.ts";
import type { Decoded } from "../source.ts";
import { Texts } from "../texts.ts";

/** Types of observations → kinds; what has none is a span. */
const KINDS: Readonly<Record<string, string>> = {
  GENERATION: "gen_ai.chat",
  EMBEDDING: "gen_ai.embeddings",
  TOOL: "gen_ai.execute_tool",
  AGENT: "gen_ai.invoke_agent",
  RETRIEVER: "gen_ai.retrieval",
  GUARDRAIL: "guardrail.result",
  EVALUATOR: "evaluation.result",
  CHAIN: "gen_ai.invoke_workflow",
};

const BATCH_TYPE =
  /^(trace|generation|span|event|score|observation|agent|tool|chain|retriever|evaluator|embedding|guardrail)-(?:create|update)$/;

const decode = (record: Fields, receivedAt: string): Decoded => {
  const batch = BATCH_TYPE.exec(textAt(record, "type") ?? "");
  if (batch !== null && record["body"] !== undefined) {
    const type = (batch[1] ?? "").toUpperCase();
    const inner = { type, ...fieldsOf(record["body"]) };
    return decodeOne(
      inner,
      textAt(inner, "type") ?? type,
      textAt(record, "id"),
      timeOf(record["timestamp"]) ?? receivedAt,
    );
  }
  if (record["type"] === "sdk-log") return { kind: "skipped", reason: "sdk-log: the SDK's own log" };
  const type = typeOf(record);
  if (type === undefined) return notOf("Langfuse", "type of observation, and neither a trace's nor a score's fields");
  const id = textAt(record, "id");
  return decodeOne(record, type, id === undefined ? undefined : `${type}:${id}`, receivedAt);
};

/** Exports name the type of observations only; a score has a value, a trace a session or a time of its own. */
const typeOf = (record: Fields): string | undefined => {
  const type = textAt(record, "type");
  if (type !== undefined) return type.toUpperCase();
  if (record["name"] !== undefined && ("value" in record || "stringValue" in record || "string_value" in record))
    return "SCORE";
  return record["id"] !== undefined && record["timestamp"] !== undefined ? "TRACE" : undefined;
};

const decodeOne = (record: Fields, type: string, key: string | undefined, otherwise: string): Decoded => {
  const kind = type === "SCORE" ? "evaluation.result" : type === "TRACE" ? "gen_ai.trace" : (KINDS[type] ?? "span");
  const texts = wordsOf(record, kind);
  const model = firstText(record["model"], record["provided_model_name"], record["providedModelName"]);
  const usage = fieldsOf(openedOf(record["usageDetails"] ?? record["usage_details"] ?? record["usage"]));
  const user = firstText(record["userId"], record["user_id"]);
  const start = timeOf(record["startTime"] ?? record["start_time"] ?? record["timestamp"]);
  const end = timeOf(record["endTime"] ?? record["end_time"]);
  const name = textOf(record["name"]);
  const metadata = openedOf(record["metadata"]);
  return decodedOf(
    {
      time: start ?? otherwise,
      kind,
      principal: user && principalOf("user", user),
      agent: type === "AGENT" ? name : textAt(metadata, "agent"),
      session: firstText(record["sessionId"], record["session_id"], at(metadata, "session_id")),
      model,
      asset: model === undefined ? undefined : `model:${model}`,
      trace: traceOf(record["traceId"] ?? record["trace_id"] ?? (type === "TRACE" ? record["id"] : undefined)),
      key,
      texts,
      known: {
        outcome: textAt(record, "level") === "ERROR" ? "failure" : "success",
        inputTokens: numberOf(usage["input"] ?? usage["promptTokens"]),
        outputTokens: numberOf(usage["output"] ?? usage["completionTokens"]),
        latencyMs:
          start === undefined || end === undefined ? undefined : Math.max(0, Date.parse(end) - Date.parse(start)),
        tools: texts.tools.size === 0 ? undefined : [...texts.tools],
        tool: type === "TOOL" ? name : undefined,
      },
    },
    without({ ...record, type }, ["input"], ["output"], ["comment"]),
  );
};

const wordsOf = (record: Fields, kind: string): Texts => {
  const texts = new Texts();
  const { input, output } = record;
  if (kind === "gen_ai.execute_tool") {
    texts.addTool(record["name"]);
    texts.add("tool-arguments", input);
    texts.add("tool-result", output);
    return texts;
  }
  addMessages(texts, input, "user");
  if (kind === "gen_ai.retrieval") addDocuments(texts, output);
  else addMessages(texts, output, "model");
  texts.add("model", record["comment"]);
  return texts;
};

export const langfuse = jsonSource({
  id: "langfuse",
  title: "Langfuse",
  description:
    "Traces, observations and scores of Langfuse: exports of its console or of its blob storage, and batches of its ingestion API.",
  setup: [
    "Set up an export to a bucket (Project settings → Exports → Blob storage, JSONL) and let Parapet read the bucket (transport `s3`), or send exported files:",
    "```sh",
    'curl -H "authorization: Bearer $PARAPET_SOURCE_KEY" --data-binary @observations.jsonl http://127.0.0.1:4100/ingest/langfuse',
    "```",
    "SDKs that speak OpenTelemetry (Langfuse v3 and later) can export to `/otlp` directly.",
  ].join("\n"),
  reference: "https://langfuse.com/docs/api-and-data-platform/features/export-to-blob-storage",
  bindings: [
    { logsource: { product: "ai", service: "agent_trace" }, source: "langfuse" },
    { logsource: { product: "langfuse" }, source: "langfuse" },
  ],
  lists: ["batch", "data"],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
