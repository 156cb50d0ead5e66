import type { LogSource, LogSourceBinding } from "@parapet/model";
import { ENVELOPE_FIELDS } from "./field-values.ts";
import type { RuleEvent } from "./rule.ts";

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
  "onBehalfOf",
  "tools",
  "called",
  "calls",
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

/**
 * What Parapet's own events are, whatever else is bound. An exchange has several events; `llm_gateway` is the
 * terminal one, which carries everything, so that nothing is counted twice.
 */
export const DEFAULT_BINDINGS: readonly LogSourceBinding[] = [
  {
    logsource: { product: "ai", service: "llm_gateway" },
    source: "gateway",
    kinds: ["exchange.closed"],
    fields: EXCHANGE,
  },
  { logsource: { product: "ai", service: "audit" }, source: "audit", fields: AUDIT },
];

const isNamedAlike = (wanted: string | undefined, bound: string | undefined): boolean =>
  wanted === undefined || wanted.toLowerCase() === bound?.toLowerCase();

/** The bindings that are what a rule is written for. A rule that names nothing is written for nothing. */
export const bindingsOf = (
  { category, product, service }: LogSource,
  bindings: readonly LogSourceBinding[],
): readonly LogSourceBinding[] => {
  if (category === undefined && product === undefined && service === undefined) return [];
  return bindings.filter(
    ({ logsource }) =>
      isNamedAlike(category, logsource.category) &&
      isNamedAlike(product, logsource.product) &&
      isNamedAlike(service, logsource.service),
  );
};

/** Whether the event is one of those that a binding stands for. */
export const isBound = ({ source, kinds }: LogSourceBinding, event: RuleEvent): boolean => {
  if (event["source"] !== source) return false;
  if (kinds === undefined) return true;
  const { kind } = event;
  if (typeof kind !== "string") return false;
  return kinds.some((each) => (each.endsWith("*") ? kind.startsWith(each.slice(0, -1)) : kind === each));
};

/** First names of the fields that the events have; undefined where a binding does not say. */
export const knownFields = (bindings: readonly LogSourceBinding[]): readonly string[] | undefined => {
  if (bindings.length === 0 || bindings.some(({ fields }) => fields === undefined)) return undefined;
  return [...ENVELOPE_FIELDS, ...bindings.flatMap(({ fields }) => fields ?? [])];
};
