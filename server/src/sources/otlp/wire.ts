import protobuf from "protobufjs/light.js";

const field = (id: number, type: string, rule?: "repeated") => ({ id, type, ...(rule === undefined ? {} : { rule }) });
const oneof = (...names: readonly string[]) => ({ value: { oneof: [...names] } });

/**
 * The messages of opentelemetry-proto 1.x that are read, by their field numbers; fields not named are skipped.
 * A request is cut first: each group, scope and record stands as bytes, so that one that is broken or too large is
 * named alone. The three signals share these numbers.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { groups: field(1, "bytes", "repeated") } },
    Group: { fields: { resource: field(1, "Resource"), scopes: field(2, "bytes", "repeated") } },
    ScopeGroup: { fields: { scope: field(1, "Scope"), records: field(2, "bytes", "repeated") } },
    Resource: { fields: { attributes: field(1, "KeyValue", "repeated") } },
    Scope: {
      fields: { name: field(1, "string"), version: field(2, "string"), attributes: field(3, "KeyValue", "repeated") },
    },
    KeyValue: { fields: { key: field(1, "string"), value: field(2, "AnyValue") } },
    AnyValue: {
      oneofs: oneof("stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"),
      fields: {
        stringValue: field(1, "string"),
        boolValue: field(2, "bool"),
        intValue: field(3, "int64"),
        doubleValue: field(4, "double"),
        arrayValue: field(5, "ArrayValue"),
        kvlistValue: field(6, "KeyValueList"),
        bytesValue: field(7, "bytes"),
      },
    },
    ArrayValue: { fields: { values: field(1, "AnyValue", "repeated") } },
    KeyValueList: { fields: { values: field(1, "KeyValue", "repeated") } },
    Span: {
      fields: {
        traceId: field(1, "bytes"),
        spanId: field(2, "bytes"),
        parentSpanId: field(4, "bytes"),
        name: field(5, "string"),
        kind: field(6, "int32"),
        startTimeUnixNano: field(7, "fixed64"),
        endTimeUnixNano: field(8, "fixed64"),
        attributes: field(9, "KeyValue", "repeated"),
        events: field(11, "SpanEvent", "repeated"),
        status: field(15, "Status"),
      },
    },
    SpanEvent: {
      fields: {
        timeUnixNano: field(1, "fixed64"),
        name: field(2, "string"),
        attributes: field(3, "KeyValue", "repeated"),
      },
    },
    Status: { fields: { message: field(2, "string"), code: field(3, "int32") } },
    LogRecord: {
      fields: {
        timeUnixNano: field(1, "fixed64"),
        severityNumber: field(2, "int32"),
        severityText: field(3, "string"),
        body: field(5, "AnyValue"),
        attributes: field(6, "KeyValue", "repeated"),
        traceId: field(9, "bytes"),
        spanId: field(10, "bytes"),
        observedTimeUnixNano: field(11, "fixed64"),
        eventName: field(12, "string"),
      },
    },
    Metric: {
      fields: {
        name: field(1, "string"),
        unit: field(3, "string"),
        gauge: field(5, "Points"),
        sum: field(7, "Points"),
        histogram: field(9, "Histogram"),
        exponentialHistogram: field(10, "ExponentialHistogram"),
        summary: field(11, "Summary"),
      },
    },
    Points: { fields: { dataPoints: field(1, "NumberPoint", "repeated") } },
    Histogram: { fields: { dataPoints: field(1, "HistogramPoint", "repeated") } },
    ExponentialHistogram: { fields: { dataPoints: field(1, "ExponentialPoint", "repeated") } },
    Summary: { fields: { dataPoints: field(1, "SummaryPoint", "repeated") } },
    NumberPoint: {
      fields: {
        timeUnixNano: field(3, "fixed64"),
        asDouble: field(4, "double"),
        asInt: field(6, "sfixed64"),
        attributes: field(7, "KeyValue", "repeated"),
      },
    },
    HistogramPoint: {
      fields: {
        timeUnixNano: field(3, "fixed64"),
        count: field(4, "fixed64"),
        sum: field(5, "double"),
        bucketCounts: field(6, "fixed64", "repeated"),
        explicitBounds: field(7, "double", "repeated"),
        attributes: field(9, "KeyValue", "repeated"),
        min: field(11, "double"),
        max: field(12, "double"),
      },
    },
    ExponentialPoint: {
      fields: {
        attributes: field(1, "KeyValue", "repeated"),
        timeUnixNano: field(3, "fixed64"),
        count: field(4, "fixed64"),
        sum: field(5, "double"),
        min: field(12, "double"),
        max: field(13, "double"),
      },
    },
    SummaryPoint: {
      fields: {
        timeUnixNano: field(3, "fixed64"),
        count: field(4, "fixed64"),
        sum: field(5, "double"),
        attributes: field(7, "KeyValue", "repeated"),
      },
    },
  },
});

export type WireMessage = "Request" | "Group" | "ScopeGroup" | "Span" | "LogRecord" | "Metric";

const types: ReadonlyMap<WireMessage, protobuf.Type> = new Map(
  (["Request", "Group", "ScopeGroup", "Span", "LogRecord", "Metric"] as const).map((name) => [
    name,
    root.lookupType(name),
  ]),
);

/** Reads one message; throws for bytes that are none, and for values nested deeper than 100. */
export const readWire = (name: WireMessage, bytes: Uint8Array): object => types.get(name)?.decode(bytes) ?? {};
