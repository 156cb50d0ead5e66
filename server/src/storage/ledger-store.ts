import type { SpoolCursor } from "./spool.ts";

/** Leaves and tiles of the transparency log, with the spool cursor in the same transaction. */
export interface LedgerStore {
  size(): Promise<number>;
  /** Cursor of the last record whose leaf is committed. */
  cursor(): Promise<SpoolCursor | undefined>;
  /**
   * Commits entries (RFC 8785 JSON bytes) at the end of the log together with the cursor; durable when
   * it resolves. Answers the index of the first. Entries whose `id` is in the log already are left out.
   */
  append(
    entries: readonly { readonly id: string; readonly exchange: string; readonly bytes: Uint8Array }[],
    cursor: SpoolCursor,
  ): Promise<{ readonly first: number; readonly size: number }>;
  entry(index: number): Promise<Uint8Array | undefined>;
  /** Indexes of an exchange's leaves, ascending. */
  indexesOf(exchange: string): Promise<readonly number[]>;
  /** RFC 6962 hash of the complete subtree `level`, `index` (level 0: leaves). */
  hash(level: number, index: number): Promise<Uint8Array | undefined>;
  /** Newest signed checkpoint (C2SP signed note) and when it was made. */
  checkpoint(): Promise<{ readonly note: string; readonly time: string; readonly size: number } | undefined>;
  /**
   * Stores a checkpoint and brings the tile files up to its size; tiles are on disk before it is.
   * Rejects when `size` is beyond the log or below the newest checkpoint: a head never goes back.
   */
  putCheckpoint(note: string, size: number, time: string): Promise<void>;
  /** C2SP vkey lines of every key that ever signed here, oldest first. */
  verifierKeys(): Promise<readonly string[]>;
  /** Remembers a vkey and publishes it (`log.vkey`) before anything is signed with it. Known ones are left. */
  addVerifierKey(vkey: string): Promise<void>;
  close(): Promise<void>;
}
