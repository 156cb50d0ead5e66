import {
  SpoolDamaged,
  SpoolUnavailable,
  type Spool,
  type SpoolCursor,
  type SpooledRecord,
  type SpoolStatus,
} from "../spool.ts";
import { lockDirectory } from "./directory-lock.ts";
import { nodeFiles, type FileLayer } from "./spool-files.ts";
import { FrameSealer } from "./spool-frame.ts";
import { loadSegments, type LoadedSegments } from "./spool-load.ts";
import { comparePositions, formatCursor, parseCursor, START, type Position } from "./spool-position.ts";
import { SpoolQueue, type Waiting } from "./spool-queue.ts";
import { findGone, readAfter, SpoolReader } from "./spool-reader.ts";
import type { Segment } from "./spool-segment.ts";
import { SpoolTail } from "./spool-tail.ts";
import { SpoolWaiters } from "./spool-waiters.ts";
import { SegmentWriter } from "./spool-writer.ts";

export interface FileSpoolOptions {
  /** Made when absent. One process at a time may have it open. */
  readonly directory: string;
  /** 32 bytes. */
  readonly key: Buffer;
  /** Records are refused as `full` beyond this size on disk. */
  readonly bytesMax: number;
  /** A new segment is begun beyond this; at most a quarter of `bytesMax`, since whole segments are trimmed. */
  readonly segmentBytes: number;
  /** Where the reader already stands: numbering goes on after it even when the files are gone. */
  readonly after?: SpoolCursor | undefined;
  readonly files?: FileLayer;
}

