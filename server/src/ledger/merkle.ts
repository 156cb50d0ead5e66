import { hash } from "node:crypto";

/** RFC 6962 hash of the complete subtree of 2^level leaves at `index`; undefined when the log does not reach it. */
export type HashReader = (level: number, index: number) => Promise<Uint8Array | undefined>;

const sha256 = (...parts: readonly Uint8Array[]): Buffer => hash("sha256", Buffer.concat(parts), "buffer");

/** RFC 6962 §2.1: SHA-256(0x00 || entry). */
export const leafHash = (entry: Uint8Array): Buffer => sha256(Uint8Array.of(0), entry);

/** RFC 6962 §2.1: SHA-256(0x01 || left || right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Uint8Array.of(1), left, right);

/** Largest power of two below `width`; `width` is at least 2. */
const splitPoint = (width: number): number => {
  let split = 1;
  while (split * 2 < width) split *= 2;
  return split;
};

/** MTH(D[first:last]) for ranges whose start is a multiple of every power of two they are split at. */
const rangeHash = async (first: number, last: number, read: HashReader): Promise<Uint8Array> => {
  const width = last - first;
  const level = Math.round(Math.log2(width));
  if (2 ** level === width) {
    const stored = await read(level, first / width);
    if (stored === undefined) throw new Error(`ledger: hash ${level}/${first / width} is missing`);
    return stored;
  }
  const middle = first + splitPoint(width);
  return nodeHash(await rangeHash(first, middle, read), await rangeHash(middle, last, read));
};

/** Root of the first `size` entries; of none, SHA-256 of nothing. */
export const treeRoot = async (size: number, read: HashReader): Promise<Uint8Array> =>
  size === 0 ? sha256() : rangeHash(0, size, read);

/** PATH(m, D[n]) of RFC 6962 §2.1.1, leaf to root. `index` is below `size`. */
export const inclusionPath = async (index: number, size: number, read: HashReader): Promise<readonly Uint8Array[]> => {
  const path: Uint8Array[] = [];
  let first = 0;
  let last = size;
  while (last - first > 1) {
    const middle = first + splitPoint(last - first);
    if (index < middle) {
      path.push(await rangeHash(middle, last, read));
      last = middle;
    } else {
      path.push(await rangeHash(first, middle, read));
      first = middle;
    }
  }
  return path.reverse();
};

/** PROOF(m, D[n]) of RFC 6962 §2.1.2; empty for `oldSize` 0 and for equal sizes. */
export const consistencyPath = async (
  oldSize: number,
  size: number,
  read: HashReader,
): Promise<readonly Uint8Array[]> => {
  if (oldSize === 0 || oldSize === size) return [];
  const path: Uint8Array[] = [];
  let first = 0;
  let last = size;
  while (last > oldSize) {
    const middle = first + splitPoint(last - first);
    if (oldSize <= middle) {
      path.push(await rangeHash(middle, last, read));
      last = middle;
    } else {
      path.push(await rangeHash(first, middle, read));
      first = middle;
    }
  }
  // The old root itself is known to whoever asks, so it is not sent when the old tree is one complete subtree.
  if (first > 0) path.push(await rangeHash(first, last, read));
  return path.reverse();
};
