import { SpoolDamaged, type SpooledRecord } from "../spool.ts";
import type { FileLayer, SpoolFile } from "./spool-files.ts";
import { segmentName } from "./spool-load.ts";
import { comparePositions, formatCursor, type Position } from "./spool-position.ts";
import { readFrame, seekFrame, type DamagedFrame, type ReadFrame, type Segment } from "./spool-segment.ts";

/** Reads records back from segment files. Remembers the frame it stands in, so that reading on costs no search. */
export class SpoolReader {
  readonly #files: FileLayer;
  #file: SpoolFile | undefined;
  #segment = 0;
  #frame: ReadFrame | undefined;

  constructor(files: FileLayer) {
    this.#files = files;
  }

  /** Up to `max` records from `sequence` on. Throws `SpoolDamaged` when the first of them cannot be had. */
  async read(segment: Segment, sequence: number, max: number): Promise<readonly SpooledRecord[]> {
    if (segment.unreadable !== undefined) throw this.#damaged(segment, 0, segment.unreadable, undefined);
    const records: SpooledRecord[] = [];
    let wanted = sequence;
    while (records.length < max && wanted < segment.records) {
      const frame = await this.#frameWith(segment, wanted);
      if (frame.kind === "damaged") {
        // From here on only a search finds the way past the damage.
        this.#frame = undefined;
        if (records.length > 0) return records;
        throw this.#damaged(segment, frame.offset, frame.reason, frame.resume);
      }
      for (let at = wanted - frame.first; at < frame.records.length && records.length < max; at += 1) {
        const json = frame.records[at];
        if (json === undefined) break;
        const cursor = formatCursor(segment.number, wanted);
        records.push({ cursor, next: cursor, json });
        wanted += 1;
      }
    }
    return records;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#frame = undefined;
    this.#segment = 0;
    await file?.close();
  }

  async #frameWith(segment: Segment, sequence: number): Promise<ReadFrame | DamagedFrame> {
    if (this.#file === undefined || this.#segment !== segment.number) {
      await this.close();
      this.#file = await this.#files.open(segment.path);
      this.#segment = segment.number;
    }
    const last = this.#frame;
    const follows = last === undefined ? -1 : last.first + last.records.length;
    if (last !== undefined && sequence >= last.first && sequence < follows) return last;
    const place =
      last !== undefined && sequence === follows
        ? { offset: last.end, first: sequence }
        : await seekFrame(this.#file, sequence, segment.bytes);
    if ("kind" in place) return place;
    // A search that lands beyond the wanted record has found a gap; readFrame names it.
    const expected = Math.min(place.first, sequence);
    const step = await readFrame(this.#file, segment.key, place.offset, segment.bytes, expected);
    switch (step.kind) {
      case "frame":
        this.#frame = step;
        return step;
      case "damaged":
        return step;
      case "end":
      case "torn":
        return { kind: "damaged", reason: "the segment was cut", offset: place.offset };
    }
  }

  #damaged(segment: Segment, offset: number, reason: string, resume: number | undefined): SpoolDamaged {
    const place = `${segmentName(segment.number)} at byte ${String(offset)}: ${reason}`;
    const next: Position = { segment: segment.number, sequence: (resume ?? segment.records) - 1 };
    return new SpoolDamaged(place, formatCursor(next.segment, next.sequence));
  }
}

/** Up to `max` records after a place, from the first segment that has any. */
export const readAfter = async (
  reader: SpoolReader,
  segments: readonly Segment[],
  after: Position,
  max: number,
): Promise<readonly SpooledRecord[]> => {
  for (const segment of segments) {
    const from = segment.number === after.segment ? after.sequence + 1 : 0;
    if (segment.number < after.segment || from >= segment.records) continue;
    return await reader.read(segment, from, max);
  }
  return [];
};

/** What a reader's place proves to be gone: the end that it has read, or segments at the old end that it has not. */
export const findGone = (segments: readonly Segment[], after: Position): SpoolDamaged | undefined => {
  const place = formatCursor(after.segment, after.sequence);
  const own = segments.find(({ number }) => number === after.segment);
  if (own !== undefined && after.sequence >= own.records) {
    return new SpoolDamaged(`records up to ${place} were read before and are gone`, place);
  }
  const [oldest] = segments;
  if (oldest?.previous === undefined || after.segment === 0 || after.segment >= oldest.number) return undefined;
  const end = { segment: oldest.previous.number, sequence: oldest.previous.records - 1 };
  if (comparePositions(after, end) >= 0) return undefined;
  return new SpoolDamaged(`records after ${place} are missing`, formatCursor(end.segment, end.sequence));
};