const QUEUE_UNITS_MAX = 64 * 1024 * 1024;
const TAIL_BYTES_MAX = 8 * 1024 * 1024;
const RETRY_MS = 250;
const PROBE_MS = 1_000;
const DAMAGE_MAX = 100;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class FileSpool implements Spool {
  readonly #options: FileSpoolOptions;
  readonly #files: FileLayer;
  readonly #segmentBytes: number;
  readonly #lock: { release(): void };
  readonly #segments: Segment[];
  readonly #sealer = new FrameSealer();
  readonly #reader: SpoolReader;
  readonly #tail: SpoolTail;
  readonly #queue = new SpoolQueue();
  readonly #waiters = new SpoolWaiters();
  readonly #damage = new Set<string>();
  #highest: number;
  #writer: SegmentWriter | undefined;
  #storedBytes = 0;
  #running: Promise<void> | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  #trimmed = START;
  #lost = 0;
  #failing: string | undefined;
  #retryAt = 0;
  #probe: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: FileSpoolOptions, lock: { release(): void }, loaded: LoadedSegments) {
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#segmentBytes = Math.min(options.segmentBytes, Math.floor(options.bytesMax / 4));
    this.#lock = lock;
    this.#segments = loaded.segments;
    this.#reader = new SpoolReader(this.#files);
    for (const place of loaded.damage) this.#report(place);
    const after = options.after === undefined ? 0 : parseCursor(options.after).segment;
    this.#highest = Math.max(loaded.highest, after);
    this.#tail = new SpoolTail(TAIL_BYTES_MAX, this.#head());
    this.#countBytes();
  }

  append(json: string): Promise<SpoolCursor> {
    return new Promise((resolve, reject) => this.#accept({ json, resolve, reject }));
  }

  offer(json: string): void {
    this.#accept({ json });
  }

  read(cursor: SpoolCursor | undefined, max: number): Promise<readonly SpooledRecord[]> {
    return this.#exclusively(async () => {
      const asked = cursor === undefined ? START : parseCursor(cursor);
      const after = comparePositions(asked, this.#trimmed) < 0 ? this.#trimmed : asked;
      if (after.segment > this.#highest) throw new Error("the cursor is not of this spool; open it with `after`");
      const gone = findGone(this.#segments, after);
      if (gone !== undefined && this.#report(gone.message)) throw gone;
      const cached = this.#tail.read(after, max);
      if (cached !== undefined) return cached;
      try {
        return await readAfter(this.#reader, this.#segments, after, max);
      } catch (error) {
        if (error instanceof SpoolDamaged) this.#report(error.message);
        throw error;
      }
    });
  }

  waitFor(cursor: SpoolCursor | undefined, signal: AbortSignal): Promise<void> {
    const after = cursor === undefined ? this.#trimmed : parseCursor(cursor);
    if (this.#closed || signal.aborted || comparePositions(this.#head(), after) > 0) return Promise.resolve();
    return this.#waiters.wait(after, signal);
  }

  trim(cursor: SpoolCursor): Promise<void> {
    return this.#exclusively(async () => {
      const upTo = parseCursor(cursor);
      if (comparePositions(upTo, this.#trimmed) <= 0) return;
      this.#trimmed = upTo;
      this.#tail.forget(upTo);
      // The newest segment stays even when it is empty: its number keeps cursors from being given out twice.
      for (let oldest = this.#segments[0]; oldest !== undefined && this.#segments.length > 1;) {
        if (comparePositions({ segment: oldest.number, sequence: oldest.records - 1 }, upTo) > 0) break;
        await this.#reader.close();
        await this.#files.remove(oldest.path);
        this.#segments.shift();
        oldest = this.#segments[0];
      }
      this.#countBytes();
    });
  }

  status(): SpoolStatus {
    let pending = 0;
    for (const { number, records } of this.#segments) {
      if (number > this.#trimmed.segment) pending += records;
      else if (number === this.#trimmed.segment) pending += Math.max(0, records - 1 - this.#trimmed.sequence);
    }
    const failing = this.#failing === undefined ? {} : { failing: this.#failing };
    const { bytesMax } = this.#options;
    return { bytes: this.#storedBytes, bytesMax, pending, lost: this.#lost, damage: [...this.#damage], ...failing };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#probe);
    await this.#running;
    await this.#writer?.close();
    this.#writer = undefined;
    await this.#exclusively(() => this.#reader.close());
    this.#waiters.wakeAll();
    this.#lock.release();
  }

  #accept(entry: Waiting): void {
    const refusal = this.#refusal(entry.json.length);
    if (refusal !== undefined) {
      this.#refuse(entry, refusal);
      return;
    }
    this.#queue.push(entry);
    this.#running ??= this.#run();
  }

  #refusal(units: number): string | undefined {
    if (this.#closed) return "closed";
    if (this.#failing !== undefined && performance.now() < this.#retryAt) return this.#failing;
    if (this.#storedBytes + this.#queue.units + units > this.#options.bytesMax) return "full";
    if (this.#queue.units + units > QUEUE_UNITS_MAX) return "more arrives than the disk takes";
    return undefined;
  }

  #refuse(entry: Waiting, reason: string): void {
    if (entry.reject === undefined) this.#lost += 1;
    else entry.reject(new SpoolUnavailable(reason));
  }

  async #run(): Promise<void> {
    while (!this.#queue.isEmpty) {
      await this.#queue.gather();
      const batch = this.#queue.takeFrame();
      try {
        await this.#commit(batch);
      } catch (error) {
        await this.#fail(batch, error);
      }
    }
    this.#running = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const writer = await this.#writerWithRoom();
    const { segment } = writer;
    const first = segment.records;
    const frame = this.#sealer.seal(segment.key, first, batch);
    await writer.append(frame);
    segment.records = first + batch.length;
    this.#storedBytes += frame.length;
    this.#failing = undefined;
    this.#tail.push({ segment: segment.number, first, count: batch.length, key: segment.key, frame });
    batch.forEach(({ resolve }, index) => resolve?.(formatCursor(segment.number, first + index)));
    this.#waiters.wake({ segment: segment.number, sequence: segment.records - 1 });
  }

  async #writerWithRoom(): Promise<SegmentWriter> {
    const current = this.#writer;
    if (current !== undefined && current.segment.bytes < this.#segmentBytes) return current;
    this.#writer = undefined;
    await current?.close();
    const { directory, key } = this.#options;
    const previous = this.#segments.at(-1) ?? { number: 0, records: 0, bytes: 0 };
    this.#highest += 1;
    const writer = await SegmentWriter.create(this.#files, directory, key, this.#highest, previous, this.#segmentBytes);
    this.#writer = writer;
    this.#segments.push(writer.segment);
    this.#storedBytes += writer.segment.bytes;
    return writer;
  }

  /**
   * After a failed write or sync nobody knows what is on disk, and the kernel may call the next sync a
   * success although it dropped the pages ("fsyncgate"). So the segment ends with its last good frame.
   */
  async #fail(batch: readonly Waiting[], error: unknown): Promise<void> {
    const reason = reasonOf(error);
    this.#failing = reason;
    this.#retryAt = performance.now() + RETRY_MS;
    for (const entry of [...batch, ...this.#queue.takeAll()]) this.#refuse(entry, reason);
    const writer = this.#writer;
    this.#writer = undefined;
    if (writer !== undefined) {
      await writer.close();
      if (writer.segment.records === 0 && this.#segments.at(-1) === writer.segment) {
        this.#segments.pop();
        await this.#files.remove(writer.segment.path).catch(() => undefined);
        this.#countBytes();
      }
    }
    this.#probeLater();
  }

  /** Readiness may keep callers away while the disk fails, so it is tried without them too. */
  #probeLater(): void {
    clearTimeout(this.#probe);
    if (this.#closed) return;
    this.#probe = setTimeout(() => {
      if (this.#failing === undefined) return;
      this.#running ??= this.#tryDisk();
    }, PROBE_MS).unref();
  }

  async #tryDisk(): Promise<void> {
    try {
      await this.#writerWithRoom();
      this.#failing = undefined;
    } catch (error) {
      await this.#fail([], error);
    }
    await this.#run();
  }

  #head(): Position {
    const last = this.#segments.findLast(({ records }) => records > 0);
    return last === undefined ? START : { segment: last.number, sequence: last.records - 1 };
  }

  #countBytes(): void {
    this.#storedBytes = this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #report(place: string): boolean {
    if (this.#damage.has(place)) return false;
    if (this.#damage.size < DAMAGE_MAX) this.#damage.add(place);
    return true;
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#reading.then(work, work);
    this.#reading = turn.catch(() => undefined);
    return await turn;
  }
}

/**
 * The spool in a directory of sealed segment files. Throws when the directory cannot be used or another
 * process has it. Damage does not keep it from opening: it is in `status()` and thrown where it is read.
 */
export const openFileSpool = async (options: FileSpoolOptions): Promise<Spool> => {
  const files = options.files ?? nodeFiles;
  await files.makeDirectory(options.directory);
  const lock = lockDirectory(options.directory, "a spool");
  try {
    return new FileSpool(options, lock, await loadSegments(files, options.directory, options.key));
  } catch (error) {
    lock.release();
    throw error;
  }
};
