import type { TelemetryEvent, SourceEvent, TelemetryRecord } from "@parapet/model";
import { toTimestamp, uuidv7 } from "#platform";
import { SOURCES } from "#sources";
import type { Passage } from "./passage.ts";

/** Tensors of larger bodies are not taken apart: that would keep the event loop from others. */
const BYTES_MAX = 256 * 1024;
/** Rows of a batch that become records of their own; each says how many there were. */
const ROWS_MAX = 200;
/** A category, and nobody's name or address. */
const PLAIN_WORD = /^[A-Za-z][\w.-]{0,31}$/;

const predictions = SOURCES.find(({ id }) => id === "predictions");

/** JSON of a body that passed the strict front; what stands behind it is bytes. */
const jsonOf = (bytes: Buffer, headBytes: number | undefined): unknown =>
  JSON.parse(bytes.toString("utf8", 0, headBytes ?? bytes.length));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What `capture` lets stand of a prediction: with `redacted` numbers and categories, with `hash` nothing. */
const kept = (value: unknown, capture: "full" | "redacted" | "hash"): unknown => {
  if (capture === "full") return value;
  if (capture === "hash") return undefined;
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).filter(([, one]) => kept(one, capture) !== undefined));
  return typeof value === "string" && !PLAIN_WORD.test(value) ? undefined : value;
};

export interface Inferred {
  readonly request: Buffer;
  readonly requestHead: number | undefined;
  readonly answer: Buffer;
  readonly answerHead: number | undefined;
}

/**
 * What a classical model was asked and said, row by row, as the records that the source `predictions` makes of a model
 * server's own log: drift and extraction are seen in them. No evidence: the exchange has that.
 */
export const notePredictions = (passage: Passage, inferred: Inferred, latencyMs: number): void => {
  const { exchange, match, clock, recorder } = passage;
  const { origin } = exchange;
  const { capture, id: route } = match.route.configuration;
  if (predictions === undefined || origin.lane !== undefined) return;
  const bytes = (inferred.requestHead ?? inferred.request.length) + (inferred.answerHead ?? inferred.answer.length);
  const isSmall = bytes <= BYTES_MAX;
  const answer = isSmall ? jsonOf(inferred.answer, inferred.answerHead) : undefined;
  const record = {
    type: "prediction",
    model: origin.model,
    version: isRecord(answer) && typeof answer["model_version"] === "string" ? answer["model_version"] : undefined,
    address: origin.address,
    latency_ms: Math.round(latencyMs),
    request: isSmall ? jsonOf(inferred.request, inferred.requestHead) : {},
    response: isRecord(answer) ? { outputs: answer["outputs"] } : {},
  };
  const nowMs = clock.now();
  const receivedAt = toTimestamp(nowMs);
  const events: TelemetryEvent[] = [];
  for (const piece of predictions.split({
    bytes: Buffer.from(JSON.stringify(record)),
    contentType: "application/json",
  })) {
    const decoded = piece.ok ? predictions.decode(piece.record, { receivedAt }) : undefined;
    if (decoded?.kind === "event") events.push(named(decoded.event, passage, uuidv7(nowMs), capture));
    if (events.length === ROWS_MAX) break;
  }
  if (events.length === 0) return;
  recorder.note({
    kind: "telemetry",
    schemaVersion: 1,
    id: uuidv7(nowMs),
    time: receivedAt,
    tenant: origin.tenant,
    source: predictions.id,
    feed: route,
    capture,
    events,
  } satisfies TelemetryRecord);
};

const PREDICTED = ["features", "prediction", "label"];

const named = (
  { key: _key, ...event }: SourceEvent,
  { exchange: { origin } }: Passage,
  id: TelemetryEvent["id"],
  capture: "full" | "redacted" | "hash",
): TelemetryEvent => {
  const { request: _request, response: _response, ...body } = event.body;
  const shown = PREDICTED.map((field) => [field, kept(body[field], capture)] as const);
  return {
    ...event,
    id,
    exchange: origin.exchange,
    session: origin.session,
    principal: origin.principal,
    ...(origin.agent !== undefined && { agent: origin.agent }),
    route: origin.route,
    body: { ...body, ...Object.fromEntries(shown) },
  };
};
