import { accessTime, accessWords } from "../access-words.ts";
import { principalOfArn } from "../aws.ts";
import { decodedOf } from "../draft.ts";
import { at, firstText, isFields, numberAt, numberOf, textAt, timeOf, type Fields } from "../read.ts";
import type { Decoded, Source } from "../source.ts";
import { splitPayload } from "../split-payload.ts";

const RECORD_BYTES_MAX = 256 * 1024;

/** Columns of S3 server access logs, in order. */
const COLUMNS = [
  "bucket_owner",
  "bucket",
  "time",
  "remote_ip",
  "requester",
  "request_id",
  "operation",
  "key",
  "request_uri",
  "http_status",
  "error_code",
  "bytes_sent",
  "object_size",
  "total_time",
  "turn_around_time",
  "referer",
  "user_agent",
  "version_id",
  "host_id",
  "signature_version",
  "cipher_suite",
  "authentication_type",
  "host_header",
  "tls_version",
  "access_point_arn",
  "acl_required",
] as const;
/** Up to the operation a line must go to mean anything. */
const COLUMNS_MIN = 11;
const NUMBERS: ReadonlySet<string> = new Set([
  "http_status",
  "bytes_sent",
  "object_size",
  "total_time",
  "turn_around_time",
]);

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:(?:REST|WEBSITE)\.GET\.OBJECT$|GetObject$|SelectObjectContent$)/, "object.get"],
  [/^(?:REST\.HEAD\.OBJECT$|HeadObject$)/, "object.head"],
  [
    /^(?:REST\.(?:PUT|COPY|POST)\.(?:OBJECT|UPLOAD|PART)(?:_GET)?$|PutObject|CopyObject|CompleteMultipartUpload)/,
    "object.put",
  ],
  [/^(?:REST\.(?:DELETE|POST)\.(?:OBJECT|MULTI_OBJECT_DELETE)$|Delete(?:Object|MultipleObjects))/, "object.delete"],
  [/^(?:REST\.GET\.BUCKET(?:VERSIONS)?$|ListObjects|ListBuckets)/, "object.list"],
  [/POLICY|ACL|PUBLIC_ACCESS|Policy/, "role.change"],
];

const kindOfOperation = (operation: string): string =>
  KINDS.find(([pattern]) => pattern.test(operation))?.[1] ?? "object.request";

const decodeLine = (line: string, receivedAt: string): Decoded => {
  const words = accessWords(line);
  if (words.length < COLUMNS_MIN)
    return {
      kind: "malformed",
      reason: `Not a line of an S3 access log: it has ${words.length} columns, at least ${COLUMNS_MIN} are needed. Send the log's files as they are`,
    };
  const fields: Record<string, unknown> = {};
  for (const [index, name] of COLUMNS.entries()) {
    const word = words[index];
    if (word === undefined || word === "-") continue;
    fields[name] = NUMBERS.has(name) ? (numberOf(word) ?? word) : word;
  }
  const requester = textAt(fields, "requester");
  const bucket = textAt(fields, "bucket");
  const status = numberAt(fields, "http_status");
  const operation = textAt(fields, "operation") ?? "";
  return decodedOf(
    {
      time: timeOf(accessTime(textAt(fields, "time") ?? "")) ?? receivedAt,
      // Reading a policy or a list of rights changes none.
      kind: /\.GET\./.test(operation) ? readKind(operation) : kindOfOperation(operation),
      principal:
        requester === undefined
          ? "anonymous"
          : requester.startsWith("arn:")
            ? principalOfArn(requester)
            : `service:${requester}`,
      asset: bucket === undefined ? undefined : `bucket:${bucket}`,
      key: textAt(fields, "request_id"),
      known: {
        address: textAt(fields, "remote_ip"),
        outcome: status === undefined ? undefined : status >= 400 ? "failure" : "success",
        bytes: numberAt(fields, "bytes_sent"),
        latencyMs: numberAt(fields, "total_time"),
        file: textAt(fields, "key"),
        action: operation,
      },
    },
    fields,
  );
};

const readKind = (operation: string): string => {
  const kind = kindOfOperation(operation);
  return kind === "role.change" ? "object.request" : kind;
};

/** MinIO's audit log: `{version, time, api: {name, bucket, object, statusCode, rx, tx}, remotehost, accessKey, …}`. */
const decodeMinio = (record: Fields, receivedAt: string): Decoded => {
  const name = textAt(record, "api", "name");
  if (name === undefined)
    return {
      kind: "malformed",
      reason:
        "Not a record of an object store: it has no api.name (MinIO audit). Send S3 access log lines or MinIO audit entries",
    };
  const bucket = textAt(record, "api", "bucket");
  const user = firstText(record["parentUser"], record["accessKey"]);
  const status = numberAt(record, "api", "statusCode");
  return decodedOf(
    {
      time: timeOf(record["time"]) ?? receivedAt,
      kind: /^Get(?:Bucket|Object)(?:Policy|Acl|ACL)/.test(name) ? "object.request" : kindOfOperation(name),
      principal: user === undefined ? "anonymous" : record["parentUser"] === undefined ? `key:${user}` : `user:${user}`,
      asset: bucket === undefined ? undefined : `bucket:${bucket}`,
      key: firstText(record["requestID"]),
      known: {
        address: textAt(record, "remotehost"),
        user_agent: textAt(record, "userAgent"),
        outcome: status === undefined ? undefined : status >= 400 ? "failure" : "success",
        bytes: numberAt(record, "api", "tx"),
        file: firstText(at(record, "api", "object")),
        action: name,
      },
    },
    record,
  );
};

export const objectStore: Source = {
  id: "object-store",
  title: "Object store access",
  description:
    "Who reads and writes the objects that models and datasets are: S3 server access logs and MinIO's audit log. CloudTrail's data events say the same with more about the caller.",
  setup: [
    "Turn server access logging on for the buckets, and let Parapet read the log bucket (transport `s3`):",
    "```sh",
    'aws s3api put-bucket-logging --bucket training-data --bucket-logging-status \'{"LoggingEnabled":{"TargetBucket":"access-logs","TargetPrefix":"training-data/"}}\'',
    'mc admin config set store audit_webhook:parapet endpoint=http://parapet:4100/ingest/object-store auth_token="Bearer $PARAPET_SOURCE_KEY"',
    "```",
  ].join("\n"),
  reference: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
  bindings: [
    { logsource: { product: "aws", service: "s3" }, source: "object-store" },
    { logsource: { product: "ai", service: "object_store" }, source: "object-store" },
  ],
  recordBytesMax: RECORD_BYTES_MAX,
  split: (payload) => splitPayload(payload, { lists: ["Records"], lines: "text", recordBytesMax: RECORD_BYTES_MAX }),
  decode: (record, { receivedAt }) => {
    if (typeof record === "string") return decodeLine(record, receivedAt);
    if (isFields(record)) return decodeMinio(record, receivedAt);
    return { kind: "malformed", reason: "A record of an object store is a line of text or a JSON object" };
  },
};
