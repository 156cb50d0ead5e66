import type { AuditRecord } from "@parapet/model";
import type { AuditEntry } from "#api";
import { auditRecord } from "#pipeline";
import { systemClock } from "#platform";

/** What the spool keeps of an audited deed, made now. */
export const auditedNow = ({ address, ...deed }: AuditEntry): AuditRecord =>
  auditRecord({ ...deed, ...(address !== "" && { address }) }, systemClock.now());
