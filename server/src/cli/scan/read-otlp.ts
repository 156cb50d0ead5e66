import type { Provenance } from "@parapet/model";
import { addLeaves, isRecord, listAt, recordAt, stringAt, unwrapJson } from "./loose-json.ts";
import { readChatRecord } from "./read-chat.ts";
import { provenanceOfRole, readContent, readMessages } from "./read-messages.ts";
import { createCollector, type Collector, type ScanItem } from "./scan-item.ts";

const DEPTH_MAX = 32;

/** An OTLP `AnyValue` as plain JSON. */
const plainValue = (value: unknown, depth = 0): unknown => {
  if (!isRecord(value) || depth > DEPTH_MAX) return undefined;
  for (const key of ["stringValue", "boolValue", "intValue", "doubleValue"])
    if (value[key] !== undefined) return value[key];
  if (value["arrayValue"] !== undefined)
    return listAt(value["arrayValue"], "values").map((one) => plainValue(one, depth + 1));
  if (value["kvlistValue"] !== undefined) return plainAttributes(listAt(value["kvlistValue"], "values"), depth + 1);
  return undefined;
};

type Attributes = Readonly<Record<string, unknown>>;

const plainAttributes = (list: readonly unknown[], depth = 0): Attributes =>
  Object.fromEntries(
    list.map((one) => [stringAt(one, "key"), plainValue(isRecord(one) ? one["value"] : undefined, depth)]),
  );

/** Attributes with one text or a JSON value. GenAI conventions 1.36 to 1.41, OpenInference, OpenLLMetry. */
const PROVENANCE_OF_ATTRIBUTE: Readonly<Record<string, Provenance>> = {
  "gen_ai.system_instructions": "system",
  "gen_ai.tool.definitions": "tool-description",
  "gen_ai.tool.description": "tool-description",
  "gen_ai.tool.call.arguments": "tool-arguments",
  "gen_ai.tool.call.result": "tool-result",
  "gen_ai.retrieval.query.text": "user",
  "gen_ai.retrieval.documents": "document",
  "mcp.request.argument": "tool-arguments",
  "mcp.response.value": "tool-result",
  "tool.description": "tool-description",
  "tool.parameters": "tool-description",
  "tool.json_schema": "tool-description",
  "llm.prompt_template.template": "system",
  "llm.prompt_template.variables": "user",
  "embedding.text": "document",
  "reranker.query": "user",
};

/** Attributes that hold messages. */
const MESSAGES: Readonly<Record<string, Provenance>> = {
  "gen_ai.input.messages": "user",
  "gen_ai.output.messages": "model",
  "gen_ai.prompt": "user",
  "gen_ai.completion": "model",
  "gen_ai.content.prompt": "user",
  "gen_ai.content.completion": "model",
  "gen_ai.event.content": "user",
  "llm.prompts": "user",
  "llm.completions": "model",
};

/** What went in and came out of a step; whose words that is, the kind of the step tells. */
const IN_AND_OUT: readonly (readonly [string, string])[] = [
  ["input.value", "output.value"],
  ["traceloop.entity.input", "traceloop.entity.output"],
];

/** `llm.input_messages.0.message.content` and its kin: one attribute per field of a list. */
const FLAT =
  /^(gen_ai\.prompt|gen_ai\.completion|llm\.input_messages|llm\.output_messages|retrieval\.documents|reranker\.(?:input|output)_documents|llm\.tools|llm\.request\.functions|embedding\.embeddings)\.(\d{1,6})\.(.{1,200})$/;
const NO_TEXT = /(^|\.)(role|finish_reason|id|tool_call_id|type|score|mime_type|name|vector|url)$/;

const readFlat = (attributes: Attributes, into: Collector): boolean => {
  let found = false;
  for (const [key, value] of Object.entries(attributes)) {
    const [, list = "", index = "", field = ""] = FLAT.exec(key) ?? [];
    if (list === "" || typeof value !== "string") continue;
    if (/image/.test(field)) {
      into.unreadable("image");
      continue;
    }
    if (NO_TEXT.test(field)) continue;
    found = true;
    into.text(value, provenanceOfFlat(list, index, field, attributes), `/${key}`);
  }
  return found;
};

const provenanceOfFlat = (list: string, index: string, field: string, attributes: Attributes): Provenance => {
  if (field.endsWith("arguments")) return "tool-arguments";
  if (/documents|embeddings/.test(list)) return "document";
  if (/tools|functions/.test(list)) return "tool-description";
  const otherwise = /completion|output/.test(list) ? "model" : "user";
  const role = attributes[`${list}.${index}.message.role`] ?? attributes[`${list}.${index}.role`];
  return provenanceOfRole(typeof role === "string" ? role : "", otherwise);
};

const ROLE_EVENT = /^gen_ai\.(system|user|assistant|tool)\.message$/;

/** Texts of one span, span event or log record. Answers whether it speaks of a model at all. */
const readAttributes = (attributes: Attributes, into: Collector): boolean => {
  const hasFlat = readFlat(attributes, into);
  let found = hasFlat;
  for (const [key, value] of Object.entries(attributes)) {
    const provenance = Object.hasOwn(PROVENANCE_OF_ATTRIBUTE, key) ? PROVENANCE_OF_ATTRIBUTE[key] : undefined;
    const messages = Object.hasOwn(MESSAGES, key) ? MESSAGES[key] : undefined;
    if (value === undefined || (provenance === undefined && messages === undefined)) continue;
    found = true;
    if (messages !== undefined) readMessages(unwrapJson(value), `/${key}`, into, messages);
    else if (provenance === "system") readContent(unwrapJson(value), provenance, `/${key}`, into);
    else if (provenance !== undefined) addLeaves(unwrapJson(value), provenance, `/${key}`, into);
  }
  return readInAndOut(attributes, hasFlat, into) || found;
};

