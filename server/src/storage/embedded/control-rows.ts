import { Finding, GatewayKey, Mode, Role, TenantId, Timestamp } from "@parapet/model";
import { z } from "zod";

/** What the control store's rows must look like; a database edited by hand fails here and not further in. */
export const KeyData = GatewayKey.extend({ secretHash: z.string() });
export const UserData = z.object({
  name: z.string(),
  tenant: TenantId,
  role: Role,
  tokenHash: z.string(),
  createdAt: z.string(),
  disabled: z.boolean(),
});
export const SessionData = z.object({
  idHash: z.string(),
  user: z.string(),
  csrf: z.string(),
  expiresAt: z.string(),
});
export const JudgedRow = Finding.pick({ rule: true, status: true, firstSeen: true, lastSeen: true }).extend({
  exception: z.string().transform((id) => (id === "" ? undefined : id)),
});
export const CountRow = z.object({ count: z.int() });
export const OverlayRow = z.object({ route: z.string(), mode: Mode, actor: z.string(), time: Timestamp });
export const CredentialRow = z.object({ name: z.string(), updatedAt: z.string() });
export const SealedRow = z.object({ sealed: z.string() });
export const SubjectKeyRow = z.object({
  tenant: TenantId,
  subjectHash: z.string(),
  wrapped: z.string(),
  createdAt: z.string(),
});
export const OpenExchangeRow = z.object({
  tenant: TenantId,
  exchange: z.string(),
  node: z.string(),
  boot: z.string(),
  opened: z.string(),
});

const DataRow = z.object({ data: z.string() });

/** The object in a row's `data` column. */
export const inData = <T>(schema: z.ZodType<T>) =>
  z.unknown().transform((row): T => schema.parse(JSON.parse(DataRow.parse(row).data)));

export const DeadLetterRow = z.object({
  tenant: TenantId,
  id: z.string(),
  feed: z.string(),
  time: Timestamp,
  reason: z.string(),
  sealed: z.string(),
  bytes: z.int(),
  replay: z.enum(["split", "decode", "none"]),
});
export const FeedStateRow = z.object({ name: z.string(), value: z.string() });
