import type { SpooledRecord } from "../spool.ts";
import { openFrame, openFrameHeader } from "./spool-frame.ts";
import { comparePositions, formatCursor, type Position } from "./spool-position.ts";

interface Kept {
  readonly segment: number;
  readonly first: number;
  readonly count: number;
  readonly key: Buffer;
  /** As it stands on disk: sealed, and outside the collector's heap. */
  readonly frame: Buffer;
}

/** The newest durable frames, kept so that a drain in this process need not read from the disk what was just written. */
export class SpoolTail {
  readonly #bytesMax: number;
  #frames: Kept[] = [];
  #bytes = 0;
  /** Everything after this position is here. */
  #after: Position;
  #opened: { readonly kept: Kept; readonly records: readonly string[] } | undefined;

  /** `bytesMax` bounds the kept frames. */
  constructor(bytesMax: number, after: Position) {
    this.#bytesMax = bytesMax;
    this.#after = after;
  }

  push(kept: Kept): void {
    this.#frames.push(kept);
    this.#bytes += kept.frame.length;
    while (this.#bytes > this.#bytesMax) this.#drop();
  }

  forget(upTo: Position): void {
    for (;;) {
      const [oldest] = this.#frames;
      if (oldest === undefined || comparePositions(endOf(oldest), upTo) > 0) return;
      this.#drop();
    }
  }

  /** Up to `max` records after `position`, or `undefined` when some of them are no longer here. */
  read(position: Position, max: number): readonly SpooledRecord[] | undefined {
    if (comparePositions(position, this.#after) < 0) return undefined;
    const found: SpooledRecord[] = [];
    for (const kept of this.#frames) {
      if (found.length >= max) break;
      if (comparePositions(endOf(kept), position) <= 0) continue;
      const records = this.#open(kept);
      if (records === undefined) return undefined;
      const from = kept.segment === position.segment ? Math.max(0, position.sequence + 1 - kept.first) : 0;
      for (let at = from; at < kept.count && found.length < max; at += 1) {
        const cursor = formatCursor(kept.segment, kept.first + at);
        found.push({ cursor, next: cursor, json: records[at] ?? "" });
      }
    }
    return found;
  }

  #open(kept: Kept): readonly string[] | undefined {
    if (this.#opened?.kept === kept) return this.#opened.records;
    const header = openFrameHeader(kept.frame);
    const records = header === undefined ? undefined : openFrame(kept.key, header, kept.frame);
    this.#opened = records === undefined ? undefined : { kept, records };
    return records;
  }

  #drop(): void {
    const oldest = this.#frames.shift();
    if (oldest === undefined) return;
    this.#bytes -= oldest.frame.length;
    this.#after = endOf(oldest);
    if (this.#opened?.kept === oldest) this.#opened = undefined;
  }
}

const endOf = ({ segment, first, count }: Kept): Position => ({ segment, sequence: first + count - 1 });
