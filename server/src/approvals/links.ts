import { TenantId } from "@parapet/model";
import { constantTimeEqual, hmacHex } from "#platform";
import { z } from "zod";

/** What a signed link is good for: one approval, one person, until a time. */
const LinkClaims = z.object({
  approval: z.uuid(),
  tenant: TenantId,
  approver: z.string(),
  expiresMs: z.int(),
});
export type LinkClaims = Readonly<z.infer<typeof LinkClaims>>;

const signature = (key: Buffer, payload: string): string => hmacHex(key, "approval-link", payload);

/** A token for the part of an address that browsers do not send: no server's log and no preview sees it. */
export const signLink = (key: Buffer, claims: LinkClaims): string => {
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return `${payload}.${signature(key, payload)}`;
};

/** What the token says, or undefined for one that is not ours or is over. */
export const readLink = (key: Buffer, token: string, nowMs: number): LinkClaims | undefined => {
  const [payload = "", given = "", ...more] = token.split(".");
  if (more.length > 0 || !constantTimeEqual(signature(key, payload), given)) return undefined;
  try {
    const claims = LinkClaims.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
    return claims.expiresMs > nowMs ? claims : undefined;
  } catch {
    return undefined;
  }
};
