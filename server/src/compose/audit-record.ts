import { EventId, type AuditRecord } from "@parapet/model";
import type { AuditEntry } from "#api";
import { systemClock, toTimestamp, uuidv7 } from "#platform";

/** What the spool keeps of an audited deed, made now. */
export const auditRecord = ({ address, ...entry }: AuditEntry): AuditRecord => {
  const nowMs = systemClock.now();
  return {
    kind: "audit",
    schemaVersion: 1,
    id: EventId.parse(uuidv7(nowMs)),
    time: toTimestamp(nowMs),
    ...entry,
    ...(address !== "" && { address }),
  };
};
