import { decodedOf, kindOf } from "../draft.ts";
import {
  at,
  exchangeOf,
  firstText,
  isFields,
  listOf,
  numberOf,
  principalOf,
  textAt,
  timeOf,
  traceOf,
  without,
  type Fields,
} from "../read.ts";
import type { Decoded, Source, SourcePayload, SplitRecord } from "../source.ts";
import { splitPayload, USUAL_LISTS } from "../split-payload.ts";
import { featuresOf, rowsOf, withoutTensors } from "./rows.ts";

const RECORD_BYTES_MAX = 1024 * 1024;
const SCORES_MAX = 64;
const KINDS: ReadonlySet<string> = new Set(["prediction", "evaluation", "training", "deployment"]);
const OTHER_KINDS: Readonly<Record<string, string>> = {
  inference: "prediction",
  predict: "prediction",
  eval: "evaluation",
  fine_tuning: "training",
  finetune: "training",
  train: "training",
  deploy: "deployment",
  rollback: "deployment",
};

/** A batch is as many predictions as it has rows. */
function* split(payload: SourcePayload): Generator<SplitRecord> {
  const options = {
    lists: [...USUAL_LISTS, "predictions_log"],
    lines: "json",
    recordBytesMax: RECORD_BYTES_MAX,
  } as const;
  for (const piece of splitPayload(payload, options)) {
    if (!piece.ok || !isFields(piece.record)) {
      yield piece;
      continue;
    }
    const rows = rowsOf(piece.record);
    if (rows === undefined || rows.length === 0) {
      yield piece;
      continue;
    }
    const whole = withoutTensors(piece.record);
    const common = rows.length === 1 ? whole : scalarsOf(whole);
    for (const [row, { features, prediction, scores }] of rows.entries())
      yield {
        ok: true,
        record: { ...common, type: "prediction", features, prediction, scores, row, rows: rows.length },
      };
  }
}

const SCALARS_MAX = 48;

const isShort = (value: unknown): boolean =>
  typeof value === "string" ? value.length <= 256 : typeof value === "number" || typeof value === "boolean";

/** What is repeated with every row of a batch: short values only, so that a batch is not multiplied. */
const scalarsOf = (record: Fields): Fields => {
  const inner = ["id", "model_name", "model_version"].map((name) => [name, at(record, "response", name)] as const);
  const metadata = [
    ["id", at(record, "eventMetadata", "eventId")],
    ["time", at(record, "eventMetadata", "inferenceTime")],
    ["endpoint", at(record, "eventMetadata", "endpointName")],
  ] as const;
  return Object.fromEntries(
    [...inner, ...metadata, ...Object.entries(record)]
      .filter(([name, value]) => name.length <= 64 && isShort(value))
      .slice(0, SCALARS_MAX),
  );
};

