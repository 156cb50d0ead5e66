import { z } from "zod";
import { CaptureMode } from "./capture.ts";
import { Slug } from "./identifiers.ts";

/** Names that events of Parapet itself have, and words that stand elsewhere in the address. */
const RESERVED_SOURCES: readonly string[] = ["gateway", "audit", "self-test"];

const Secret = z.string().min(1);

/** How telemetry arrives. Left out: the sender pushes it over HTTP. */
export const SourceTransport = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("http") }).describe("Pushed to `/ingest/<id>`, OpenTelemetry to `/otlp/v1/…`"),
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
  });
export type SourceConfiguration = Readonly<z.infer<typeof SourceConfiguration>>;
