import type { DatabaseSync } from "node:sqlite";
import type { LedgerStore } from "../ledger-store.ts";
import type { SpoolCursor } from "../spool.ts";
import { extendTiles, hashLeaf } from "./ledger-hash-tiles.ts";
import { bytes, integer } from "./ledger-rows.ts";
import { inTransaction } from "./sqlite.ts";

export type LedgerEntries = Parameters<LedgerStore["append"]>[0];
export type Appended = Awaited<ReturnType<LedgerStore["append"]>>;

/** Appends entries, tiles and cursor in one transaction. */
export const createAppender = (database: DatabaseSync): ((entries: LedgerEntries, cursor: SpoolCursor) => Appended) => {
  const readSize = database.prepare("SELECT size FROM head");
  const writeSize = database.prepare("UPDATE head SET size = ?, cursor = ?");
  const insertEntry = database.prepare(
    "INSERT INTO entries (position, id, exchange, bytes) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
  );
  const readTile = database.prepare("SELECT hashes FROM hash_tiles WHERE level = ? AND tile = ?");
  const writeTile = database.prepare(
    "INSERT INTO hash_tiles VALUES (?, ?, ?) ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes",
  );
  const tileHashes = (level: number, tile: number): Uint8Array | undefined => {
    const row = readTile.get(level, tile);
    return row === undefined ? undefined : bytes(row["hashes"]);
  };
  return (entries, cursor) =>
    inTransaction(database, () => {
      const first = integer(readSize.get()?.["size"]);
      const leaves: Uint8Array[] = [];
      for (const entry of entries) {
        const { changes } = insertEntry.run(first + leaves.length, entry.id, entry.exchange, entry.bytes);
        if (Number(changes) === 1) leaves.push(hashLeaf(entry.bytes));
      }
      for (const tile of extendTiles(first, leaves, tileHashes)) writeTile.run(tile.level, tile.index, tile.hashes);
      writeSize.run(first + leaves.length, cursor);
      return { first, size: first + leaves.length };
    });
};
