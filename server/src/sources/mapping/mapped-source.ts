import { SEVERITIES } from "@parapet/model";
import { accessTime } from "../access-words.ts";
import { decodedOf, kindOf } from "../draft.ts";
import { addMessages } from "../messages.ts";
import { exchangeOf, isFields, numberOf, textOf, timeOf, traceOf, without, type Fields } from "../read.ts";
import type { DecodeContext, Decoded, Source } from "../source.ts";
import { splitPayload } from "../split-payload.ts";
import { Texts } from "../texts.ts";
import { lineReader } from "./lines.ts";
import type { Mapping, Value } from "./schema.ts";
import { fill, templateOf, valueAt } from "./template.ts";
import { isLike } from "./wildcard.ts";

const RECORD_BYTES_MAX = 1024 * 1024;
/** Text here is a number in other senders' records. */
const NUMBERS: ReadonlySet<string> = new Set(["inputTokens", "outputTokens", "latencyMs", "bytes", "value"]);

type Compute = (record: unknown) => unknown;

/** A mapping as a source: all that varies is compiled once. */
export const mappedSource = (mapping: Mapping): Source => {
  const { format, id, title } = mapping;
  const lists = format.kind === "json" ? format.lists : [];
  const readLine = format.kind === "json" ? undefined : lineReader(format);
  const decode = decoder(mapping);
  return {
    id,
    title,
    description: mapping.description,
    setup: mapping.setup,
    reference: mapping.reference,
    bindings: mapping.logsources.map(({ kinds, category, product, service }) => ({
      logsource: {
        ...(category !== undefined && { category }),
        ...(product !== undefined && { product }),
        ...(service !== undefined && { service }),
      },
      source: id,
      ...(kinds !== undefined && { kinds }),
    })),
    recordBytesMax: RECORD_BYTES_MAX,
    split: (payload) =>
      splitPayload(payload, {
        lists,
        lines: format.kind === "json" ? "json" : "text",
        recordBytesMax: RECORD_BYTES_MAX,
      }),
    decode: (record, context) => {
      if (typeof record === "string" && readLine !== undefined) {
        const line = readLine(record);
        return line.ok ? decode(line.record, context) : { kind: line.kind, reason: `${title}: ${line.reason}` };
      }
      if (!isFields(record))
        return {
          kind: "malformed",
          reason: `A record of ${title} is ${readLine === undefined ? "a JSON object" : "a line of text"}`,
        };
      return decode(record, context);
    },
  };
};

const computeOf = (value: Value | undefined): Compute => {
  if (value === undefined) return () => undefined;
  if (typeof value === "string") {
    const template = templateOf(value);
    return (record) => fill(template, record);
  }
  if (Array.isArray(value)) {
    const templates = value.map(templateOf);
    return (record) => {
      for (const template of templates) {
        const found = fill(template, record);
        if (found !== undefined) return found;
      }
      return undefined;
    };
  }
  const from = templateOf(value.from);
  const rows =
    "table" in value ? Object.entries(value.table).map(([like, text]) => [like, templateOf(text)] as const) : undefined;
  const otherwise = "otherwise" in value && value.otherwise !== undefined ? templateOf(value.otherwise) : undefined;
  return (record) => {
    const looked = fill(from, record);
    const text = textOf(looked) ?? (typeof looked === "boolean" ? String(looked) : "");
    const row = rows?.find(([like]) => isLike(text, like))?.[1] ?? otherwise;
    const result = rows === undefined ? looked : row === undefined ? undefined : fill(row, record);
    const number = value.times === undefined ? undefined : numberOf(result);
    return number === undefined || value.times === undefined ? result : Math.round(number * value.times * 1e6) / 1e6;
  };
};

const decoder = (mapping: Mapping): ((record: Fields, context: DecodeContext) => Decoded) => {
  const required = mapping.require.map((path) => ({ path, steps: path.split(".") }));
  const skips = mapping.skip.map(({ when, is, reason }) => ({ when: computeOf(when), is, reason }));
  const time = computeOf(mapping.time);
  const kind = computeOf(mapping.kind);
  const severity = computeOf(mapping.severity);
  const [principal, agent, session, asset, route, model, trace, exchange, key] = [
    mapping.principal,
    mapping.agent,
    mapping.session,
    mapping.asset,
    mapping.route,
    mapping.model,
    mapping.trace,
    mapping.exchange,
    mapping.key,
  ].map((value) => {
    const compute = computeOf(value);
    return (record: Fields): string | undefined => textOf(compute(record));
  });
  const fields = Object.entries(mapping.fields).map(([name, value]) => [name, computeOf(value)] as const);
  const omitted = [...mapping.body.omit, ...mapping.texts.map(({ from }) => from)].map((path) => path.split("."));
  return (record, { receivedAt }) => {
    const lacking = required.find(({ steps }) => valueAt(record, steps) === undefined);
    if (lacking !== undefined)
      return {
        kind: "malformed",
        reason: `Not a record of ${mapping.title}: it has no ${lacking.path}. Check which source this sender is connected to`,
      };
    for (const skip of skips) {
      const text = textOf(skip.when(record)) ?? "";
      if (skip.is.some((like) => isLike(text, like))) return { kind: "skipped", reason: skip.reason };
    }
    const texts = textsOf(mapping, record);
    const extra: Record<string, unknown> = {};
    for (const [name, compute] of fields) {
      const value = compute(record);
      extra[name] = NUMBERS.has(name) ? (numberOf(value) ?? undefined) : value;
    }
    const stamp = time(record);
    const level = severity(record);
    const name = textOf(kind(record));
    return decodedOf(
      {
        time: timeOf(typeof stamp === "string" ? accessTime(stamp) : stamp) ?? receivedAt,
        kind: name === undefined ? "event" : kindOf(name),
        severity: SEVERITIES.find((one) => one === level),
        principal: principal?.(record),
        agent: agent?.(record),
        session: session?.(record),
        asset: asset?.(record),
        route: route?.(record),
        model: model?.(record),
        trace: traceOf(trace?.(record)),
        exchange: exchangeOf(exchange?.(record)),
        key: key?.(record),
        extra,
        texts,
      },
      picked(without(record, ...omitted), mapping.body.pick),
    );
  };
};

const picked = (record: Fields, names: readonly string[] | undefined): Fields =>
  names === undefined ? record : Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)));

const textsOf = (mapping: Mapping, record: Fields): Texts | undefined => {
  if (mapping.texts.length === 0) return undefined;
  const texts = new Texts();
  for (const { provenance, from } of mapping.texts) {
    const value = valueAt(record, from.split("."));
    if (provenance.startsWith("tool-")) texts.add(provenance, value);
    else addMessages(texts, value, provenance);
  }
  return texts;
};
