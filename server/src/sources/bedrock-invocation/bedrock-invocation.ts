import { principalOfArn } from "../aws.ts";
import { decodedOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { addMessages, addToolDefinitions } from "../messages.ts";
import {
  at,
  exchangeOf,
  fieldsOf,
  firstText,
  isFields,
  listOf,
  numberAt,
  parsedOf,
  textAt,
  timeOf,
  without,
  type Fields,
} from "../read.ts";
import type { Decoded } from "../source.ts";
import { Texts } from "../texts.ts";

const decode = (record: Fields, receivedAt: string): Decoded => {
  // A subscription of CloudWatch Logs wraps each record as text.
  const inner = typeof record["message"] === "string" ? parsedOf(record["message"]) : undefined;
  const log = isFields(inner) ? inner : record;
  const model = textAt(log, "modelId");
  if (model === undefined) return notOf("Bedrock's invocation log", "modelId");
  const texts = wordsOf(log);
  const metadata = log["requestMetadata"];
  const arn = textAt(log, "identity", "arn");
  return decodedOf(
    {
      time: timeOf(log["timestamp"]) ?? receivedAt,
      kind: /embed/i.test(model) ? "gen_ai.embeddings" : "gen_ai.chat",
      principal: arn === undefined ? undefined : principalOfArn(arn),
      agent: firstText(at(metadata, "agent")),
      session: firstText(at(metadata, "session_id"), at(metadata, "sessionId"), at(metadata, "session")),
      exchange: exchangeOf(at(metadata, "x-parapet-exchange")),
      model,
      asset: `model:${model}`,
      key: textAt(log, "requestId"),
      texts,
      known: {
        outcome: log["errorCode"] === undefined ? "success" : "failure",
        inputTokens: numberAt(log, "input", "inputTokenCount"),
        outputTokens: numberAt(log, "output", "outputTokenCount"),
        latencyMs: numberAt(log, "output", "outputBodyJson", "metrics", "latencyMs"),
        tools: texts.tools.size === 0 ? undefined : [...texts.tools],
        action: textAt(log, "operation"),
      },
      extra: {
        guardrailAction: textAt(log, "output", "outputBodyJson", "amazon-bedrock-guardrailAction"),
        stopReason: firstText(
          at(log, "output", "outputBodyJson", "stopReason"),
          at(log, "output", "outputBodyJson", "stop_reason"),
        ),
      },
    },
    without(log, ["input", "inputBodyJson"], ["output", "outputBodyJson"]),
  );
};

/** Fields of a request and of an answer that are prompts in one vendor's shape or another. */
const PROMPTS = ["prompt", "inputText", "inputs", "texts"];
const ANSWERS = ["content", "completion", "generation", "outputText", "outputs", "text"];

const wordsOf = (log: Fields): Texts => {
  const texts = new Texts();
  const input = fieldsOf(at(log, "input", "inputBodyJson"));
  addMessages(texts, input["system"], "system");
  addToolDefinitions(texts, input["tools"] ?? at(input, "toolConfig", "tools"));
  addMessages(texts, input["messages"], "user");
  for (const name of PROMPTS) addMessages(texts, input[name], "user");
  const output = at(log, "output", "outputBodyJson");
  if (Array.isArray(output)) texts.add("model", streamedOf(output));
  const answer = fieldsOf(output);
  addMessages(texts, at(answer, "output", "message"), "model");
  for (const name of ANSWERS) addMessages(texts, answer[name], "model");
  for (const result of listOf(answer["results"])) addMessages(texts, at(result, "outputText"), "model");
  for (const choice of listOf(answer["choices"])) addMessages(texts, at(choice, "message"), "model");
  return texts;
};

/** A streamed answer is logged as its events. */
const streamedOf = (chunks: readonly unknown[]): string =>
  chunks
    .slice(0, 10_000)
    .map((chunk) =>
      firstText(
        at(chunk, "delta", "text"),
        at(chunk, "contentBlockDelta", "delta", "text"),
        at(chunk, "outputText"),
        at(chunk, "generation"),
        at(chunk, "completion"),
      ),
    )
    .join("");

export const bedrockInvocation = jsonSource({
  id: "bedrock-invocation",
  title: "Bedrock model invocation log",
  description:
    "What went to models of Amazon Bedrock and what came back, with the caller's role. CloudTrail has the same calls without their words.",
  setup: [
    "Turn invocation logging on, once per account and region, and let Parapet read the bucket (transport `s3`):",
    "```sh",
    'aws bedrock put-model-invocation-logging-configuration --logging-config \'{"s3Config":{"bucketName":"bedrock-logs"},"textDataDeliveryEnabled":true}\'',
    "```",
    "Bodies over 100 KB stand in objects of their own and are not read. Pass `requestMetadata` (`session_id`, `agent`, `x-parapet-exchange`) to have calls joined.",
  ].join("\n"),
  reference: "https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html",
  bindings: [
    { logsource: { product: "ai", service: "agent_trace" }, source: "bedrock-invocation" },
    { logsource: { product: "aws", service: "bedrock" }, source: "bedrock-invocation" },
  ],
  lists: ["Records", "logEvents"],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
