import { join } from "node:path";
import { writeDurably, type FileLayer, type SpoolFile } from "./spool-files.ts";
import { HEADER_BYTES, makeHeader, type PreviousSegment } from "./spool-frame.ts";
import { segmentName } from "./spool-load.ts";
import type { Segment } from "./spool-segment.ts";

// Zeros are written ahead of the frames: overwriting blocks that the file already has needs no journal
// commit, which took a third off each durable write on ext4.
const AHEAD_BYTES = 256 * 1024;
// One for all fills: a fresh quarter of a megabyte each time costs page faults and the collector's attention.
const ZEROS = Buffer.alloc(AHEAD_BYTES);

/** The one segment being written. After a failure it must be abandoned and never written again. */
export class SegmentWriter {
  readonly segment: Segment;
  readonly #file: SpoolFile;
  readonly #aheadBytes: number;
  #ahead: number;
  #filling: Promise<void> | undefined;

  private constructor(file: SpoolFile, segment: Segment, aheadBytes: number) {
    this.#file = file;
    this.segment = segment;
    this.#aheadBytes = aheadBytes;
    this.#ahead = aheadBytes;
  }

  /** Makes a new segment file, durable with its name. */
  static async create(
    files: FileLayer,
    directory: string,
    key: Buffer,
    number: number,
    previous: PreviousSegment,
    segmentBytes: number,
  ): Promise<SegmentWriter> {
    const path = join(directory, segmentName(number));
    const aheadBytes = Math.max(HEADER_BYTES, Math.min(AHEAD_BYTES, segmentBytes));
    const header = makeHeader(key, number, previous);
    const start = Buffer.alloc(aheadBytes);
    header.bytes.copy(start);
    const file = await files.create(path);
    try {
      await writeDurably(file, start, 0);
      await files.syncDirectory(directory);
    } catch (error) {
      await file.close().catch(() => undefined);
      await files.remove(path).catch(() => undefined);
      throw error;
    }
    const segment = { number, path, key: header.key, previous, records: 0, bytes: HEADER_BYTES };
    return new SegmentWriter(file, segment, aheadBytes);
  }

  /** The frame is on disk when it resolves. */
  async append(frame: Buffer): Promise<void> {
    const end = this.segment.bytes + frame.length;
    // A fill that is under way could overwrite the frame with zeros.
    if (end > this.#ahead && this.#filling !== undefined) await this.#filling;
    await writeDurably(this.#file, frame, this.segment.bytes);
    this.segment.bytes = end;
    this.#ahead = Math.max(this.#ahead, end);
    if (this.#ahead - end < this.#aheadBytes / 2) this.#fill();
  }

  /** Leaves a segment that can be trusted, or, after a failure, one that ends with its last durable frame. */
  async close(): Promise<void> {
    await this.#filling;
    try {
      await this.#file.truncate(this.segment.bytes);
    } catch {
      // What lies beyond is not in the next header's account and is never read.
    }
    await this.#file.close().catch(() => undefined);
  }

  #fill(): void {
    if (this.#filling !== undefined) return;
    const from = this.#ahead;
    this.#filling = this.#file
      .write(ZEROS.subarray(0, this.#aheadBytes), from)
      .then(
        (written) => {
          this.#ahead = from + written;
        },
        // Only speed was lost; if the disk is full the next frame will say so.
        () => undefined,
      )
      .finally(() => {
        this.#filling = undefined;
      });
  }
}
