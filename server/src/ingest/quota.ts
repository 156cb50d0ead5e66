import type { SourceConfiguration } from "@parapet/model";
import type { Clock } from "#platform";

const DAY_MS = 86_400_000;
/** What may come at once after a pause. */
const BURST_SECONDS = 10;

export type QuotaAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly retryAfterSeconds: number };

export interface Quota {
  /** Before anything is read of a payload. */
  readonly check: (bytes: number) => QuotaAnswer;
  /** What a payload turned out to hold. It may go over: the next ones wait for it. */
  readonly take: (events: number, bytes: number) => void;
  /** Bytes of this UTC day. */
  readonly bytesToday: () => number;
}

export const createQuota = ({ eventsPerSecond, bytesPerDay }: SourceConfiguration["quota"], clock: Clock): Quota => {
  const burst = eventsPerSecond * BURST_SECONDS;
  let allowance = burst;
  let lastMs = clock.monotonic();
  let day = 0;
  let bytesToday = 0;

  const turn = (): void => {
    const nowMs = clock.monotonic();
    allowance = Math.min(burst, allowance + ((nowMs - lastMs) / 1_000) * eventsPerSecond);
    lastMs = nowMs;
    const today = Math.floor(clock.now() / DAY_MS);
    if (today !== day) bytesToday = 0;
    day = today;
  };

  return {
    check: (bytes) => {
      turn();
      if (bytesToday + bytes > bytesPerDay) {
        const untilTomorrowMs = DAY_MS - (clock.now() % DAY_MS);
        return {
          ok: false,
          reason: `more than ${bytesPerDay} bytes today (quota.bytesPerDay)`,
          retryAfterSeconds: Math.ceil(untilTomorrowMs / 1_000),
        };
      }
      if (allowance > 0) return { ok: true };
      return {
        ok: false,
        reason: `more than ${eventsPerSecond} events a second (quota.eventsPerSecond)`,
        retryAfterSeconds: Math.max(1, Math.ceil((1 - allowance) / eventsPerSecond)),
      };
    },
    take: (events, bytes) => {
      allowance -= events;
      bytesToday += bytes;
    },
    bytesToday: () => {
      turn();
      return bytesToday;
    },
  };
};
