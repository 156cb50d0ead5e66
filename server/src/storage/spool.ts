/** Where a record stands. Opaque to callers, ordered, survives restarts. Format `segment:sequence`. */
export type SpoolCursor = string;

export interface SpooledRecord {
  readonly cursor: SpoolCursor;
  /** Cursor to continue after this record. */
  readonly next: SpoolCursor;
  /** JSON text of a `SpoolRecord`, or of a shipped telemetry record. */
  readonly json: string;
}

export interface SpoolStatus {
  readonly bytes: number;
  readonly bytesMax: number;
  /** Records appended and not yet trimmed. */
  readonly pending: number;
  /** Records of `offer` that could not be made durable. */
  readonly lost: number;
  /** Why appends fail now; absent when they do not. */
  readonly failing?: string;
  /** Places that do not read back as they were written, in the order they were found. */
  readonly damage: readonly string[];
}

/**
 * The durable queue between gateway or ingest and monitor: segment files, group commit, fsync.
 * Frames are sealed with AES-256-GCM, so that captured text is never in clear on disk and
 * every flipped byte is noticed.
 */
export interface Spool {
  /**
   * Appends and resolves once the record is on disk (fsync). Rejects with `SpoolUnavailable` when it
   * cannot be made durable (disk full, I/O error, size limit, closed); a failed fsync is never success:
   * the segment is abandoned and a new one begun. Recovers by itself when the disk does.
   */
  append(json: string): Promise<SpoolCursor>;
  /** Appends without waiting; durable with the next commit. Failure is counted in `lost`. */
  offer(json: string): void;
  /**
   * Up to `max` durable records after `cursor` (`undefined`: from the oldest kept). Empty when drained.
   * Rejects with `SpoolDamaged` where stored records were changed or are gone; reading goes on from its
   * `next` once the loss has been recorded. A cursor may be repeated, so readers de-duplicate by id.
   */
  read(cursor: SpoolCursor | undefined, max: number): Promise<readonly SpooledRecord[]>;
  /** Resolves when a durable record after `cursor` exists, or on `signal`. */
  waitFor(cursor: SpoolCursor | undefined, signal: AbortSignal): Promise<void>;
  /** Forgets everything up to and including `cursor`; whole segments are deleted. */
  trim(cursor: SpoolCursor): Promise<void>;
  status(): SpoolStatus;
  /** Commits what was accepted, then closes. */
  close(): Promise<void>;
}

export class SpoolUnavailable extends Error {
  override readonly name = "SpoolUnavailable";
}

/** Stored records were changed, removed or moved. Names the place; never passed over in silence. */
export class SpoolDamaged extends Error {
  override readonly name = "SpoolDamaged";
  /** Cursor after which undamaged records follow. */
  readonly next: SpoolCursor;

  constructor(place: string, next: SpoolCursor) {
    super(place);
    this.next = next;
  }
}
