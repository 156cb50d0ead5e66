import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { LedgerStore } from "../ledger-store.ts";
import { createAppender } from "./ledger-append.ts";
import { createAppendThread } from "./ledger-append-thread.ts";
import { foldHashes, HASH_BYTES, tilePosition } from "./ledger-hash-tiles.ts";
import { createTileFiles } from "./ledger-tile-files.ts";
import { bytes, connect, integer, text } from "./ledger-rows.ts";
import { inTransaction } from "./sqlite.ts";

const SCHEMA_VERSION = 1;
/** From so many entries on a batch is worth a thread: below it is a few milliseconds of the event loop. */
const THREAD_FROM = 200;
/** The tile format prefixes an entry with its length in two bytes. */
const ENTRY_BYTES_MAX = 65_535;

const SCHEMA = `
CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  exchange TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_id ON entries (id);
CREATE INDEX entries_exchange ON entries (exchange) WHERE exchange <> '';
CREATE TABLE hash_tiles (
  level INTEGER NOT NULL,
  tile INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, tile)
) STRICT;
CREATE TABLE verifier_keys (position INTEGER PRIMARY KEY, vkey TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  cursor TEXT,
  note TEXT,
  note_size INTEGER NOT NULL,
  note_time TEXT,
  published INTEGER NOT NULL
) STRICT;
INSERT INTO head VALUES (1, 0, NULL, NULL, 0, NULL, 0);
`;

