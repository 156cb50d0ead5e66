import { z } from "zod";
import { CaptureMode } from "./capture.ts";
import { Event } from "./event.ts";
import { EventId, TenantId, Timestamp } from "./identifiers.ts";
import { Provenance } from "./provenance.ts";

/**
 * One record of a telemetry source, decoded and named: what an event is before a tenant, an id and a time of
 * receipt are given to it. `body` keeps the source's own fields under their own names; the envelope names what
 * can be compared across sources (docs/sources.md).
 */
export const SourceEvent = Event.pick({
  time: true,
  kind: true,
  severity: true,
  exchange: true,
  session: true,
  principal: true,
  agent: true,
  asset: true,
  route: true,
  model: true,
  trace: true,
  body: true,
}).extend({
  key: z
    .string()
    .max(256)
    .optional()
    .describe("The source's own id of the record: the same record sent twice is one event. Absent: none"),
  texts: z
    .array(z.object({ provenance: Provenance, text: z.string() }))
    .optional()
    .describe(
      "What was said, in clear; kept out of `body`, inspected and sealed or dropped as the source's `capture` says",
    ),
});
export type SourceEvent = Readonly<z.infer<typeof SourceEvent>>;

/** Most events of one record. */
export const TELEMETRY_EVENTS_MAX = 1_000;

/** An event as ingest spools it. The id is a UUIDv8 made of tenant, source and `key` where the source gives a key. */
export const TelemetryEvent = SourceEvent.extend({ id: EventId });
export type TelemetryEvent = Readonly<z.infer<typeof TelemetryEvent>>;

/** What ingest appends to the spool: some events of one source, durable together. One leaf of the ledger. */
export const TelemetryRecord = z.object({
  kind: z.literal("telemetry"),
  schemaVersion: z.literal(1),
  id: EventId,
  time: Timestamp.describe("When they were received"),
  tenant: TenantId,
  source: z.string().describe("Id of the source in the catalogue; `source` of the events"),
  feed: z.string().describe("Which configured source they came through; `route` of events that name none of their own"),
  capture: CaptureMode.describe("What is kept of their texts, once those were inspected"),
  events: z.array(TelemetryEvent).max(TELEMETRY_EVENTS_MAX),
});
export type TelemetryRecord = Readonly<z.infer<typeof TelemetryRecord>>;
