import type { Rule, RuleEvent } from "./rule.ts";

/**
 * Sigma's log sources of product `ai`, and the events they stand for. An exchange has several events;
 * `llm_gateway` is the terminal one, which carries everything, so that nothing is counted twice.
 */
const SERVICES: Readonly<Record<string, { readonly source: string; readonly kind: string | undefined }>> = {
  llm_gateway: { source: "gateway", kind: "exchange.closed" },
  audit: { source: "audit", kind: undefined },
};

export const KNOWN_SERVICES: readonly string[] = Object.keys(SERVICES);

/** Whether the rule is written for events of this source. Rules of other products hold for no event of ours. */
export const readsEvent = ({ logsource }: Rule, event: RuleEvent): boolean => {
  if (logsource.product !== "ai" || logsource.service === undefined) return false;
  const service = SERVICES[logsource.service];
  return (
    service !== undefined &&
    event["source"] === service.source &&
    (service.kind === undefined || event["kind"] === service.kind)
  );
};

const ENVELOPE = [
  "tenant",
  "id",
  "time",
  "receivedAt",
  "source",
  "kind",
  "schemaVersion",
  "severity",
  "exchange",
  "session",
  "principal",
  "agent",
  "asset",
  "route",
  "model",
  "trace",
];
const EXCHANGE = [
  "verdict",
  "would",
  "policy",
  "policies",
  "state",
  "status",
  "endpoint",
  "protocol",
  "address",
  "key",
  "user",
  "categories",
  "types",
  "detectors",
  "found",
  "matches",
  "maxConfidence",
  "confidence",
  "unscannable",
  "bypassed",
  "tools",
  "inputTokens",
  "outputTokens",
  "finishReason",
  "latencyMs",
  "addedMs",
  "streamed",
  "requestBytes",
  "responseBytes",
];
const AUDIT = ["type", "actor", "address", "target", "outcome", "detail"];

/** First names of the fields that events of a service have; undefined for services of others. */
export const fieldsOf = (service: string | undefined): readonly string[] | undefined => {
  if (service === "llm_gateway") return [...ENVELOPE, ...EXCHANGE];
  if (service === "audit") return [...ENVELOPE, ...AUDIT];
  return undefined;
};
