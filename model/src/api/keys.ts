import { z } from "zod";
import { GatewayKey } from "../gateway-key.ts";
import { Slug, Timestamp } from "../identifiers.ts";

/** `GET /api/v1/keys` */
export const KeysResponse = z.object({ items: z.array(GatewayKey) });

/** `POST /api/v1/keys` */
export const KeyCreate = z.strictObject({
  name: z.string().min(1).max(80),
  routes: z.array(Slug).max(100).default([]),
  models: z.array(z.string().max(200)).max(100).default([]),
  addresses: z.array(z.string().max(64)).max(100).default([]),
  requestsPerMinute: z.int().positive().optional(),
  tokensPerMinute: z.int().positive().optional(),
  agent: z.string().max(80).optional(),
  trustIdentityHeaders: z.boolean().default(false),
  expiresAt: Timestamp.optional(),
});
export type KeyCreate = z.infer<typeof KeyCreate>;

/** The only answer that ever holds the secret. */
export const KeyCreated = z.object({ key: GatewayKey, secret: z.string() });
export type KeyCreated = Readonly<z.infer<typeof KeyCreated>>;

/** `POST /api/v1/keys/{id}/rotate`: the old secret works for `overlapSeconds` more. */
export const KeyRotate = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(86_400),
});
