import type { ExchangeOrigin, RouteConfiguration } from "@parapet/model";
import type { InspectionContext } from "#detectors";
import { bypassSegments, inspectSegments, type Inspected, type InspectionTools } from "#pipeline";
import { scanJson } from "#platform";
import type {
  DecodedRequest,
  DecodedResponse,
  DecodedToolCall,
  DependentBytes,
  Endpoint,
  LocatedSegment,
  UnscannablePart,
} from "#protocols";
import { contextOf } from "./exchange-context.ts";

/** Texts are kept up to here in records; detectors and digests see all of them. */
const KEPT_UNITS_MAX = 256 * 1024;

/** What is known of an exchange before its body is read. */
export interface ExaminationFrame {
  readonly tenant: ExchangeOrigin["tenant"];
  readonly exchange: ExchangeOrigin["exchange"];
  readonly depthMax: number;
  readonly route: RouteConfiguration;
  readonly registeredSecrets: readonly string[];
}

export type ExaminationFault = {
  readonly ok: false;
  readonly code: "bad_request" | "bad_json" | "duplicate_key" | "invalid_utf8" | "too_deep";
  readonly message: string;
};

export type DecodedBody<T> = { readonly ok: true; readonly value: T } | ExaminationFault;

export const decodeRequestBody = (bytes: Buffer, endpoint: Endpoint, depthMax: number): DecodedBody<DecodedRequest> => {
  const scan = scanJson(bytes, { depthMax });
  if (!scan.ok) return { ok: false, code: scan.fault.code, message: scan.fault.message };
  const decoded = endpoint.decodeRequest(scan.value);
  if (decoded.ok) return decoded;
  const { pointer, message } = decoded.refusal;
  return { ok: false, code: "bad_request", message: pointer === undefined ? message : `${pointer}: ${message}` };
};

export const decodeResponseBody = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  firstIndex: number,
): DecodedBody<DecodedResponse> => {
  if (endpoint.answer === "lines") return decodeLines(bytes, endpoint, depthMax, firstIndex);
  const scan = scanJson(bytes, { depthMax });
  if (!scan.ok) return { ok: false, code: scan.fault.code, message: scan.fault.message };
  const decoded = endpoint.decodeResponse(scan.value, firstIndex);
  return decoded.ok ? decoded : { ok: false, code: "bad_request", message: decoded.refusal.message };
};

const LINE_FEED = 0x0a;

/** One JSON object per line: each decoded by itself, all of them one answer. */
const decodeLines = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  firstIndex: number,
): DecodedBody<DecodedResponse> => {
  const { answer: _answer, ...single } = endpoint;
  const segments: LocatedSegment[] = [];
  const unscannable: UnscannablePart[] = [];
  const toolCalls: DecodedToolCall[] = [];
  const dependents: DependentBytes[] = [];
  let model = "";
  for (let from = 0, line = 0; from < bytes.length; line += 1) {
    const feed = bytes.indexOf(LINE_FEED, from);
    const to = feed === -1 ? bytes.length : feed;
    const piece = bytes.subarray(from, to);
    const shift = from;
    from = to + 1;
    if (piece.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) continue;
    const decoded = decodeResponseBody(piece, single, depthMax, firstIndex + segments.length);
    if (!decoded.ok) return decoded;
    const { value } = decoded;
    for (const one of value.segments)
      segments.push({
        ...one,
        pointer: `/${line}${one.pointer}`,
        byteStart: one.byteStart + shift,
        byteEnd: one.byteEnd + shift,
      });
    for (const part of value.unscannable) unscannable.push({ ...part, pointer: `/${line}${part.pointer}` });
    for (const one of value.dependents) dependents.push({ ...one, start: one.start + shift, end: one.end + shift });
    toolCalls.push(...value.toolCalls);
    model = value.model || model;
  }
  return { ok: true, value: { segments, unscannable, toolCalls, dependents, model } };
};

/** A decoded body with what was found in it, small enough to be handed from a worker. */
export interface Examined<T> {
  readonly decoded: T;
  readonly inspected: Inspected | undefined;
}

/** Decodes and inspects a large request in one go, then lets go of what no later step reads. */
export const examineRequest = (
  bytes: Buffer,
  endpoint: Endpoint,
  frame: ExaminationFrame,
  tools: InspectionTools,
): DecodedBody<Examined<DecodedRequest>> => {
  const decoded = decodeRequestBody(bytes, endpoint, frame.depthMax);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  const context = contextOf(value, frame.route, undefined, frame.registeredSecrets);
  const inspected = inspectWhole(value, "request", frame, context, tools);
  const fingerprint = value.fingerprint.map(shortPrint);
  return { ok: true, value: { decoded: { ...value, fingerprint, segments: value.segments.map(cut) }, inspected } };
};

export const examineResponse = (
  bytes: Buffer,
  endpoint: Endpoint,
  frame: ExaminationFrame & { readonly firstIndex: number; readonly context: InspectionContext },
  tools: InspectionTools,
): DecodedBody<Examined<DecodedResponse>> => {
  const decoded = decodeResponseBody(bytes, endpoint, frame.depthMax, frame.firstIndex);
  if (!decoded.ok) return decoded;
  const inspected = inspectWhole(decoded.value, "response", frame, frame.context, tools, frame.firstIndex);
  return { ok: true, value: { decoded: { ...decoded.value, segments: decoded.value.segments.map(cut) }, inspected } };
};

const inspectWhole = (
  decoded: Pick<DecodedRequest, "segments" | "unscannable">,
  direction: "request" | "response",
  { tenant, exchange, route }: ExaminationFrame,
  context: InspectionContext,
  tools: InspectionTools,
  firstIndex = 0,
): Inspected => {
  const { segments, unscannable: parts } = decoded;
  const job = { tenant, exchange, direction, segments, firstIndex, parts, context };
  // Also what is not inspected gets its digest here, from the whole text: what follows is cut for keeping.
  return route.inspect ? inspectSegments(job, tools) : bypassSegments(job, tools.hash);
};

const cut = (segment: LocatedSegment): LocatedSegment =>
  segment.text.length <= KEPT_UNITS_MAX
    ? segment
    : { ...segment, text: segment.text.slice(0, KEPT_UNITS_MAX), fullLength: segment.text.length };

const PRINT_UNITS = 512;

/**
 * What of a text counts for a session's fingerprint: its beginning and its length. Applied twice it is the
 * same, so that a session does not depend on who read the body.
 */
export const shortPrint = (text: string): string =>
  text.length <= PRINT_UNITS ? text : `${text.slice(0, PRINT_UNITS - 24)} ${text.length}`;
