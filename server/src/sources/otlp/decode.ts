import type { SourceEvent } from "@parapet/model";
import { bounded } from "../bounded.ts";
import { eventOf, type Draft, type Normalised } from "../draft.ts";
import { addMessages } from "../messages.ts";
import { exchangeOf, firstText, numberOf, principalOf, stampOf, textOf, textsOf } from "../read.ts";
import type { DecodeContext, Decoded } from "../source.ts";
import { Texts } from "../texts.ts";
import { readCodingAgent } from "./coding-agents.ts";
import { Content, speakerOf } from "./content.ts";
import { operationOf, telemetryKind } from "./kinds.ts";
import { currentName } from "./names.ts";
import type { Shared } from "./resource.ts";
import { OtlpRecord, standsAlone } from "./split.ts";
import { attributesOf, fieldOf, hexOf, longOf, msOf, valueOf, type Attributes } from "./values.ts";

const TEXT_UNITS_MAX = 8_192;
const TOTAL_UNITS_MAX = 131_072;
const STATUS_ERROR = 2;
/** A list in the current convention, one word in others. */
const FINISH_REASONS = "gen_ai.response.finish_reasons";

/** One record that {@link splitOtlp} cut, as an event. */
export const decodeOtlp = (record: unknown, context: DecodeContext): Decoded => {
  if (!(record instanceof OtlpRecord))
    return { kind: "malformed", reason: "Not a record of an OTLP request. Send whole requests" };
  return { kind: "event", event: DECODERS[record.part](record, context) };
};

const DECODERS: Readonly<Record<OtlpRecord["part"], (record: OtlpRecord, context: DecodeContext) => SourceEvent>> = {
  span: (record, context) => spanEvent(record, context),
  "span-event": (record, context) => eventOfSpan(record, context),
  log: (record, context) => logEvent(record, context),
  point: (record, context) => pointEvent(record, context),
};

interface Read {
  readonly body: Attributes;
  readonly texts: Texts;
  readonly content: Content;
}

/** Attributes as fields: current names beside others, and without what was said. */
const readAttributes = (list: unknown): Read => {
  const body: Attributes = {};
  let room = TOTAL_UNITS_MAX;
  const texts = new Texts();
  const content = new Content(texts);
  const attributes = attributesOf(list);
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (content.take(name, value)) continue;
    // Of a span that is nothing but long attributes the last ones are named only.
    const kept = fieldValue(room <= 0 && typeof value === "string" ? value.slice(0, 64) : value, texts);
    room -= name.length + (typeof kept === "string" ? kept.length : typeof kept === "object" ? 1_024 : 8);
    if (room <= 0) texts.clipped = true;
    if (room <= 0 && typeof kept === "object") continue;
    body[name] = kept;
    const current = currentName(name);
    if (current !== undefined && attributes[current] === undefined && body[current] === undefined)
      body[current] = current === FINISH_REASONS && typeof kept === "string" ? [kept] : kept;
  }
  return { body, texts, content };
};

const fieldValue = (value: unknown, texts: Texts): unknown => {
  if (typeof value === "string") {
    if (value.length <= TEXT_UNITS_MAX) return value;
    texts.clipped = true;
    return value.slice(0, TEXT_UNITS_MAX);
  }
  if (typeof value !== "object" || value === null) return value;
  const small = bounded(value);
  if (small.clipped) texts.clipped = true;
  return small.value;
};

const spanEvent = ({ shared, value }: OtlpRecord, context: DecodeContext): SourceEvent => {
  const read = readAttributes(fieldOf(value, "attributes"));
  const events = fieldOf(value, "events");
  const seen = Array.isArray(events) ? addSpanEvents(read, events) : [];
  const name = textOf(fieldOf(value, "name")) ?? "";
  const start = msOf(fieldOf(value, "startTimeUnixNano"));
  const end = msOf(fieldOf(value, "endTimeUnixNano"));
  const trace = hexOf(fieldOf(value, "traceId"), 16);
  const span = hexOf(fieldOf(value, "spanId"), 8);
  const parent = hexOf(fieldOf(value, "parentSpanId"), 8);
  const duration =
    start === undefined || end === undefined ? undefined : Math.max(0, Math.round((end - start) * 1e3) / 1e3);
  // Agents send the same events as spans where no logs are exported.
  const agent = readCodingAgent(read.body, read.texts, name);
  const status = fieldOf(value, "status");
  const failed = longOf(fieldOf(status, "code")) === STATUS_ERROR || fieldOf(status, "code") === "STATUS_CODE_ERROR";
  const message = textOf(fieldOf(status, "message"));
  return finish(read, shared, {
    name,
    otherwise: agent ?? "span",
    time: stampOf(start ?? end ?? 0) ?? context.receivedAt,
    trace,
    key: trace === undefined || span === undefined ? undefined : `${trace}:${span}`,
    latencyMs: duration,
    outcome: failed || read.body["error.type"] !== undefined ? "failure" : "success",
    fields: {
      name,
      span_id: span,
      parent_span_id: parent,
      span_kind: spanKind(fieldOf(value, "kind")),
      duration_ms: duration,
      status: failed ? "error" : "ok",
      status_message: message,
      events: seen.length === 0 ? undefined : seen,
    },
  });
};

