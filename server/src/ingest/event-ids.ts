import { hash } from "node:crypto";
import type { TenantId } from "@parapet/model";

/**
 * A UUIDv8 (RFC 9562 §5.8) made of SHA-256 over tenant, feed and the source's own key: the same record sent twice
 * has one id. By the feed, so that one sender cannot take the ids of another's records.
 */
export const keyedId = (tenant: TenantId, feed: string, key: string): string => {
  const hex = hash("sha256", `${tenant}\0${feed}\0${key}`, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
