import type { GatewayKey } from "@parapet/model";

export const isWorking = (key: GatewayKey, nowMs: number): boolean =>
  key.revokedAt === undefined && (key.expiresAt === undefined || Date.parse(key.expiresAt) > nowMs);

/** Words of a list, one to a line or by commas, without empties. */
export const toList = (text: string): readonly string[] =>
  text
    .split(/[\s,]+/)
    .map((item) => item.trim())
    .filter((item) => item !== "");
