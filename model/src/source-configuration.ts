import { z } from "zod";
import { CaptureMode } from "./capture.ts";
import { Slug } from "./identifiers.ts";

/** Names that events of Parapet itself have, and words that stand elsewhere in the address. */
const RESERVED_SOURCES: readonly string[] = ["gateway", "audit", "self-test"];

const Secret = z.string().min(1);

/** How telemetry arrives. Left out: the sender pushes it over HTTP. */
export const SourceTransport = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("http") }).describe("Pushed to `/ingest/<id>`, OpenTelemetry to `/otlp/v1/…`"),
  z
    .strictObject({
      kind: z.literal("file"),
      paths: z
        .array(z.string().min(1))
        .min(1)
        .max(100)
        .describe("Files to follow; the last part may hold `*`. A file that ends in `.gz` is read once"),
      from: z
        .enum(["start", "end"])
        .default("start")
        .describe("Where to begin in files that are there at the first start"),
    })
    .describe("Files of lines, followed with a remembered position"),
  z
    .strictObject({
      kind: z.literal("syslog"),
      protocol: z.enum(["udp", "tcp", "tls"]).describe("`udp` loses what does not arrive and answers nobody"),
      host: z.string().default("127.0.0.1").describe("Address to bind"),
      port: z.int().min(0).max(65_535).describe("Port to bind; 0 takes a free one"),
      from: z
        .array(z.string())
        .default([])
        .describe("Addresses or networks (CIDR) that may send; left out, whoever reaches the port"),
      certificate: z.string().optional().describe("PEM file of the server's certificate, for `tls`"),
      key: z.string().optional().describe("PEM file of its private key, for `tls`"),
      clients: z
        .string()
        .optional()
        .describe("PEM file of the authority whose client certificates are asked for, for `tls`"),
    })
    .describe("A syslog listener (RFC 5424 and 3164)"),
  z
    .strictObject({
      kind: z.literal("s3"),
      endpoint: z
        .url({ protocol: /^https?$/ })
        .describe("`https://s3.eu-central-1.amazonaws.com`, or another store that speaks S3"),
      bucket: z.string().min(1).describe("Name of the bucket"),
      prefix: z.string().default("").describe("Only keys that begin with this"),
      region: z.string().default("us-east-1").describe("Region that requests are signed for"),
      accessKeyId: Secret.describe("`${ENV_NAME}` or `file:/path`"),
      secretAccessKey: Secret.describe("`${ENV_NAME}` or `file:/path`"),
      sessionToken: Secret.optional().describe("`${ENV_NAME}` or `file:/path`"),
      everySeconds: z.int().min(5).max(86_400).default(60).describe("Time between two lists"),
      after: z.string().optional().describe("Begin behind this key; left out, with the first key there is"),
    })
    .describe("Objects of a bucket, taken in the order of their keys behind the last one taken"),
  z
    .strictObject({
      kind: z.literal("nats"),
      servers: z.array(z.string().min(1)).min(1).describe("`nats://host:4222`"),
      stream: z.string().min(1).describe("JetStream stream"),
      consumer: z.string().min(1).default("parapet").describe("Name of the durable consumer; made when absent"),
      subject: z.string().optional().describe("Only messages of this subject"),
      user: z.string().optional().describe("Name to sign in with; left out, nobody's"),
      password: Secret.optional().describe("`${ENV_NAME}` or `file:/path`"),
    })
    .describe("A NATS JetStream stream; messages are acknowledged after they are durable here"),
  z
    .strictObject({
      kind: z.literal("kafka"),
      brokers: z.array(z.string().min(1)).min(1).describe("`host:9092`"),
      topic: z.string().min(1).describe("Topic to read"),
      group: z.string().min(1).default("parapet").describe("Consumer group whose offsets are committed"),
      user: z.string().optional().describe("SASL PLAIN"),
      password: Secret.optional().describe("`${ENV_NAME}` or `file:/path`"),
      tls: z.boolean().default(false).describe("Speak TLS, with the authorities that the system trusts"),
    })
    .describe("A Kafka topic; offsets are committed after messages are durable here"),
]);
export type SourceTransport = Readonly<z.infer<typeof SourceTransport>>;

/** One source of telemetry as the operator connects it. */
export const SourceConfiguration = z
  .strictObject({
    id: Slug.refine((id) => !RESERVED_SOURCES.includes(id), {
      message: `is reserved; choose a name outside ${RESERVED_SOURCES.join(", ")}`,
    }).describe("Name of the source here: the last part of `/ingest/<id>`"),
    kind: Slug.describe("What it sends: the id of a source in the catalogue, or of a mapping"),
    credential: Secret.optional().describe(
      "What senders present, `${ENV_NAME}` or `file:/path`: as bearer token, `x-api-key`, `x-webhook-secret`, password of basic authentication, or as the key of a webhook's signature. Needed for pushed telemetry",
    ),
    capture: CaptureMode.default("redacted").describe(
      "What is kept of texts that the source carries, encrypted: all, without the secrets, personal data and internal names found in it, or digests only",
    ),
    quota: z
      .strictObject({
        eventsPerSecond: z
          .number()
          .positive()
          .max(1_000_000)
          .default(20_000)
          .describe("Mean over ten seconds; what comes beyond is refused with 429 and Retry-After"),
        bytesPerDay: z
          .int()
          .positive()
          .default(50 * 1024 ** 3)
          .describe("Decompressed bytes of a UTC day; what comes beyond is refused with 429 until the next"),
      })
      .prefault({})
      .describe("How much this source may send"),
    silentAfterMinutes: z
      .number()
      .positive()
      .max(43_200)
      .optional()
      .describe("An alarm when nothing came for so long. Left out: its silence is no alarm"),
    transport: SourceTransport.default({ kind: "http" }).describe(
      "How it arrives. Left out: pushed over HTTP to `/ingest/<id>`",
    ),
  })
  .refine((source) => source.transport.kind !== "http" || source.credential !== undefined, {
    message: "needs a credential, since whoever reaches the port could push to it",
    path: ["credential"],
  })
  .refine(
    ({ transport }) =>
      transport.kind !== "syslog" ||
      transport.protocol !== "tls" ||
      (transport.certificate !== undefined && transport.key !== undefined),
    { message: "needs `certificate` and `key` for TLS", path: ["transport"] },
  );
export type SourceConfiguration = Readonly<z.infer<typeof SourceConfiguration>>;