const decode = (record: Fields, receivedAt: string): Decoded => {
  const type = (firstText(record["type"], record["kind"], record["event"]) ?? "prediction").toLowerCase();
  const kind = KINDS.has(type)
    ? type
    : Object.hasOwn(OTHER_KINDS, type)
      ? (OTHER_KINDS[type] ?? "prediction")
      : kindOf(`model.${type}`);
  const model = firstText(
    record["model"],
    record["model_name"],
    record["modelName"],
    at(record, "response", "model_name"),
  );
  const endpoint = firstText(
    record["endpoint"],
    record["inference_service"],
    record["inferenceservicename"],
    at(record, "eventMetadata", "endpointName"),
  );
  if (model === undefined && endpoint === undefined)
    return {
      kind: "malformed",
      reason: "Not a record of a model: it has neither model nor endpoint. Add `model` (and `version`) to each record",
    };
  const version = firstText(
    record["version"],
    record["model_version"],
    record["modelVersion"],
    at(record, "response", "model_version"),
  );
  const user = firstText(record["user"], record["user_id"]);
  const caller = firstText(record["caller"], record["client"], record["service"]);
  const id = firstText(
    record["id"],
    record["request_id"],
    at(record, "eventMetadata", "eventId"),
    at(record, "response", "id"),
  );
  const row = numberOf(record["row"]);
  return decodedOf(
    {
      time: timeOf(record["time"] ?? record["timestamp"] ?? at(record, "eventMetadata", "inferenceTime")) ?? receivedAt,
      kind,
      principal: user === undefined ? caller && principalOf("service", caller) : principalOf("user", user),
      session: firstText(record["session"], record["session_id"]),
      asset:
        model === undefined
          ? `endpoint:${endpoint ?? ""}`
          : `model:${model}${version === undefined ? "" : `@${version}`}`,
      model,
      trace: traceOf(record["trace_id"]),
      exchange: exchangeOf(record["x-parapet-exchange"], record["exchange"]),
      key: id === undefined ? undefined : `${kind}:${id}${row === undefined ? "" : `:${row}`}`,
      known: {
        address: firstText(record["address"], record["remote_addr"]),
        outcome: record["error"] === undefined && record["status"] !== "failure" ? "success" : "failure",
        latencyMs: numberOf(record["latency_ms"] ?? record["latencyMs"]),
        namespace: textAt(record, "namespace"),
      },
      extra: {
        version,
        endpoint,
        features: kind === "prediction" ? featuresOf(record["features"]) : undefined,
        ...outputsOf(record),
      },
    },
    without(record, ["features"], ["prediction"], ["score"], ["scores"], ["label"]),
  );
};

/** The prediction, its score (the highest of several) and the true label, as numbers or short words. */
const outputsOf = (record: Fields): Fields => {
  const scores = listOf(record["scores"]).flatMap((item) => {
    const score = numberOf(item);
    return score === undefined ? [] : [score];
  });
  const plain = (value: unknown): unknown =>
    typeof value === "boolean" ? Number(value) : (numberOf(value) ?? firstText(value)?.slice(0, 256));
  const best = scores.length === 0 ? -1 : scores.indexOf(Math.max(...scores.slice(0, SCORES_MAX)));
  return {
    prediction: plain(record["prediction"]) ?? (best === -1 ? undefined : best),
    score: numberOf(record["score"]) ?? numberOf(record["scores"]) ?? (best === -1 ? undefined : scores[best]),
    scores: scores.length === 0 ? undefined : scores.slice(0, SCORES_MAX),
    label: plain(record["label"] ?? record["ground_truth"]),
  };
};

export const predictions: Source = {
  id: "predictions",
  title: "Predictions of classical models",
  description:
    "What tabular and other classical models predicted, row by row, with evaluations, trainings and deployments. Open Inference (V2), KServe and TensorFlow Serving, SageMaker data capture, and a plain record of our own are read.",
  setup: [
    "Send a record for each prediction from your service, or let the model server's logger post here:",
    "```sh",
    'curl -H "authorization: Bearer $PARAPET_SOURCE_KEY" http://127.0.0.1:4100/ingest/predictions -d \'{"type":"prediction","model":"credit","version":"7","user":"ana","features":{"age":41,"income":52000},"prediction":"approve","score":0.91}\'',
    "```",
    "KServe: `spec.predictor.logger: { mode: all, url: https://parapet.example/ingest/predictions }`. SageMaker: turn data capture on and let Parapet read its bucket. `type` may also be `evaluation` (with `metrics`), `training` (with `dataset`, `base_model`) or `deployment` (with `endpoint`, `stage`).",
  ].join("\n"),
  reference: "https://github.com/kserve/open-inference-protocol",
  bindings: [{ logsource: { product: "ai", service: "predictions" }, source: "predictions" }],
  recordBytesMax: RECORD_BYTES_MAX,
  split,
  decode: (record, { receivedAt }) =>
    isFields(record)
      ? decode(record, receivedAt)
      : { kind: "malformed", reason: "A record of a model is a JSON object. Send objects, one a line or in a list" },
};