const readInAndOut = (attributes: Attributes, hasFlat: boolean, into: Collector): boolean => {
  const kind = (
    stringAt(attributes, "openinference.span.kind") || stringAt(attributes, "traceloop.span.kind")
  ).toUpperCase();
  const isTool = kind === "TOOL" || attributes["gen_ai.operation.name"] === "execute_tool";
  const whose: readonly [Provenance, Provenance] = isTool
    ? ["tool-arguments", "tool-result"]
    : kind === "RETRIEVER" || kind === "RERANKER"
      ? ["user", "document"]
      : ["user", "model"];
  let found = false;
  for (const pair of IN_AND_OUT) {
    pair.forEach((key, side) => {
      const value = attributes[key];
      if (typeof value !== "string") return;
      found = true;
      // The flattened messages say the same, with roles.
      if (hasFlat) return;
      const inner = isTool ? undefined : readChatRecord(unwrapJson(value), 0);
      for (const { text, provenance, pointer } of inner?.texts ?? []) into.text(text, provenance, `/${key}${pointer}`);
      for (const what of inner?.unreadable ?? []) into.unreadable(what);
      if (inner === undefined) into.text(value, whose[side] ?? "user", `/${key}`);
    });
  }
  return found;
};

/** An event of the 1.36 conventions: `gen_ai.user.message`, `gen_ai.choice` with a structured body. */
const readNamedEvent = (name: string, fields: unknown, into: Collector): boolean => {
  const role = ROLE_EVENT.exec(name)?.[1];
  if (role === undefined && name !== "gen_ai.choice") return false;
  if (!isRecord(fields)) return true;
  const inner = role === undefined ? unwrapJson(fields["message"] ?? fields) : fields;
  const calls = unwrapJson(isRecord(inner) ? inner["tool_calls"] : undefined);
  const message = isRecord(inner)
    ? { ...inner, role: role ?? "assistant", ...(calls !== undefined && { tool_calls: calls }) }
    : inner;
  readMessages(message, "", into, role === undefined ? "model" : provenanceOfRole(role));
  return true;
};

const PRINCIPAL = ["user.id", "enduser.id", "llm.user", "traceloop.association.properties.user_id"];

const principalOf = (...attributes: readonly Attributes[]): string => {
  for (const one of attributes) for (const key of PRINCIPAL) if (typeof one[key] === "string") return one[key];
  const service = attributes.at(-1)?.["service.name"];
  return typeof service === "string" ? service : "";
};

const item = (into: Collector, principal: string, line: number): ScanItem => ({
  kind: "exchange",
  ...into.taken(),
  principal,
  line,
  overlap: 0,
});

const readSpan = (span: unknown, resource: Attributes, line: number): ScanItem | undefined => {
  const into = createCollector();
  const attributes = plainAttributes(listAt(span, "attributes"));
  let found = readAttributes(attributes, into);
  for (const event of listAt(span, "events")) {
    const fields = plainAttributes(listAt(event, "attributes"));
    found = readNamedEvent(stringAt(event, "name"), fields, into) || found;
    found = readAttributes(fields, into) || found;
  }
  return found ? item(into, principalOf(attributes, resource), line) : undefined;
};

const readLogRecord = (record: unknown, resource: Attributes, line: number): ScanItem | undefined => {
  const into = createCollector();
  const attributes = plainAttributes(listAt(record, "attributes"));
  const body = plainValue(isRecord(record) ? record["body"] : undefined);
  const name = stringAt(record, "eventName") || stringAt(attributes, "event.name");
  let found = readNamedEvent(
    name,
    isRecord(body) ? { ...attributes, ...body } : { ...attributes, content: body },
    into,
  );
  found = readAttributes(attributes, into) || found;
  if (isRecord(body)) found = readAttributes(body, into) || found;
  return found ? item(into, principalOf(attributes, resource), line) : undefined;
};

export const isOtlp = (value: unknown): boolean =>
  isRecord(value) &&
  ["resourceSpans", "resourceLogs", "resourceMetrics", "resource_spans", "resource_logs"].some((key) =>
    Array.isArray(value[key]),
  );

/** Model calls, tool calls and retrievals in one OTLP export request (JSON encoding). Spans of other things are left out. */
export const readOtlp = (value: unknown, line: number): readonly ScanItem[] => {
  const items: (ScanItem | undefined)[] = [];
  const either = (one: unknown, camel: string, snake: string): readonly unknown[] => [
    ...listAt(one, camel),
    ...listAt(one, snake),
  ];
  for (const group of either(value, "resourceSpans", "resource_spans")) {
    const resource = plainAttributes(listAt(recordAt(group, "resource"), "attributes"));
    for (const scope of either(group, "scopeSpans", "scope_spans")) {
      for (const span of listAt(scope, "spans")) items.push(readSpan(span, resource, line));
    }
  }
  for (const group of either(value, "resourceLogs", "resource_logs")) {
    const resource = plainAttributes(listAt(recordAt(group, "resource"), "attributes"));
    for (const scope of either(group, "scopeLogs", "scope_logs")) {
      for (const record of either(scope, "logRecords", "log_records"))
        items.push(readLogRecord(record, resource, line));
    }
  }
  return items.filter((one) => one !== undefined);
};
