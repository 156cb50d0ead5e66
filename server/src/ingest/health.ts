import { z } from "zod";
import { toTimestamp, type Clock } from "#platform";

/** What a feed has sent since it was first connected. */
export const FeedTotals = z.object({
  events: z.int().nonnegative().default(0),
  bytes: z.int().nonnegative().default(0),
  known: z.int().nonnegative().default(0),
  skipped: z.int().nonnegative().default(0),
  malformed: z.int().nonnegative().default(0),
  refused: z.int().nonnegative().default(0),
  lost: z.int().nonnegative().default(0),
  lastReceivedAt: z.string().optional(),
  lastEventTime: z.string().optional(),
  silentSince: z.string().optional(),
});
export type FeedTotals = z.infer<typeof FeedTotals>;

export interface FeedHealth extends Readonly<FeedTotals> {
  /** Mean of the last minute. */
  readonly eventsPerSecond: number;
  /** From an event's time to its receipt: the median of the newest payload; undefined before the first. */
  readonly lagMs: number | undefined;
  /** By how much the sender's clock was ahead of ours in the last hour; 0 when it was not seen ahead. */
  readonly skewMs: number;
}

export interface HealthRecorder {
  /** Times of the events in milliseconds since 1970. */
  readonly taken: (
    events: readonly number[],
    counts: { readonly bytes: number; readonly known: number; readonly skipped: number; readonly malformed: number },
  ) => void;
  readonly refused: () => void;
  readonly lost: (records: number) => void;
  readonly setSilent: (since: string | undefined) => void;
  readonly read: () => FeedHealth;
  readonly totals: () => FeedTotals;
}

const RATE_SECONDS = 60;
const SKEW_KEPT_MS = 3_600_000;
/** Clocks that agree within this are not called ahead. */
const SKEW_NOTICED_MS = 2_000;

export const createHealth = (before: FeedTotals, clock: Clock): HealthRecorder => {
  const totals = { ...before };
  const perSecond = new Map<number, number>();
  let lagMs: number | undefined;
  let skew = { ms: 0, atMs: 0 };

  const rate = (): number => {
    const second = Math.floor(clock.monotonic() / 1_000);
    let sum = 0;
    for (const [at, count] of perSecond) {
      if (at <= second - RATE_SECONDS) perSecond.delete(at);
      else sum += count;
    }
    return sum / RATE_SECONDS;
  };

  return {
    taken: (times, { bytes, known, skipped, malformed }) => {
      const nowMs = clock.now();
      totals.bytes += bytes;
      totals.known += known;
      totals.skipped += skipped;
      totals.malformed += malformed;
      if (times.length + known > 0) totals.lastReceivedAt = toTimestamp(nowMs);
      if (times.length === 0) return;
      totals.events += times.length;
      const second = Math.floor(clock.monotonic() / 1_000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + times.length);
      if (perSecond.size > RATE_SECONDS * 2) rate();
      const sorted = [...times].sort((a, b) => a - b);
      const newest = sorted.at(-1) ?? nowMs;
      lagMs = Math.max(0, nowMs - (sorted[sorted.length >> 1] ?? nowMs));
      totals.lastEventTime = toTimestamp(newest);
      const aheadMs = newest - nowMs;
      if (aheadMs > SKEW_NOTICED_MS && (aheadMs >= skew.ms || nowMs - skew.atMs > SKEW_KEPT_MS))
        skew = { ms: aheadMs, atMs: nowMs };
    },
    refused: () => {
      totals.refused += 1;
    },
    lost: (records) => {
      totals.lost += records;
    },
    setSilent: (since) => {
      if (since === undefined) delete totals.silentSince;
      else totals.silentSince = since;
    },
    read: () => ({
      ...totals,
      eventsPerSecond: rate(),
      lagMs,
      skewMs: clock.now() - skew.atMs > SKEW_KEPT_MS ? 0 : skew.ms,
    }),
    totals: () => ({ ...totals }),
  };
};
