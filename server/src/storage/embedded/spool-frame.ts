import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * Bytes of a segment file. All integers are big-endian.
 *
 *     segment = header frame* zero*
 *     header  = "PSPOOL01" number:4 salt:32 previousNumber:4 previousRecords:4 previousBytes:8 tag:16
 *     frame   = length:4 count:4 first:4 crc32:4 sealed:length tag:16 end:1
 *     sealed  = AES-256-GCM of (length:4 utf8:length)*count
 *
 * Each segment has its own key, HKDF-SHA-256 over the spool's key with the segment's salt and number, so a
 * nonce (the number of the frame's first record) is used once. The frame's header is authenticated with its
 * text and `first` must follow on: frames cannot be dropped, doubled, swapped or carried to another segment.
 * The header names what the segment before held when it was left, so that segments cannot be cut or removed.
 * The crc32 only tells a write that was cut short from a header that was changed.
 */
export const HEADER_BYTES = 80;
export const FRAME_HEADER_BYTES = 16;
const TAG_BYTES = 16;
const FRAME_OVERHEAD_BYTES = FRAME_HEADER_BYTES + TAG_BYTES + 1;

const MAGIC = Buffer.from("PSPOOL01");
const FRAME_END = 0x5a;
const HEADER_NONCE = Buffer.alloc(12, 0xff);

/** What a segment held when writing moved on to the next; number 0 when there was none before. */
export interface PreviousSegment {
  readonly number: number;
  readonly records: number;
  readonly bytes: number;
}

export interface SegmentHeader {
  readonly number: number;
  readonly key: Buffer;
  readonly previous: PreviousSegment;
}

export interface FrameHeader {
  readonly length: number;
  readonly count: number;
  /** Sequence of the first record in this frame. */
  readonly first: number;
}

const segmentKey = (key: Buffer, number: number, salt: Uint8Array): Buffer =>
  Buffer.from(hkdfSync("sha256", key, salt, `parapet spool segment ${String(number)}`, 32));

const nonce = (first: number): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(first, 8);
  return bytes;
};

export const makeHeader = (
  key: Buffer,
  number: number,
  previous: PreviousSegment,
): { readonly bytes: Buffer; readonly key: Buffer } => {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(number, 8);
  randomBytes(32).copy(bytes, 12);
  bytes.writeUInt32BE(previous.number, 44);
  bytes.writeUInt32BE(previous.records, 48);
  bytes.writeBigUInt64BE(BigInt(previous.bytes), 52);
  const own = segmentKey(key, number, bytes.subarray(12, 44));
  const cipher = createCipheriv("aes-256-gcm", own, HEADER_NONCE);
  cipher.setAAD(bytes.subarray(0, 60));
  cipher.final();
  cipher.getAuthTag().copy(bytes, 60);
  return { bytes, key: own };
};

/** Answers `undefined` for a header that was not written with this key. */
export const openHeader = (key: Buffer, number: number, bytes: Buffer): SegmentHeader | undefined => {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (bytes.readUInt32BE(8) !== number || bytes.readUInt32BE(76) !== 0) return undefined;
  const own = segmentKey(key, number, bytes.subarray(12, 44));
  const decipher = createDecipheriv("aes-256-gcm", own, HEADER_NONCE);
  decipher.setAAD(bytes.subarray(0, 60));
  decipher.setAuthTag(bytes.subarray(60, 76));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  const previous = {
    number: bytes.readUInt32BE(44),
    records: bytes.readUInt32BE(48),
    bytes: Number(bytes.readBigUInt64BE(52)),
  };
  return { number, key: own, previous };
};

/** Seals records into frames; keeps one scratch buffer so that a record is copied once before it is sealed. */
export class FrameSealer {
  #scratch = Buffer.allocUnsafe(256 * 1024);

  seal(key: Buffer, first: number, records: readonly { readonly json: string }[]): Buffer {
    let used = 0;
    for (const { json } of records) {
      // A UTF-16 code unit takes at most three bytes in UTF-8.
      const needed = used + 4 + json.length * 3;
      if (needed > this.#scratch.length) this.#grow(needed, used);
      const written = this.#scratch.write(json, used + 4);
      this.#scratch.writeUInt32BE(written, used);
      used += 4 + written;
    }
    const frame = Buffer.allocUnsafe(used + FRAME_OVERHEAD_BYTES);
    frame.writeUInt32BE(used, 0);
    frame.writeUInt32BE(records.length, 4);
    frame.writeUInt32BE(first, 8);
    frame.writeUInt32BE(crc32(frame.subarray(0, 12)), 12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce(first));
    cipher.setAAD(frame.subarray(0, FRAME_HEADER_BYTES));
    cipher.update(this.#scratch.subarray(0, used)).copy(frame, FRAME_HEADER_BYTES);
    cipher.final();
    cipher.getAuthTag().copy(frame, FRAME_HEADER_BYTES + used);
    frame[frame.length - 1] = FRAME_END;
    if (this.#scratch.length > 8 * 1024 * 1024) this.#scratch = Buffer.allocUnsafe(256 * 1024);
    return frame;
  }

  #grow(needed: number, used: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#scratch.length * 2));
    this.#scratch.copy(larger, 0, 0, used);
    this.#scratch = larger;
  }
}

/** Answers `undefined` when the sixteen bytes are not a frame's header. */
export const openFrameHeader = (bytes: Buffer): FrameHeader | undefined => {
  if (bytes.length < FRAME_HEADER_BYTES || crc32(bytes.subarray(0, 12)) !== bytes.readUInt32BE(12)) return undefined;
  const count = bytes.readUInt32BE(4);
  if (count === 0) return undefined;
  return { length: bytes.readUInt32BE(0), count, first: bytes.readUInt32BE(8) };
};

export const frameBytes = (header: FrameHeader): number => header.length + FRAME_OVERHEAD_BYTES;

/** Whether the byte that is written last is missing, as after a write that was cut short. */
export const endsUnwritten = (frame: Buffer): boolean => frame[frame.length - 1] === 0;

/** The frame's records, or `undefined` when it is not what was sealed. */
export const openFrame = (key: Buffer, header: FrameHeader, frame: Buffer): readonly string[] | undefined => {
  if (frame[frame.length - 1] !== FRAME_END) return undefined;
  const sealedEnd = FRAME_HEADER_BYTES + header.length;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce(header.first));
  decipher.setAAD(frame.subarray(0, FRAME_HEADER_BYTES));
  decipher.setAuthTag(frame.subarray(sealedEnd, sealedEnd + TAG_BYTES));
  const plain = decipher.update(frame.subarray(FRAME_HEADER_BYTES, sealedEnd));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  const records: string[] = [];
  for (let at = 0; at < plain.length;) {
    const length = plain.readUInt32BE(at);
    records.push(plain.toString("utf8", at + 4, at + 4 + length));
    at += 4 + length;
  }
  return records.length === header.count ? records : undefined;
};
