import { z } from "zod";

/** Cursor paging: pass `next` back as `cursor`; absent when there is no more. Cursors are opaque. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
});

export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().optional() });

/** A moment (`2026-11-21T08:00:00Z`) or an age (`15m`, `24h`, `7d`). */
export const Since = z
  .string()
  .regex(/^(\d{1,5}[smhd]|\d{4}-\d{2}-\d{2}T[0-9:.]+Z)$/, "an age like 24h or a UTC time")
  .refine((since) => !Number.isNaN(sinceToMs(since, 0)), "there is no such moment");

/** Milliseconds since the epoch that a {@link Since} names. */
export const sinceToMs = (since: string, nowMs: number): number => {
  const age = /^(\d+)([smhd])$/.exec(since);
  if (age === null) return Date.parse(since);
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[age[2] ?? "s"] ?? 1_000;
  return nowMs - Number(age[1]) * unitMs;
};
