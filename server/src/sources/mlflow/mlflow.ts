import { decodedOf, kindOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { at, fieldsOf, firstText, numberOf, textAt, textOf, timeOf, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";

const PAST: Readonly<Record<string, string>> = { create: "created", update: "updated", delete: "deleted" };

/** The server's REST paths → kinds, for access logs of the proxy before it; the first that fits. */
const PATHS: readonly (readonly [method: RegExp, path: RegExp, kind: string])[] = [
  [/^POST$/, /\/mlflow\/registered-models\/create$/, "registry.registered_model.created"],
  [/^(?:DELETE|POST)$/, /\/mlflow\/registered-models\/delete$/, "registry.registered_model.deleted"],
  [/^POST$/, /\/mlflow\/model-versions\/create$/, "registry.model_version.created"],
  [/^POST$/, /\/mlflow\/model-versions\/transition-stage$/, "registry.model_version.transitioned"],
  [/^(?:DELETE|POST)$/, /\/mlflow\/model-versions\/delete$/, "registry.model_version.deleted"],
  [/^POST$/, /\/mlflow\/registered-models\/alias$/, "registry.alias.created"],
  [/^DELETE$/, /\/mlflow\/registered-models\/alias$/, "registry.alias.deleted"],
  [/^(?:POST|DELETE)$/, /\/mlflow\/(?:model-versions|registered-models)\/(?:set|delete)-tag$/, "registry.tag.changed"],
  [
    /^(?:POST|PATCH)$/,
    /\/mlflow\/(?:model-versions|registered-models)\/(?:update|rename)$/,
    "registry.registered_model.updated",
  ],
  [/^PUT$/, /\/mlflow-artifacts\/artifacts\//, "object.put"],
  [/^DELETE$/, /\/mlflow-artifacts\/artifacts\//, "object.delete"],
  [/^GET$/, /\/mlflow-artifacts\/artifacts(?:\/|$)/, "object.get"],
  [/^GET$/, /\/get-artifact|\/model-versions\/get-artifact/, "object.get"],
  [
    /^(?:GET|POST)$/,
    /\/mlflow\/(?:registered-models|model-versions)\/(?:get|search|list|get-[a-z-]+)/,
    "registry.read",
  ],
  [/./, /\/mlflow\//, "registry.call"],
];

const decode = (record: Fields, receivedAt: string): Decoded => {
  const entity = textAt(record, "entity");
  const action = textAt(record, "action");
  if (entity !== undefined && action !== undefined) return hook(record, entity, action, receivedAt);
  if (textAt(record, "event") !== undefined) return databricks(record, receivedAt);
  return access(record, receivedAt);
};

/** `{entity, action, timestamp, data}`: MLflow's own webhooks. They name no user. */
const hook = (record: Fields, entity: string, action: string, receivedAt: string): Decoded => {
  const data = record["data"];
  const thing = entity.replace(/^model_version_(?=alias$|tag$)/, "");
  return decodedOf(
    {
      time: timeOf(record["timestamp"]) ?? receivedAt,
      kind: kindOf(`registry.${thing}.${PAST[action] ?? action}`),
      asset: modelOf(firstText(at(data, "name")), firstText(at(data, "version"))),
      model: firstText(at(data, "name")),
      known: { action: `${entity}.${action}` },
    },
    record,
  );
};

/** `MODEL_VERSION_TRANSITIONED_STAGE` and the like, of Databricks' workspace registry. */
const databricks = (record: Fields, receivedAt: string): Decoded => {
  const event = textAt(record, "event") ?? "";
  const [, thing = event, verb = "happened"] = /^(.+?)_([A-Z]+(?:_(?:STAGE|TO_[A-Z]+))?)$/.exec(event) ?? [];
  const name = textAt(record, "model_name");
  return decodedOf(
    {
      time: timeOf(record["event_timestamp"]) ?? receivedAt,
      kind: kindOf(`registry.${thing}.${verb.replace(/_STAGE$/, "")}`),
      principal: userOf(textAt(record, "user_id") ?? textAt(record, "user")),
      asset: modelOf(name, textAt(record, "version")),
      model: name,
      known: { action: event },
    },
    record,
  );
};

/** A JSON access log of the proxy before the server: the only place that knows who did it. */
const access = (record: Fields, receivedAt: string): Decoded => {
  const method = firstText(record["method"], record["request_method"]);
  const address = firstText(record["path"], record["request_uri"], record["uri"]);
  if (method === undefined || address === undefined)
    return notOf("MLflow", "entity and action (webhook), event (Databricks) or method and path (access log)");
  const [path = "", query = ""] = address.split("?", 2);
  const status = numberOf(record["status"]);
  const parameters = new URLSearchParams(query.slice(0, 4_096));
  const body = fieldsOf(record["request_body"]);
  const name = parameters.get("name") ?? firstText(body["name"]);
  return decodedOf(
    {
      time: timeOf(record["time"] ?? record["timestamp"] ?? record["time_iso8601"] ?? record["msec"]) ?? receivedAt,
      kind: PATHS.find(([verb, place]) => verb.test(method) && place.test(path))?.[2] ?? "http.request",
      principal: userOf(firstText(record["user"], record["remote_user"])) ?? "anonymous",
      asset: modelOf(name ?? undefined, parameters.get("version") ?? firstText(body["version"])),
      model: name ?? undefined,
      key: firstText(record["request_id"]),
      known: {
        address: firstText(record["address"], record["remote_addr"]),
        user_agent: firstText(record["user_agent"], record["http_user_agent"]),
        outcome: status === undefined ? undefined : status >= 400 ? "failure" : "success",
        bytes: numberOf(record["bytes"] ?? record["body_bytes_sent"]),
        action: `${method} ${path}`,
        file: /\/mlflow-artifacts\/artifacts\/(.+)$/.exec(path)?.[1],
      },
    },
    record,
  );
};

const modelOf = (name: string | undefined, version: string | undefined): string | undefined =>
  name === undefined ? undefined : `model:${name}${version === undefined ? "" : `@${version}`}`;

const userOf = (name: string | undefined): string | undefined =>
  name === undefined || name === "-" ? undefined : `user:${textOf(name) ?? ""}`;

export const mlflow = jsonSource({
  id: "mlflow",
  title: "MLflow model registry",
  description:
    "Changes of models, versions, aliases and prompts, from MLflow's webhooks, Databricks' registry webhooks, and JSON access logs of the proxy before the tracking server, which alone know the user.",
  setup: [
    "A webhook for each event (MLflow 3.3 and later, SQL backend; set `MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true` where Parapet has a private address):",
    "```python",
    "from mlflow import MlflowClient",
    'MlflowClient().create_webhook(name="parapet", url="https://parapet.example/ingest/mlflow", events=["registered_model.created", "model_version.created", "model_version_tag.set", "model_version_alias.created", "model_version_alias.deleted"], secret=PARAPET_SOURCE_KEY)',
    "```",
    "Webhooks name no user. To know who wrote and who only ever read, send the proxy's access log too, one JSON object a line with `time`, `method`, `path`, `user`, `status`, `address`, `user_agent`, `bytes`.",
  ].join("\n"),
  reference: "https://mlflow.org/docs/latest/ml/webhooks/",
  bindings: [
    { logsource: { product: "ai", service: "registry" }, source: "mlflow" },
    { logsource: { product: "mlflow" }, source: "mlflow" },
  ],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
