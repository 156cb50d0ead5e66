import { isFields, listOf } from "../read.ts";
import type { SourcePayload, SplitRecord } from "../source.ts";
import { splitPayload } from "../split-payload.ts";
import { fieldOf } from "./values.ts";
import { sharedOf, type Shared } from "./resource.ts";
import { readWire, type WireMessage } from "./wire.ts";

type Signal = "traces" | "logs" | "metrics";

/** One span, event of a span that counts alone, log record or metric's point, with what its group says of all. */
export class OtlpRecord {
  readonly part: "span" | "span-event" | "log" | "point";
  readonly shared: Shared;
  readonly value: unknown;
  /** The span of a span's event, the metric of a point. */
  readonly parent: unknown;
  /** Place among its siblings. */
  readonly index: number;

  constructor(part: OtlpRecord["part"], shared: Shared, value: unknown, parent?: unknown, index = 0) {
    this.part = part;
    this.shared = shared;
    this.value = value;
    this.parent = parent;
    this.index = index;
  }
}

export const RECORD_BYTES_MAX = 4 * 1024 * 1024;
const WIRE: Readonly<Record<Signal, WireMessage>> = { traces: "Span", logs: "LogRecord", metrics: "Metric" };
const SIGNALS: readonly Signal[] = ["traces", "logs", "metrics"];
const ALONE = /^gen_ai\.(?:evaluation\.|guardrail\.|security\.)/;

/** Whether an event of a span is a record of its own. */
export const standsAlone = (event: string): boolean => ALONE.test(event);

const malformed = (reason: string): SplitRecord => ({ ok: false, reason, text: "" });

/** Protobuf or JSON (one request, or one a line, as the collector's file exporter writes). */
export function* splitOtlp(payload: SourcePayload): Generator<SplitRecord> {
  const isJson =
    payload.contentType.includes("json") || (!payload.contentType.includes("protobuf") && opensJson(payload));
  if (!isJson) {
    yield* splitWire(payload);
    return;
  }
  const values = splitPayload(payload, { lists: [], lines: "json", recordBytesMax: 64 * 1024 * 1024 });
  for (const value of values) yield* value.ok ? splitJson(value.record) : [value];
}

/** A protobuf request starts with 0x0a, so a line break is not taken for white space before JSON. */
const opensJson = ({ bytes }: SourcePayload): boolean => {
  let at = 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return bytes[at] === 0x7b || bytes[at] === 0x5b;
};

const JSON_NAMES: Readonly<Record<Signal, readonly [string, string, string]>> = {
  traces: ["resourceSpans", "scopeSpans", "spans"],
  logs: ["resourceLogs", "scopeLogs", "logRecords"],
  metrics: ["resourceMetrics", "scopeMetrics", "metrics"],
};

function* splitJson(request: unknown): Generator<SplitRecord> {
  let known = false;
  for (const signal of SIGNALS) {
    const [groups, scopes, records] = JSON_NAMES[signal];
    if (!isFields(request) || !Array.isArray(request[groups])) continue;
    known = true;
    for (const group of listOf(request[groups]))
      for (const scope of listOf(fieldOf(group, scopes))) {
        const shared = sharedOf(fieldOf(group, "resource"), fieldOf(scope, "scope"));
        for (const record of listOf(fieldOf(scope, records))) yield* recordsOf(signal, shared, record);
      }
  }
  if (!known)
    yield malformed(
      "Not an OTLP request: it has none of resourceSpans, resourceLogs and resourceMetrics. Send OTLP/JSON",
    );
}

function* splitWire(payload: SourcePayload): Generator<SplitRecord> {
  const request = wire("Request", payload.bytes, "the request");
  if ("reason" in request) {
    yield malformed(request.reason);
    return;
  }
  for (const [groupIndex, groupBytes] of bytesOf(request.value, "groups").entries()) {
    const group = wire("Group", groupBytes, `group ${groupIndex}`);
    if ("reason" in group) {
      yield malformed(group.reason);
      continue;
    }
    for (const [scopeIndex, scopeBytes] of bytesOf(group.value, "scopes").entries()) {
      const place = `group ${groupIndex}, scope ${scopeIndex}`;
      const scope = wire("ScopeGroup", scopeBytes, place);
      if ("reason" in scope) {
        yield malformed(scope.reason);
        continue;
      }
      const shared = sharedOf(fieldOf(group.value, "resource"), fieldOf(scope.value, "scope"));
      const records = bytesOf(scope.value, "records");
      const signal = payload.signal ?? guessSignal(records);
      for (const [index, bytes] of records.entries()) {
        const record = wire(WIRE[signal], bytes, `${place}, record ${index}`);
        if ("reason" in record) yield malformed(record.reason);
        else yield* recordsOf(signal, shared, record.value);
      }
    }
  }
}

const bytesOf = (value: unknown, name: string): Uint8Array[] =>
  listOf(fieldOf(value, name)).filter((item): item is Uint8Array => item instanceof Uint8Array);

const wire = (
  name: WireMessage,
  bytes: Uint8Array,
  place: string,
): { readonly value: object } | { readonly reason: string } => {
  if (name in WIRE_RECORDS && bytes.length > RECORD_BYTES_MAX)
    return { reason: `OTLP: ${place} is larger than ${RECORD_BYTES_MAX} bytes. Send shorter attributes` };
  try {
    return { value: readWire(name, bytes) };
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 120) : "not protobuf";
    return {
      reason: `OTLP: ${place} cannot be read (${why}). Send OTLP protobuf or JSON, and say which in content-type`,
    };
  }
};

const WIRE_RECORDS: Readonly<Record<string, true>> = { Span: true, LogRecord: true, Metric: true };

/** Without an address that says it: a span opens with ids of 16 and 8 bytes, a log with a time, a metric with a name. */
const guessSignal = (records: readonly Uint8Array[]): Signal => {
  const [first] = records;
  if (first === undefined) return "traces";
  if (first[0] === 0x0a && first[1] === 16 && first[18] === 0x12 && first[19] === 8) return "traces";
  return first[0] === 0x0a ? "metrics" : "logs";
};

const POINTS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

function* recordsOf(signal: Signal, shared: Shared, record: unknown): Generator<SplitRecord> {
  if (signal === "logs") {
    yield { ok: true, record: new OtlpRecord("log", shared, record) };
    return;
  }
  if (signal === "traces") {
    yield { ok: true, record: new OtlpRecord("span", shared, record) };
    const events = fieldOf(record, "events");
    if (!Array.isArray(events)) return;
    for (const [index, event] of events.entries()) {
      const name = fieldOf(event, "name");
      if (typeof name === "string" && standsAlone(name))
        yield { ok: true, record: new OtlpRecord("span-event", shared, event, record, index) };
    }
    return;
  }
  for (const shape of POINTS) {
    const points = listOf(fieldOf(fieldOf(record, shape), "dataPoints"));
    for (const [index, point] of points.entries())
      yield { ok: true, record: new OtlpRecord("point", shared, point, record, index) };
  }
}
