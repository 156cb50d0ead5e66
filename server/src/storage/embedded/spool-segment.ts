import {
  FRAME_HEADER_BYTES,
  HEADER_BYTES,
  endsUnwritten,
  frameBytes,
  openFrame,
  openFrameHeader,
  type PreviousSegment,
} from "./spool-frame.ts";
import type { SpoolFile } from "./spool-files.ts";

/** A segment on disk, as far as it is durable. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly key: Buffer;
  readonly previous: PreviousSegment | undefined;
  records: number;
  /** End of the last durable frame. */
  bytes: number;
  /** Why none of its records can be read. */
  readonly unreadable?: string;
}

export interface ReadFrame {
  readonly kind: "frame";
  readonly first: number;
  readonly records: readonly string[];
  readonly end: number;
}

export interface DamagedFrame {
  readonly kind: "damaged";
  readonly reason: string;
  readonly offset: number;
  /** Sequence of the first record that can be read again; absent when the rest of the segment is unknown. */
  readonly resume?: number;
}

/** `end`: only zeros follow. `torn`: a write that was cut short, so nothing in it was acknowledged. */
export type FrameStep = ReadFrame | DamagedFrame | { readonly kind: "end" } | { readonly kind: "torn" };

const isUnwritten = async (file: SpoolFile, from: number, end: number): Promise<boolean> => {
  for (let at = from; at < end;) {
    const bytes = await file.read(Math.min(65_536, end - at), at);
    if (bytes.length === 0) return true;
    if (bytes.some((byte) => byte !== 0)) return false;
    at += bytes.length;
  }
  return true;
};

/** Whether a segment's header was never written whole, so that the segment holds nothing. */
export const isHeaderUnwritten = async (file: SpoolFile): Promise<boolean> => {
  const size = await file.size();
  if (size < HEADER_BYTES) return true;
  const header = await file.read(HEADER_BYTES, 0);
  return header.every((byte) => byte === 0) && (await isUnwritten(file, HEADER_BYTES, size));
};

/** Reads the frame at `offset`, which must begin with record `expected`. Nothing at or beyond `end` is looked at. */
export const readFrame = async (
  file: SpoolFile,
  key: Buffer,
  offset: number,
  end: number,
  expected: number,
): Promise<FrameStep> => {
  if (offset >= end) return { kind: "end" };
  const start = await file.read(Math.min(FRAME_HEADER_BYTES, end - offset), offset);
  const header = openFrameHeader(start);
  if (header === undefined) {
    if (await isUnwritten(file, offset + FRAME_HEADER_BYTES, end)) {
      return start.every((byte) => byte === 0) ? { kind: "end" } : { kind: "torn" };
    }
    return { kind: "damaged", reason: "the frame's header was changed", offset };
  }
  const frameEnd = offset + frameBytes(header);
  if (frameEnd > end) return { kind: "torn" };
  const frame = await file.read(frameBytes(header), offset);
  if (frame.length < frameBytes(header)) return { kind: "torn" };
  const records = openFrame(key, header, frame);
  if (records === undefined) {
    if (endsUnwritten(frame) && (await isUnwritten(file, frameEnd, end))) return { kind: "torn" };
    // What a changed header says cannot be trusted, but reading must get on.
    const resume = Math.max(header.first + header.count, expected + 1);
    return { kind: "damaged", reason: "the frame was changed", offset, resume };
  }
  if (header.first > expected) {
    const reason = `records ${String(expected)} to ${String(header.first - 1)} are missing`;
    return { kind: "damaged", reason, offset, resume: header.first };
  }
  if (header.first < expected) {
    const resume = header.first + header.count;
    return { kind: "damaged", reason: "a frame stands there twice", offset, resume: Math.max(expected, resume) };
  }
  return { kind: "frame", first: header.first, records, end: frameEnd };
};

/** Offset of the frame that holds record `sequence`, by frame headers alone; the damage when one was changed. */
export const seekFrame = async (
  file: SpoolFile,
  sequence: number,
  end: number,
): Promise<{ readonly offset: number; readonly first: number } | DamagedFrame> => {
  let offset = HEADER_BYTES;
  while (offset < end) {
    const header = openFrameHeader(await file.read(FRAME_HEADER_BYTES, offset));
    if (header === undefined) return { kind: "damaged", reason: "the frame's header was changed", offset };
    if (header.first + header.count > sequence) return { offset, first: header.first };
    offset += frameBytes(header);
  }
  return { kind: "damaged", reason: `records from ${String(sequence)} on are missing`, offset };
};

/** Walks a whole segment; answers what is durable in it and each damage. */
export const surveySegment = async (
  file: SpoolFile,
  key: Buffer,
): Promise<{ readonly records: number; readonly bytes: number; readonly damage: readonly DamagedFrame[] }> => {
  const size = await file.size();
  const damage: DamagedFrame[] = [];
  let offset = HEADER_BYTES;
  let records = 0;
  for (;;) {
    const step = await readFrame(file, key, offset, size, records);
    if (step.kind === "end" || step.kind === "torn") return { records, bytes: offset, damage };
    if (step.kind === "frame") {
      offset = step.end;
      records = step.first + step.records.length;
      continue;
    }
    damage.push(step);
    const header = openFrameHeader(await file.read(FRAME_HEADER_BYTES, step.offset));
    // Without a header there is no next frame to go to; the rest counts as one lost record.
    if (header === undefined) return { records: records + 1, bytes: size, damage };
    records = Math.max(records, header.first + header.count);
    offset += frameBytes(header);
  }
};
