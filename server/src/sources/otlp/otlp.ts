import type { Source } from "../source.ts";
import { decodeOtlp } from "./decode.ts";
import { RECORD_BYTES_MAX, splitOtlp } from "./split.ts";

/** What agents and models did, in OpenTelemetry's conventions or in those of the libraries before it. */
const AGENT_KINDS = [
  "gen_ai.*",
  "mcp.*",
  "guardrail.result",
  "evaluation.result",
  "vector.search",
  "vector.upsert",
  "vector.delete",
];

export const otlp: Source = {
  id: "otlp",
  title: "OpenTelemetry (OTLP)",
  description:
    "Traces, logs and metrics over OTLP, protobuf or JSON. Generative AI conventions of OpenTelemetry, old and new, OpenLLMetry and OpenInference are read alike; all other spans, logs and points are kept as `span`, `log` and `metric`.",
  setup: [
    "Point any OpenTelemetry SDK or collector here:",
    "```sh",
    "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4100/otlp",
    'export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer $PARAPET_SOURCE_KEY"',
    "export OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental",
    "```",
    "To have what was said inspected, let the instrumentation capture message content (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true`).",
  ].join("\n"),
  reference: "https://opentelemetry.io/docs/specs/otlp/",
  bindings: [
    { logsource: { product: "ai", service: "agent_trace" }, source: "otlp", kinds: AGENT_KINDS },
    { logsource: { product: "opentelemetry" }, source: "otlp" },
  ],
  recordBytesMax: RECORD_BYTES_MAX,
  split: splitOtlp,
  decode: decodeOtlp,
};
