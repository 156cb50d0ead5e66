import { z } from "zod";
import { hmacHex, systemClock, type Clock } from "#platform";
import type { SharedState } from "../shared-state.ts";
import { openMemorySharedState, type SharedEntry } from "./memory-shared-state.ts";
import { inTransaction, makeStatements, openDatabase } from "./sqlite.ts";

/** What `kill -9` may lose. */
const WRITE_BEHIND_MS = 20;
/** Names whose hashes are remembered. */
const HASHES_MAX = 16_384;

const MIGRATIONS = [
  `CREATE TABLE entries (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT`,
];

const EntryRow = z.object({
  kind: z.enum(["value", "counter"]),
  key: z.string(),
  value: z.string(),
  until_ms: z.number(),
});

/**
 * Shared state of an installation with one gateway that outlives a restart: in memory, written behind to a file. Keys
 * stand there as keyed hashes, because they name sessions and people; at `kill -9` the last 20 ms are lost.
 */
export const openSqliteSharedState = (
  path: string,
  hashKey: Buffer,
  clock: Clock = systemClock,
  entriesMax = 200_000,
): SharedState => {
  const database = openDatabase(path, MIGRATIONS);
  database.exec("PRAGMA synchronous = NORMAL");
  const sql = makeStatements(database);
  sql.run("DELETE FROM entries WHERE until_ms <= ?", clock.now());
  const dirty = new Map<string, readonly [SharedEntry["kind"], string, SharedEntry | undefined]>();
  let timer: NodeJS.Timeout | undefined;

  const write = (): void => {
    timer = undefined;
    const batch = [...dirty.values()];
    if (batch.length === 0) return;
    inTransaction(database, () => {
      for (const [kind, key, entry] of batch) {
        if (entry === undefined) {
          sql.run("DELETE FROM entries WHERE kind = ? AND key = ?", kind, key);
          continue;
        }
        const value = entry.kind === "value" ? entry.value : entry.total.toString();
        sql.run(
          "INSERT INTO entries (kind, key, value, until_ms) VALUES (?, ?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, until_ms = excluded.until_ms",
          kind,
          key,
          value,
          Math.ceil(entry.untilMs),
        );
      }
    });
    dirty.clear();
  };

  const writeSoon = (): void => {
    timer ??= setTimeout(() => {
      try {
        write();
      } catch {
        // A full or busy disk: memory knows it, and the next attempt writes it.
        writeSoon();
      }
    }, WRITE_BEHIND_MS);
    timer.unref();
  };

  const memory = openMemorySharedState(clock, entriesMax, {
    load: () =>
      sql
        .rows(EntryRow, "SELECT kind, key, value, until_ms FROM entries ORDER BY until_ms DESC LIMIT ?", entriesMax)
        .toReversed()
        .map(({ kind, key, value, until_ms: untilMs }): readonly [string, SharedEntry] => [
          key,
          kind === "value" ? { kind, value, untilMs } : { kind, total: Number(value), untilMs },
        ]),
    changed: (kind, key, entry) => {
      dirty.set(`${kind} ${key}`, [kind, key, entry]);
      writeSoon();
    },
  });
  // The few names that a session uses are asked for again and again, each time its agent calls a tool.
  const hashes = new Map<string, string>();
  const hashed = (key: string): string => {
    const known = hashes.get(key);
    if (known !== undefined) return known;
    const hash = hmacHex(hashKey, "shared-state", key).slice(0, 40);
    if (hashes.size >= HASHES_MAX) hashes.clear();
    hashes.set(key, hash);
    return hash;
  };

  return {
    increment: (key, amount, windowMs, nowMs) => memory.increment(hashed(key), amount, windowMs, nowMs),
    get: (key) => memory.get(hashed(key)),
    set: (key, value, ttlMs) => memory.set(hashed(key), value, ttlMs),
    close: async () => {
      clearTimeout(timer);
      write();
      await memory.close();
      database.close();
    },
  };
};
