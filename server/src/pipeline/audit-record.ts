import type { AuditRecord, EventId } from "@parapet/model";
import { toTimestamp, uuidv7 } from "#platform";

/** What somebody says of a deed; the record adds what every record has. */
export type AuditedDeed = Omit<AuditRecord, "kind" | "schemaVersion" | "id" | "time">;

/** A new audit record, made at `nowMs`. */
export const auditRecord = (deed: AuditedDeed, nowMs: number): AuditRecord => ({
  kind: "audit",
  schemaVersion: 1,
  id: uuidv7<EventId>(nowMs),
  time: toTimestamp(nowMs),
  ...deed,
});
