import { z } from "zod";
import { EventId, TenantId, Timestamp } from "./identifiers.ts";
import { Severity } from "./severity.ts";

/** One normalised telemetry record, append-only. Missing envelope fields are empty strings in the store. */
export const Event = z.object({
  tenant: TenantId,
  id: EventId,
  time: Timestamp,
  receivedAt: Timestamp,
  source: z.string().describe("Where it came from: `gateway`, `audit`, or a telemetry source's id"),
  kind: z.string().describe("Dotted name: `exchange.opened`, `exchange.closed`, `key.created` …"),
  schemaVersion: z.int(),
  severity: Severity,
  exchange: z.string().optional(),
  session: z.string().optional(),
  principal: z.string().optional(),
  agent: z.string().optional(),
  asset: z.string().optional(),
  route: z.string().optional(),
  model: z.string().optional(),
  trace: z.string().optional(),
  text: z.string().optional().describe("What was said: sealed (base64) or absent, as `capture` says"),
  body: z.record(z.string(), z.unknown()).describe("The source's own fields under their own names"),
  record: z.string().optional().describe("Of an exchange: its record without words, as JSON. Nothing looks into it"),
});
export type Event = Readonly<z.infer<typeof Event>>;