const SPAN_KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];

const spanKind = (kind: unknown): string =>
  (typeof kind === "string" ? kind.replace("SPAN_KIND_", "").toLowerCase() : SPAN_KINDS[longOf(kind) ?? 0]) ??
  "unspecified";

/** Names of the events; what they say goes to the span's texts. */
const addSpanEvents = (read: Read, events: readonly unknown[]): string[] =>
  events.slice(0, 128).map((event) => {
    const name = textOf(fieldOf(event, "name")) ?? "";
    const speaker = speakerOf(name);
    if (standsAlone(name)) return name;
    const attributes = attributesOf(fieldOf(event, "attributes"));
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "exception.type" && read.body["error.type"] === undefined) read.body["error.type"] = value;
      else if (speaker !== undefined && (key === "content" || key === "message"))
        addMessages(read.texts, value, speaker);
      else if (speaker !== undefined && key === "tool_calls")
        addMessages(read.texts, { role: "assistant", tool_calls: value, content: null }, "model");
      else read.content.take(key, value);
    }
    return name;
  });

const eventOfSpan = ({ shared, value, parent, index }: OtlpRecord, context: DecodeContext): SourceEvent => {
  const read = readAttributes(fieldOf(value, "attributes"));
  const name = textOf(fieldOf(value, "name")) ?? "";
  const trace = hexOf(fieldOf(parent, "traceId"), 16);
  const span = hexOf(fieldOf(parent, "spanId"), 8);
  return finish(read, shared, {
    name,
    otherwise: "log",
    time: stampOf(msOf(fieldOf(value, "timeUnixNano")) ?? 0) ?? context.receivedAt,
    trace,
    key: trace === undefined || span === undefined ? undefined : `${trace}:${span}:${index}`,
    outcome: read.body["error.type"] === undefined ? undefined : "failure",
    fields: { name, span_id: span },
  });
};

const logEvent = ({ shared, value }: OtlpRecord, context: DecodeContext): SourceEvent => {
  const read = readAttributes(fieldOf(value, "attributes"));
  const name = firstText(fieldOf(value, "eventName"), read.body["event.name"]) ?? "";
  const said = valueOf(fieldOf(value, "body"));
  const speaker = speakerOf(name);
  if (speaker !== undefined) addMessages(read.texts, said, speaker);
  else if (name.startsWith("gen_ai.") && typeof said === "object" && said !== null)
    for (const [key, item] of Object.entries(said)) {
      const full = key.startsWith("gen_ai.") ? key : `gen_ai.${key}`;
      if (!read.content.take(full, item)) read.body[key] = fieldValue(item, read.texts);
    }
  const time = msOf(fieldOf(value, "timeUnixNano")) ?? msOf(fieldOf(value, "observedTimeUnixNano"));
  const agent = readCodingAgent(read.body, read.texts, name);
  return finish(read, shared, {
    name,
    otherwise: agent ?? "log",
    time: stampOf(time ?? 0) ?? context.receivedAt,
    trace: hexOf(fieldOf(value, "traceId"), 16),
    key: textOf(read.body["log.record.uid"]),
    outcome: read.body["error.type"] === undefined ? undefined : "failure",
    fields: {
      name,
      span_id: hexOf(fieldOf(value, "spanId"), 8),
      severity_number: longOf(fieldOf(value, "severityNumber")),
      severity_text: textOf(fieldOf(value, "severityText")),
      // A log's line is a field: rules read it. What people and models say has its own events.
      message: speaker === undefined && !name.startsWith("gen_ai.") ? fieldValue(said, read.texts) : undefined,
    },
  });
};