const openDatabase = (file: string): DatabaseSync => {
  const database = connect(file);
  try {
    const version = integer(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > SCHEMA_VERSION) throw new Error(`${file} was written by a newer version (schema ${version})`);
    if (version === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/** Size in a checkpoint's second line (c2sp.org/tlog-checkpoint). */
const publishedSize = (note: string): number => {
  const size = Number(note.split("\n", 2)[1]);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error("tiles/checkpoint is not a checkpoint");
  return size;
};

/**
 * `ledger.db` (entries, hash tiles, cursor, head) and `tiles/` (the published folder) in `directory`.
 * The database is the truth; the folder follows it at each checkpoint and can be rebuilt from it.
 */
export const openSqliteLedgerStore = async (directory: string): Promise<LedgerStore> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = createTileFiles(join(directory, "tiles"));
  const path = join(directory, "ledger.db");
  const database = openDatabase(path);

  const readHead = database.prepare("SELECT * FROM head");
  const writeNote = database.prepare("UPDATE head SET note = ?, note_size = ?, note_time = ?");
  const writePublished = database.prepare("UPDATE head SET published = ?");
  const readEntry = database.prepare("SELECT bytes FROM entries WHERE position = ?");
  const readEntries = database.prepare(
    "SELECT bytes FROM entries WHERE position >= ? AND position < ? ORDER BY position",
  );
  const readIndexes = database.prepare(
    "SELECT position FROM entries WHERE exchange = ? AND exchange <> '' ORDER BY position",
  );
  const readTile = database.prepare("SELECT hashes FROM hash_tiles WHERE level = ? AND tile = ?");
  const readKeys = database.prepare("SELECT vkey FROM verifier_keys ORDER BY position");
  const insertKey = database.prepare("INSERT INTO verifier_keys (vkey) VALUES (?) ON CONFLICT (vkey) DO NOTHING");

  const head = () => {
    const row = readHead.get();
    const note = row?.["note"] ?? null;
    return {
      size: integer(row?.["size"]),
      cursor: row?.["cursor"] ?? null,
      noteSize: integer(row?.["note_size"]),
      published: integer(row?.["published"]),
      checkpoint:
        note === null
          ? undefined
          : { note: text(note), time: text(row?.["note_time"]), size: integer(row?.["note_size"]) },
    };
  };

  const tileHashes = (level: number, tile: number): Uint8Array | undefined => {
    const row = readTile.get(level, tile);
    return row === undefined ? undefined : bytes(row["hashes"]);
  };

  const appendHere = createAppender(database);
  const thread = createAppendThread(path);
  const append: LedgerStore["append"] = async (entries, cursor) => {
    for (const entry of entries) {
      if (entry.bytes.length > ENTRY_BYTES_MAX)
        throw new RangeError(`entry ${entry.id} is over ${ENTRY_BYTES_MAX} bytes`);
    }
    const isHere = entries.length < THREAD_FROM && thread.isIdle();
    return isHere ? appendHere(entries, cursor) : thread.append(entries, cursor);
  };

  const hash: LedgerStore["hash"] = async (level, index) => {
    const { tileLevel, tile, first, width } = tilePosition(level, index);
    const hashes = tileHashes(tileLevel, tile);
    const wanted = hashes?.subarray(first * HASH_BYTES, (first + width) * HASH_BYTES);
    return wanted?.length === width * HASH_BYTES ? foldHashes(wanted) : undefined;
  };

  const source = {
    hashes: (level: number, tile: number): Uint8Array => {
      const hashes = tileHashes(level, tile);
      if (hashes === undefined) throw new Error(`ledger.db: hash tile ${level}/${tile} is missing`);
      return hashes;
    },
    entries: (first: number, last: number): readonly Uint8Array[] => {
      const rows = readEntries.all(first, last).map((row) => bytes(row["bytes"]));
      if (rows.length !== last - first) throw new Error(`ledger.db: entries ${first} to ${last - 1} are not all there`);
      return rows;
    },
  };

  const publish = async (note: string, size: number, time: string): Promise<void> => {
    const { size: logSize, noteSize, published } = head();
    if (!Number.isSafeInteger(size) || size < noteSize || size > logSize) {
      throw new RangeError(`checkpoint of ${size} entries; the log has ${logSize}, the last checkpoint ${noteSize}`);
    }
    await files.grow(published, size, source);
    // The file before the row: nobody can be handed a checkpoint that the folder does not hold.
    await files.publish("checkpoint", note);
    await files.clean(published, size);
    inTransaction(database, () => {
      writeNote.run(note, size, time);
      writePublished.run(size);
    });
  };

  /** After a crash or a restored database the folder may be ahead; its checkpoint stays the one to answer to. */
  const adoptPublished = async (): Promise<void> => {
    const note = await files.read("checkpoint");
    if (note === undefined) {
      writePublished.run(0);
    } else if (publishedSize(note) > head().noteSize) {
      writeNote.run(note, publishedSize(note), new Date().toISOString());
    }
  };

  try {
    await adoptPublished();
  } catch (error) {
    database.close();
    throw error;
  }

  const verifierKeys = (): readonly string[] => readKeys.all().map((row) => text(row["vkey"]));
  let publishing: Promise<void> = Promise.resolve();
  /** One writer of the folder at a time; a failure is the caller's, the next starts afresh. */
  const serially = (work: () => Promise<void>): Promise<void> => {
    const done = publishing.then(work);
    publishing = done.catch(() => undefined);
    return done;
  };

  return {
    size: async () => head().size,
    cursor: async () => {
      const { cursor } = head();
      return cursor === null ? undefined : text(cursor);
    },
    append,
    entry: async (index) => {
      const row = readEntry.get(index);
      return row === undefined ? undefined : bytes(row["bytes"]);
    },
    indexesOf: async (exchange) => readIndexes.all(exchange).map((row) => integer(row["position"])),
    hash,
    checkpoint: async () => head().checkpoint,
    putCheckpoint: (note, size, time) => serially(() => publish(note, size, time)),
    verifierKeys: async () => verifierKeys(),
    addVerifierKey: (vkey) =>
      serially(async () => {
        insertKey.run(vkey);
        const lines = `${verifierKeys().join("\n")}\n`;
        if ((await files.read("log.vkey")) !== lines) await files.publish("log.vkey", lines);
      }),
    close: async () => {
      await publishing;
      await thread.close();
      if (database.isOpen) database.close();
    },
  };
};
