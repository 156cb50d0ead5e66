import { isUtf8 } from "node:buffer";
import type {
  DecodedResponse,
  DecodedToolCall,
  DependentBytes,
  Endpoint,
  LocatedSegment,
  UnscannablePart,
} from "#protocols";
import { withOutline } from "./body-outline.ts";
import { scanBody, type BodyShape } from "./body-shape.ts";
import type { DecodedBody } from "./decoded-body.ts";
import { JSON_TYPE } from "./headers.ts";

const LINE_FEED = 0x0a;
const MEDIA = /^(?<kind>audio|image|video)\//;

export const decodeResponseBody = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  firstIndex: number,
  shape: BodyShape,
): DecodedBody<DecodedResponse> => {
  const { type } = shape;
  if (endpoint.answer === "lines") return decodeLines(bytes, endpoint, depthMax, firstIndex);
  if (endpoint.answer === "any" && type !== JSON_TYPE) return decodeAny(bytes, endpoint, depthMax, firstIndex, type);
  return decodeOne(bytes, endpoint, depthMax, firstIndex, shape);
};

const decodeOne = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  firstIndex: number,
  shape: BodyShape = { type: JSON_TYPE },
): DecodedBody<DecodedResponse> => {
  const scan = scanBody(bytes, endpoint.answer, depthMax, shape);
  if (!scan.ok) return { ok: false, code: scan.fault.code, message: scan.fault.message };
  const decoded = endpoint.decodeResponse(scan.value, firstIndex, shape.operation);
  if (!decoded.ok) return { ok: false, code: "bad_request", message: decoded.refusal.message };
  return { ok: true, value: withOutline(decoded.value, scan.value, shape) };
};

/** What is no single JSON object: lines of them, a text, or bytes that no detector reads. */
const decodeAny = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  firstIndex: number,
  type: string,
): DecodedBody<DecodedResponse> => {
  const kind = MEDIA.exec(type)?.groups?.["kind"];
  const lines = kind === undefined ? decodeLines(bytes, endpoint, depthMax, firstIndex) : undefined;
  if (lines?.ok === true) return lines;
  const isText = kind === undefined && isUtf8(bytes) && !bytes.includes(0);
  const reason = kind ?? "bytes of a file";
  return {
    ok: true,
    value: {
      segments: isText ? [wholeText(bytes, firstIndex)] : [],
      unscannable: isText || bytes.length === 0 ? [] : [{ pointer: "", provenance: "model", reason }],
      toolCalls: [],
      dependents: [],
      model: "",
    },
  };
};

const wholeText = (bytes: Buffer, index: number): LocatedSegment => ({
  index,
  direction: "response",
  pointer: "",
  role: "assistant",
  provenance: "model",
  text: bytes.toString("utf8"),
  byteStart: 0,
  byteEnd: bytes.length,
  form: "text",
});

/** One JSON object per line: each decoded by itself, all of them one answer. */
const decodeLines = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  firstIndex: number,
): DecodedBody<DecodedResponse> => {
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
    const decoded = decodeOne(piece, endpoint, depthMax, firstIndex + segments.length);
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
