import { z } from "zod";
import { KeyId, Slug, TenantId, Timestamp } from "./identifiers.ts";

/** A credential that an application presents to the gateway. The secret itself is never stored. */
export const GatewayKey = z.object({
  id: KeyId,
  tenant: TenantId,
  name: z.string().min(1).max(80),
  prefix: z.string().describe("First characters of the secret, for recognising it"),
  routes: z.array(Slug).describe("Routes it may use; empty means all"),
  models: z.array(z.string()).describe("Models it may ask for, `*` at the end allowed; empty means all"),
  addresses: z.array(z.string()).describe("CIDR allow-list; empty means any"),
  requestsPerMinute: z.int().positive().optional(),
  tokensPerMinute: z.int().positive().optional(),
  agent: z.string().optional().describe("Agent that this key is bound to"),
  trustIdentityHeaders: z.boolean().describe("Whether x-parapet-user and x-parapet-agent count"),
  createdAt: Timestamp,
  expiresAt: Timestamp.optional(),
  revokedAt: Timestamp.optional(),
  lastUsedAt: Timestamp.optional(),
  rotatedTo: KeyId.optional().describe("Successor; this key works until `expiresAt`"),
});
export type GatewayKey = Readonly<z.infer<typeof GatewayKey>>;
