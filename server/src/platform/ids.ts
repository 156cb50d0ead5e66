import { randomFillSync } from "node:crypto";

const HEX = Buffer.from("0123456789abcdef");
const POOL_BYTES = 8192;
const BYTES_PER_ID = 10;
// A clock that steps back by less than this keeps the order of ids; a larger step is believed.
const ROLLBACK_MS = 10_000;

const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;
let lastMs = -1;
let counter = 0;

/** Where each byte's two digits stand in an id. */
const DIGITS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const text = Buffer.from("00000000-0000-0000-0000-000000000000");

const put = (position: number, byte: number): void => {
  const at = DIGITS[position] as number;
  text[at] = HEX[(byte >>> 4) & 0xf] as number;
  text[at + 1] = HEX[byte & 0xf] as number;
};

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
  put(0, high >>> 8);
  put(1, high);
  put(2, low >>> 24);
  put(3, low >>> 16);
  put(4, low >>> 8);
  put(5, low);
  put(6, 0x70 | (counter >>> 8));
  put(7, counter);
  put(8, 0x80 | ((pool[at + 2] as number) & 0x3f));
  for (let offset = 3; offset < BYTES_PER_ID; offset += 1) put(6 + offset, pool[at + offset] as number);
  // Read from bytes in one go: a sum of strings would be a chain of references.
  return text.toString("latin1") as Id;
};