const pointEvent = ({ shared, value, parent }: OtlpRecord, context: DecodeContext): SourceEvent => {
  const read = readAttributes(fieldOf(value, "attributes"));
  const real = fieldOf(value, "asDouble");
  const count = longOf(fieldOf(value, "count"));
  return finish(read, shared, {
    name: "",
    otherwise: "metric",
    only: "metric",
    time: stampOf(msOf(fieldOf(value, "timeUnixNano")) ?? 0) ?? context.receivedAt,
    fields: {
      name: textOf(fieldOf(parent, "name")),
      unit: textOf(fieldOf(parent, "unit")),
      value: real === undefined ? longOf(fieldOf(value, "asInt")) : numberOf(real),
      count,
      sum: numberOf(fieldOf(value, "sum")),
      min: numberOf(fieldOf(value, "min")),
      max: numberOf(fieldOf(value, "max")),
    },
  });
};

interface Head {
  readonly name: string;
  readonly otherwise: string;
  /** The kind, whatever the attributes say. */
  readonly only?: string;
  readonly time: string;
  readonly trace?: string | undefined;
  readonly key?: string | undefined;
  readonly latencyMs?: number | undefined;
  readonly outcome?: "success" | "failure" | undefined;
  readonly fields: Attributes;
}

const finish = ({ body, texts, content }: Read, shared: Shared, head: Head): SourceEvent => {
  const kind = head.only ?? telemetryKind(body, head.name, head.otherwise);
  const operation = operationOf(body);
  content.finish(operation);
  if (operation !== undefined && body["gen_ai.operation.name"] === undefined && head.only === undefined)
    body["gen_ai.operation.name"] = operation;
  const text = (name: string): string | undefined => textOf(body[name]);
  const tool = text("gen_ai.tool.name");
  texts.addTool(tool);
  const model = text("gen_ai.request.model") ?? text("gen_ai.response.model");
  const user = text("user.id") ?? text("user.email");
  const known: Normalised = {
    ...shared.known,
    address: text("client.address"),
    user_agent: text("user_agent.original"),
    outcome: head.outcome,
    inputTokens: numberOf(body["gen_ai.usage.input_tokens"]),
    outputTokens: numberOf(body["gen_ai.usage.output_tokens"]),
    latencyMs: head.latencyMs,
    tools: texts.tools.size === 0 ? undefined : [...texts.tools],
    tool,
    action: text("gen_ai.guardrail.action.type") ?? text("gen_ai.guardrail.verdict.type"),
    documents: content.documents.length === 0 ? undefined : content.documents,
    host: text("server.address") ?? hostOf(text("url.full") ?? text("http.url")),
    bytes: numberOf(body["http.response.body.size"]),
    file: text("file.path"),
  };
  for (const [name, value] of Object.entries(head.fields)) if (value !== undefined) body[name] = value;
  if (shared.scope !== undefined) body["scope"] = shared.scope;
  body["resource"] = shared.resource;
  const draft: Draft = {
    time: head.time,
    kind,
    // Instrumentations that keep response headers have the gateway's.
    exchange: exchangeOf(
      body["parapet.exchange"],
      textsOf(body["http.response.header.x-parapet-exchange"])[0],
      body["x-parapet-exchange"],
    ),
    session: text("gen_ai.conversation.id") ?? text("mcp.session.id"),
    principal: user === undefined ? shared.principal : principalOf("user", user),
    agent: agentOf(body, kind),
    asset: assetOf(body, kind, model),
    model,
    trace: head.trace,
    key: head.key,
    known,
    texts,
  };
  return eventOf(draft, body);
};

const hostOf = (address: string | undefined): string | undefined =>
  address === undefined ? undefined : /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@?#]*@)?(\[[^\]]+\]|[^:/?#]+)/i.exec(address)?.[1];

const agentOf = (body: Attributes, kind: string): string | undefined =>
  firstText(
    body["gen_ai.agent.name"],
    body["gen_ai.agent.id"],
    kind === "gen_ai.invoke_agent" ? body["traceloop.entity.name"] : undefined,
  );

const assetOf = (body: Attributes, kind: string, model: string | undefined): string | undefined => {
  const collection = textOf(body["gen_ai.data_source.id"]);
  if (collection !== undefined && (kind.startsWith("vector.") || kind === "gen_ai.retrieval"))
    return `collection:${collection}`;
  if (kind === "db.query") return collection === undefined ? undefined : `table:${collection}`;
  return model === undefined ? undefined : `model:${model}`;
};
