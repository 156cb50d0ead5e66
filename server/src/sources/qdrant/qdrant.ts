import { accessWords } from "../access-words.ts";
import { decodedOf, kindOf } from "../draft.ts";
import { at, firstText, isFields, numberAt, numberOf, textAt, timeOf, type Fields } from "../read.ts";
import type { Decoded, Source } from "../source.ts";
import { splitPayload } from "../split-payload.ts";

const RECORD_BYTES_MAX = 256 * 1024;
const COLLECTION = /^\/collections\/([^/?]+)/;

/** Path below the collection, and method → kind; the first that fits. */
const KINDS: readonly (readonly [RegExp, RegExp, string])[] = [
  [/^\/points\/(?:search|query|recommend|discover)/, /./, "vector.search"],
  [/^\/points\/scroll/, /./, "vector.scroll"],
  [/^\/points\/(?:count|\d|[0-9a-f]{8}-)/, /GET|POST/, "vector.read"],
  [/^\/points\/(?:delete|payload\/(?:delete|clear)|vectors\/delete)/, /./, "vector.delete"],
  [/^\/points(?:\/(?:batch|payload|vectors))?$/, /PUT|PATCH/, "vector.upsert"],
  [/^\/points\/(?:batch|payload|vectors)/, /./, "vector.upsert"],
  [/^\/points$/, /POST/, "vector.read"],
  [/^\/snapshots/, /GET/, "vector.snapshot.read"],
  [/^\/snapshots/, /./, "vector.snapshot.changed"],
  [/^$/, /DELETE/, "vector.collection.deleted"],
  [/^$/, /PUT/, "vector.collection.created"],
  [/^$/, /PATCH/, "vector.collection.updated"],
  [/^/, /GET/, "vector.read"],
];

