import { randomFillSync } from "node:crypto";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const POOL_BYTES = 8192;
const BYTES_PER_ID = 10;
// A clock that steps back by less than this keeps the order of ids; a larger step is believed.
const ROLLBACK_MS = 10_000;

const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;
let lastMs = -1;
let counter = 0;

const hex = (byte: number): string => HEX[byte & 0xff] as string;

/**
 * UUIDv7 (RFC 9562 §5.7, method 1 of §6.2): 48 bits of time, a 12-bit counter that starts at a random
 * value below 2048 in each millisecond, 62 random bits. Strictly rising within one process; when the
 * counter runs out the id borrows from the next millisecond. `Id` may be a branded id: by construction it is one.
 */
export const uuidv7 = <Id extends string = string>(nowMs: number): Id => {
  if (used + BYTES_PER_ID > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += BYTES_PER_ID;
  const now = Math.floor(nowMs);
  if (now > lastMs || lastMs - now > ROLLBACK_MS) {
    lastMs = now;
    counter = pool.readUInt16BE(at) & 0x7ff;
  } else if (counter < 0xfff) {
    counter += 1;
  } else {
    lastMs += 1;
    counter = pool.readUInt16BE(at) & 0x7ff;
  }
  const high = Math.floor(lastMs / 0x1_0000_0000);
  const low = lastMs % 0x1_0000_0000;
  const random = (offset: number): number => pool[at + offset] as number;
  return (hex(high >>> 8) +
    hex(high) +
    hex(low >>> 24) +
    hex(low >>> 16) +
    "-" +
    hex(low >>> 8) +
    hex(low) +
    "-" +
    hex(0x70 | (counter >>> 8)) +
    hex(counter) +
    "-" +
    hex(0x80 | (random(2) & 0x3f)) +
    hex(random(3)) +
    "-" +
    hex(random(4)) +
    hex(random(5)) +
    hex(random(6)) +
    hex(random(7)) +
    hex(random(8)) +
    hex(random(9))) as Id;
};
