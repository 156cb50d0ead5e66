import type { ExchangeOrigin, RouteConfiguration, Segment } from "@parapet/model";
import type { InspectionContext } from "#detectors";
import { bypassSegments, inspectSegments, type Inspected, type InspectionTools } from "#pipeline";
import { scanJson } from "#platform";
import type { DecodedRequest, Endpoint, LocatedSegment, UnscannablePart } from "#protocols";
import { withOutline } from "./body-outline.ts";
import { scanBody, type BodyShape } from "./body-shape.ts";
import type { Extractor } from "#documents";
import type { DecodedBody } from "./decoded-body.ts";
import { asRequest, documentsIn, withDocuments, type FoundDocument, type Said } from "./read-documents.ts";
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
  /** As in `Protocol`: what goes to a tool comes from a model, and the other way round. */
  readonly toward?: "tool";
}

export const decodeRequestBody = (
  bytes: Buffer,
  endpoint: Endpoint,
  depthMax: number,
  shape: BodyShape,
): DecodedBody<SaidWithDocuments<DecodedRequest>> => {
  const scan = scanBody(bytes, endpoint.body, depthMax, shape);
  if (!scan.ok) return { ok: false, code: scan.fault.code, message: scan.fault.message };
  const decoded = endpoint.decodeRequest(scan.value);
  if (decoded.ok) {
    const documents = documentsIn(scan.value, decoded.value);
    return { ok: true, value: { decoded: withOutline(decoded.value, scan.value, shape), documents } };
  }
  const { code: why, pointer, message, replyTo } = decoded.refusal;
  const code = why === "unknown_operation" ? "unknown_endpoint" : "bad_request";
  return {
    ok: false,
    code,
    ...(replyTo !== undefined && { replyTo }),
    message: pointer === undefined ? message : `${pointer}: ${message}`,
  };
};

/** A decoded body with what was found in it, small enough to be handed from a worker. */
export interface Examined<T> {
  readonly decoded: T;
  readonly inspected: Inspected | undefined;
}

/** Decodes and inspects a large request in one go, then lets go of what no later step reads. */
export const examineRequest = async (
  bytes: Buffer,
  endpoint: Endpoint,
  frame: ExaminationFrame,
  tools: InspectionTools,
  shape: BodyShape,
  extractor: Extractor,
): Promise<DecodedBody<Examined<DecodedRequest>>> => {
  const decoded = decodeRequestBody(bytes, endpoint, frame.depthMax, shape);
  if (!decoded.ok) return decoded;
  const { documents } = decoded.value;
  const value = frame.route.inspect
    ? await withDocuments(decoded.value.decoded, documents, asRequest(frame.toward), extractor)
    : decoded.value.decoded;
  const context = contextOf(value, frame.route, undefined, frame.registeredSecrets);
  const inspected = inspectWhole(value, "request", frame, context, tools);
  const fingerprint = value.fingerprint.map(shortPrint);
  return { ok: true, value: { decoded: { ...value, fingerprint, segments: value.segments.map(cut) }, inspected } };
};

/** What comes back to a body: its place in the exchange, and what detectors may know. */
export type AnswerFrame = ExaminationFrame & { readonly firstIndex: number; readonly context: InspectionContext };

/** What was read of a body, with the documents that stand in it. */
export interface SaidWithDocuments<T extends Said> {
  readonly decoded: T;
  readonly documents: readonly FoundDocument[];
}

/** The same of what was read of an answer. */
export const examineAnswer = async <T extends Said>(
  { decoded, documents }: SaidWithDocuments<T>,
  frame: AnswerFrame,
  tools: InspectionTools,
  extractor: Extractor,
): Promise<Examined<T>> => {
  const { firstIndex, context, route } = frame;
  const as = { direction: directionOf("response", frame), firstIndex };
  const value = route.inspect ? await withDocuments(decoded, documents, as, extractor) : decoded;
  const inspected = inspectWhole(value, "response", frame, context, tools, firstIndex);
  return { decoded: { ...value, segments: value.segments.map(cut) }, inspected };
};

/** The documents alone of an event of a stream, with what of `parts` stays unread; nothing but the documents is inspected. */
export const examineEvent = async (
  bytes: Buffer,
  parts: readonly UnscannablePart[],
  frame: AnswerFrame,
  tools: InspectionTools,
  extractor: Extractor,
): Promise<Examined<Said>> => {
  const scan = scanJson(bytes, { depthMax: frame.depthMax });
  const decoded = { segments: [], unscannable: parts };
  const documents = scan.ok ? documentsIn(scan.value, decoded) : [];
  const as = { direction: directionOf("response", frame), firstIndex: frame.firstIndex };
  const said = await withDocuments(decoded, documents, as, extractor);
  const own = { ...said, unscannable: [] };
  const inspected = inspectWhole(own, "response", frame, frame.context, tools, frame.firstIndex);
  return { decoded: { ...said, segments: said.segments.map(cut) }, inspected };
};

/** Whether what goes this way is read or written by the model. */
export const directionOf = (
  way: Segment["direction"],
  { toward }: Pick<ExaminationFrame, "toward">,
): Segment["direction"] => (toward === undefined ? way : way === "request" ? "response" : "request");

const inspectWhole = (
  decoded: Said,
  way: "request" | "response",
  frame: ExaminationFrame,
  context: InspectionContext,
  tools: InspectionTools,
  firstIndex = 0,
): Inspected => {
  const { segments, unscannable: parts } = decoded;
  const { tenant, exchange, route } = frame;
  const direction = directionOf(way, frame);
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
