import { systemClock, type Clock } from "#platform";
import type { SharedState } from "../shared-state.ts";

/** A value with the time until which it counts, or a counter with the end of its window. */
export type SharedEntry =
  | { readonly kind: "value"; readonly value: string; readonly untilMs: number }
  | { readonly kind: "counter"; total: number; readonly untilMs: number };

/** Where entries are kept beside memory. */
export interface SharedStateKeeper {
  /** What was kept before, oldest first. */
  readonly load: () => Iterable<readonly [key: string, entry: SharedEntry]>;
  /** Told of each change; undefined: the entry is gone. */
  readonly changed: (kind: SharedEntry["kind"], key: string, entry: SharedEntry | undefined) => void;
}

const NO_KEEPER: SharedStateKeeper = { load: () => [], changed: () => undefined };

/** Shared state of an installation with one gateway: in memory, at most `entriesMax` of each kind. */
export const openMemorySharedState = (
  clock: Clock = systemClock,
  entriesMax = 200_000,
  keeper: SharedStateKeeper = NO_KEEPER,
): SharedState => {
  const entries = { value: new Map<string, SharedEntry>(), counter: new Map<string, SharedEntry>() };
  for (const [key, entry] of keeper.load()) entries[entry.kind].set(key, entry);

  const remove = (kind: SharedEntry["kind"], key: string): void => {
    if (entries[kind].delete(key)) keeper.changed(kind, key, undefined);
  };

  /** Removes what is over; if that is not enough, what was added first. */
  const makeRoom = (kind: SharedEntry["kind"], nowMs: number): void => {
    const held = entries[kind];
    if (held.size < entriesMax) return;
    for (const [key, { untilMs }] of held) if (untilMs <= nowMs) remove(kind, key);
    // A tenth at once, so that a flood of keys does not cost a sweep for each.
    for (const key of held.keys()) {
      if (held.size <= entriesMax * 0.9) break;
      remove(kind, key);
    }
  };

  const put = (key: string, entry: SharedEntry, nowMs: number): void => {
    entries[entry.kind].delete(key);
    makeRoom(entry.kind, nowMs);
    entries[entry.kind].set(key, entry);
    keeper.changed(entry.kind, key, entry);
  };

  return {
    increment: async (key, amount, windowMs, nowMs) => {
      const current = entries.counter.get(key);
      const isCurrent = current?.kind === "counter" && nowMs < current.untilMs && nowMs >= current.untilMs - windowMs;
      if (!isCurrent) {
        put(key, { kind: "counter", total: amount, untilMs: (Math.floor(nowMs / windowMs) + 1) * windowMs }, nowMs);
        return amount;
      }
      current.total += amount;
      if (amount !== 0) keeper.changed("counter", key, current);
      return current.total;
    },
    get: async (key) => {
      const entry = entries.value.get(key);
      if (entry?.kind !== "value") return undefined;
      if (entry.untilMs > clock.now()) return entry.value;
      remove("value", key);
      return undefined;
    },
    set: async (key, value, ttlMs) => {
      const nowMs = clock.now();
      put(key, { kind: "value", value, untilMs: nowMs + ttlMs }, nowMs);
    },
    close: async () => {
      entries.value.clear();
      entries.counter.clear();
    },
  };
};
