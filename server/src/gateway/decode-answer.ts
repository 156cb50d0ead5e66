import { isUtf8 } from "node:buffer";
import { kindOfBytes } from "#documents";
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
import type { SaidWithDocuments } from "./examination.ts";
import { JSON_TYPE } from "./headers.ts";
import { documentsIn, DOCUMENTS_MAX, type FoundDocument } from "./read-documents.ts";

const LINE_FEED = 0x0a;
const MEDIA = /^(?<kind>audio|image|video)\//;

export const decodeResponseBody = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  firstIndex: number,
  shape: BodyShape,
): DecodedBody<SaidWithDocuments<DecodedResponse>> => {
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
): DecodedBody<SaidWithDocuments<DecodedResponse>> => {
  const scan = scanBody(bytes, endpoint.answer, depthMax, shape);
  if (!scan.ok) return { ok: false, code: scan.fault.code, message: scan.fault.message };
  const decoded = endpoint.decodeResponse(scan.value, firstIndex, shape.operation);
  if (!decoded.ok) return { ok: false, code: "bad_request", message: decoded.refusal.message };
  const outlined = withOutline(decoded.value, scan.value, shape);
  return { ok: true, value: { decoded: outlined, documents: documentsIn(scan.value, decoded.value) } };
};

/** What is no single JSON object: lines of them, a text, or bytes that no detector reads. */
const decodeAny = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  firstIndex: number,
  type: string,
): DecodedBody<SaidWithDocuments<DecodedResponse>> => {
  const kind = MEDIA.exec(type)?.groups?.["kind"];
  const lines = kind === undefined ? decodeLines(bytes, endpoint, depthMax, firstIndex) : undefined;
  if (lines?.ok === true) return lines;
  const is = kindOfBytes(bytes);
  const isPlain = is !== "pdf" && is !== "office" && isUtf8(bytes) && !bytes.includes(0);
  const isText = kind === undefined && isPlain;
  const reason = kind ?? "bytes of a file";
  const decoded: DecodedResponse = {
    segments: isText ? [wholeText(bytes, firstIndex)] : [],
    unscannable: isText || bytes.length === 0 ? [] : [{ pointer: "", provenance: "model", reason }],
    toolCalls: [],
    dependents: [],
    model: "",
  };
  const documents = isText || is === undefined ? [] : [wholeDocument(bytes, is)];
  return { ok: true, value: { decoded, documents } };
};

const wholeDocument = (bytes: Buffer, kind: FoundDocument["kind"]): FoundDocument => ({
  isAlone: true,
  part: "",
  pointer: "",
  byteStart: 0,
  byteEnd: bytes.length,
  kind,
  bytes: () => bytes,
});

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
): DecodedBody<SaidWithDocuments<DecodedResponse>> => {
  const segments: LocatedSegment[] = [];
  const unscannable: UnscannablePart[] = [];
  const toolCalls: DecodedToolCall[] = [];
  const dependents: DependentBytes[] = [];
  const documents: FoundDocument[] = [];
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
    const { decoded: value, documents: found } = decoded.value;
    for (const one of found)
      documents.push({
        ...one,
        part: `/${line}${one.part}`,
        pointer: `/${line}${one.pointer}`,
        byteStart: one.byteStart + shift,
        byteEnd: one.byteEnd + shift,
      });
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
  const decoded = { segments, unscannable, toolCalls, dependents, model };
  return { ok: true, value: { decoded, documents: documents.slice(0, DOCUMENTS_MAX) } };
};
