import { z } from "zod";

/** UUIDv7: sortable by creation time, unique without coordination (RFC 9562 §5.7). */
export const ExchangeId = z.uuid().brand<"ExchangeId">().describe("Exchange id, UUIDv7");
export type ExchangeId = z.infer<typeof ExchangeId>;

export const EventId = z.uuid().brand<"EventId">().describe("Event id, UUIDv7");
export type EventId = z.infer<typeof EventId>;

export const FindingId = z.uuid().brand<"FindingId">().describe("Finding id, UUIDv7");
export type FindingId = z.infer<typeof FindingId>;

export const KeyId = z.uuid().brand<"KeyId">().describe("Gateway key id, UUIDv7; not the secret");
export type KeyId = z.infer<typeof KeyId>;

export const TenantId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
  .brand<"TenantId">()
  .describe("Tenant; `default` until another is made");
export type TenantId = z.infer<typeof TenantId>;

export const DEFAULT_TENANT = TenantId.parse("default");

/** Names that people choose in files: routes, policies, rules. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, "lower-case letters, digits, dot, dash, underscore; at most 80");

/** UTC with milliseconds, RFC 3339 (`2026-11-21T08:45:44.123Z`). */
export const Timestamp = z.iso.datetime({ precision: 3 }).describe("UTC time, RFC 3339 with milliseconds");
export type Timestamp = z.infer<typeof Timestamp>;
