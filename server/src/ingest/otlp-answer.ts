import type { Taken } from "./intake.ts";

export const OTLP_SIGNALS = ["traces", "logs", "metrics"] as const;
export type OtlpSignal = (typeof OTLP_SIGNALS)[number];

const REJECTED: Readonly<Record<OtlpSignal, string>> = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
};

export interface OtlpAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Whether the request, and so its answer, is protobuf; undefined for what OTLP does not speak. */
export const isProtobuf = (contentType: string): boolean | undefined =>
  contentType === "application/x-protobuf" ? true : contentType === "application/json" ? false : undefined;

/**
 * `Export<Signal>ServiceResponse` (OTLP 1.10, "Full Success" and "Partial Success"): empty when all was taken, else
 * field 1 with how many were not (1) and why (2).
 */
export const otlpSuccess = (signal: OtlpSignal, protobuf: boolean, taken: Taken): OtlpAnswer => {
  const { malformed, reason = "" } = taken;
  if (protobuf) {
    const partial = Buffer.concat([varintField(1, malformed), textField(2, reason)]);
    const body = malformed === 0 ? Buffer.alloc(0) : lengthField(1, partial);
    return { contentType: "application/x-protobuf", body };
  }
  const partial = { [REJECTED[signal]]: String(malformed), errorMessage: reason };
  return jsonAnswer(malformed === 0 ? {} : { partialSuccess: partial });
};

/** `google.rpc.Status`: code (1), message (2). */
export const otlpFailure = (protobuf: boolean, code: number, message: string): OtlpAnswer =>
  protobuf
    ? { contentType: "application/x-protobuf", body: Buffer.concat([varintField(1, code), textField(2, message)]) }
    : jsonAnswer({ code, message });

const jsonAnswer = (value: unknown): OtlpAnswer => ({
  contentType: "application/json",
  body: Buffer.from(JSON.stringify(value)),
});

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
};
const varintField = (field: number, value: number): Buffer => Buffer.concat([Buffer.of(field << 3), varint(value)]);
const lengthField = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.of((field << 3) | 2), varint(bytes.length), bytes]);
const textField = (field: number, text: string): Buffer => lengthField(field, Buffer.from(text));