/** `/qdrant.Points/Search` → kind. */
const GRPC: readonly (readonly [RegExp, string])[] = [
  [/Points\/(?:Search|Query|Recommend|Discover)/, "vector.search"],
  [/Points\/Scroll/, "vector.scroll"],
  [/Points\/(?:Upsert|Update|Set|Overwrite)/, "vector.upsert"],
  [/Points\/(?:Delete|Clear)/, "vector.delete"],
  [/Points\/(?:Get|Count|Facet)/, "vector.read"],
  [/Snapshots\/(?:Create|Delete)/, "vector.snapshot.changed"],
  [/Snapshots\//, "vector.snapshot.read"],
  [/Collections\/Delete/, "vector.collection.deleted"],
  [/Collections\/Create/, "vector.collection.created"],
];

/** `<time>  INFO actix_web::middleware::logger: <address> "<request>" <status> <bytes> "<referer>" "<agent>" <seconds>` */
const LINE = /^(\S{20,40})\s+([A-Z]+)\s+([\w:]+): (.*)$/s;

const decodeMessage = (message: string, time: unknown, native: Fields, receivedAt: string): Decoded => {
  const words = accessWords(message);
  const stamp = timeOf(time) ?? receivedAt;
  const [address, request = "", status, bytes, , agent, seconds] = words;
  const [method = "", target = ""] = request.split(" ", 2);
  if (target.startsWith("/"))
    return fromRequest({ method, target, address, status, bytes, agent, seconds }, stamp, native);
  const call = /(\/qdrant\.\w+\/\w+)/.exec(message)?.[1];
  if (call === undefined) return decodedOf({ time: stamp, kind: "log" }, native);
  const failed = !/\b(?:Ok|OK|0)\b/.test(message);
  return decodedOf(
    {
      time: stamp,
      kind: GRPC.find(([pattern]) => pattern.test(call))?.[1] ?? kindOf(`vector.${call.split("/").at(-1) ?? "call"}`),
      known: { outcome: failed ? "failure" : "success", action: call },
    },
    native,
  );
};

interface Access {
  readonly method: string;
  readonly target: string;
  readonly address: string | undefined;
  readonly status: string | undefined;
  readonly bytes: string | undefined;
  readonly agent: string | undefined;
  readonly seconds: string | undefined;
  readonly user?: string | undefined;
}

const fromRequest = (access: Access, time: string, native: Fields): Decoded => {
  const [path = ""] = access.target.split("?", 1);
  const found = COLLECTION.exec(path);
  const below = found === null ? undefined : path.slice(found[0].length).replace(/\/$/, "");
  const status = numberOf(access.status);
  const seconds = numberOf(access.seconds);
  const agent = access.agent === "-" ? undefined : access.agent;
  return decodedOf(
    {
      time,
      kind:
        below === undefined
          ? "http.request"
          : (KINDS.find(([place, verb]) => place.test(below) && verb.test(access.method))?.[2] ?? "vector.call"),
      principal: access.user,
      asset: found === null ? undefined : `collection:${found[1] ?? ""}`,
      known: {
        address: access.address,
        user_agent: agent,
        outcome: status === undefined ? undefined : status >= 400 ? "failure" : "success",
        bytes: numberOf(access.bytes),
        latencyMs: seconds === undefined ? undefined : Math.round(seconds * 1e6) / 1e3,
        action: `${access.method} ${path}`,
      },
      extra: { method: access.method, path, status, collection: found?.[1] },
    },
    native,
  );
};

/** Qdrant's log as JSON (`logger.format: json`), its audit entries, or a proxy's access log. */
const decodeJson = (record: Fields, receivedAt: string): Decoded => {
  const message = textAt(record, "fields", "message");
  if (message !== undefined) return decodeMessage(message, record["timestamp"], record, receivedAt);
  const time = timeOf(record["timestamp"] ?? record["time"]) ?? receivedAt;
  const method = firstText(record["method"], record["request_method"]);
  const target = firstText(record["path"], record["request_uri"], record["uri"]);
  const subject = firstText(record["subject"], record["user"], record["remote_user"]);
  const user = subject === undefined || subject === "-" ? undefined : `user:${subject}`;
  if (method !== undefined && target?.startsWith("/") === true)
    return fromRequest(
      {
        method,
        target,
        address: firstText(record["address"], record["remote_addr"]),
        status: firstText(record["status"]),
        bytes: firstText(record["bytes"], record["body_bytes_sent"]),
        agent: firstText(record["user_agent"], record["http_user_agent"]),
        seconds: firstText(record["request_time"]),
        user,
      },
      time,
      record,
    );
  if (method === undefined)
    return {
      kind: "malformed",
      reason:
        "Not a record of Qdrant: it has neither fields.message (its log) nor method. Send its log as it is, or a proxy's access log",
    };
  const collection = firstText(record["collection"], at(record, "collections", "0"));
  return decodedOf(
    {
      time,
      kind:
        GRPC.find(([pattern]) => pattern.test(`Points/${method}`) || pattern.test(`Collections/${method}`))?.[1] ??
        kindOf(`vector.${method}`),
      principal: user,
      asset: collection === undefined ? undefined : `collection:${collection}`,
      known: {
        address: firstText(record["remote"], record["remote_addr"]),
        outcome: /^(?:denied|error|failure)$/i.test(textAt(record, "result") ?? "") ? "failure" : "success",
        latencyMs: numberAt(record, "duration_ms"),
        action: method,
      },
    },
    record,
  );
};

export const qdrant: Source = {
  id: "qdrant",
  title: "Qdrant",
  description:
    "Searches, reads and writes of Qdrant's collections, from its access log (text or JSON), from gRPC lines, or from a JSON access log of the proxy before it, which knows the user.",
  setup: [
    "Qdrant logs requests at level INFO; follow its log file or ship the container's output:",
    "```sh",
    "docker run -e QDRANT__LOG_LEVEL=INFO -e QDRANT__LOGGER__ON_DISK__ENABLED=true -e QDRANT__LOGGER__ON_DISK__LOG_FILE=/qdrant/log/qdrant.log -e QDRANT__LOGGER__ON_DISK__FORMAT=json qdrant/qdrant",
    "```",
    "The log names no user and no vectors: a proxy's access log (`time`, `method`, `path`, `user`, `status`, `bytes`, `address`) adds who it was.",
  ].join("\n"),
  reference: "https://qdrant.tech/documentation/guides/configuration/",
  bindings: [
    { logsource: { product: "ai", service: "vector_db" }, source: "qdrant" },
    { logsource: { product: "qdrant" }, source: "qdrant" },
  ],
  recordBytesMax: RECORD_BYTES_MAX,
  split: (payload) => splitPayload(payload, { lists: [], lines: "text", recordBytesMax: RECORD_BYTES_MAX }),
  decode: (record, { receivedAt }) => {
    if (isFields(record)) return decodeJson(record, receivedAt);
    const found = typeof record === "string" ? LINE.exec(record) : null;
    if (found === null)
      return {
        kind: "malformed",
        reason: "Not a line of Qdrant's log: it does not begin with a time, a level and a target",
      };
    const [, time = "", level = "", target = "", message = ""] = found;
    return decodeMessage(message, time, { timestamp: time, level, target, message }, receivedAt);
  },
};
