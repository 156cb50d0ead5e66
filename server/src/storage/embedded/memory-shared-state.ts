import { systemClock, type Clock } from "#platform";
import type { SharedState } from "../shared-state.ts";

interface Entry {
  readonly value: string;
  readonly expiresAtMs: number;
}

interface Counter {
  total: number;
  readonly endsAtMs: number;
}

/** Removes what is over; if that is not enough, what was added first. */
const makeRoom = <T>(entries: Map<string, T>, isOver: (entry: T) => boolean, entriesMax: number): void => {
  if (entries.size < entriesMax) return;
  for (const [key, entry] of entries) if (isOver(entry)) entries.delete(key);
  // A tenth at once, so that a flood of keys does not cost a sweep for each.
  for (const key of entries.keys()) {
    if (entries.size <= entriesMax * 0.9) break;
    entries.delete(key);
  }
};

/** Shared state of an installation with one gateway: in memory, gone at restart, at most `entriesMax` of each kind. */
export const openMemorySharedState = (clock: Clock = systemClock, entriesMax = 200_000): SharedState => {
  const values = new Map<string, Entry>();
  const counters = new Map<string, Counter>();
  return {
    increment: async (key, amount, windowMs, nowMs) => {
      const current = counters.get(key);
      if (current !== undefined && nowMs < current.endsAtMs && nowMs >= current.endsAtMs - windowMs) {
        current.total += amount;
        return current.total;
      }
      counters.delete(key);
      makeRoom(counters, ({ endsAtMs }) => endsAtMs <= nowMs, entriesMax);
      counters.set(key, { total: amount, endsAtMs: (Math.floor(nowMs / windowMs) + 1) * windowMs });
      return amount;
    },
    get: async (key) => {
      const entry = values.get(key);
      if (entry === undefined || entry.expiresAtMs > clock.now()) return entry?.value;
      values.delete(key);
      return undefined;
    },
    set: async (key, value, ttlMs) => {
      values.delete(key);
      makeRoom(values, ({ expiresAtMs }) => expiresAtMs <= clock.now(), entriesMax);
      values.set(key, { value, expiresAtMs: clock.now() + ttlMs });
    },
    close: async () => {
      values.clear();
      counters.clear();
    },
  };
};
