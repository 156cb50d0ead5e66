import { concat, sha256, type Bytes } from "./bytes.ts";

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

/** RFC 6962 §2.1: SHA-256 of 0x00 and the leaf's bytes. */
export const leafHash = (leaf: Bytes): Promise<Bytes> => sha256(concat(LEAF, leaf));

const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(concat(NODE, left, right));

/**
 * Root that an audit path leads to (RFC 9162 §2.1.3.2, the algorithm for RFC 6962's paths).
 * Undefined when the path is too short or too long for this index and size.
 */
export const rootFromPath = async (
  index: number,
  size: number,
  hash: Bytes,
  path: readonly Bytes[],
): Promise<Bytes | undefined> => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return undefined;
  // Division, not shifts: a log may outgrow 32 bits.
  let node = index;
  let last = size - 1;
  let root = hash;
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      root = await nodeHash(sibling, root);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = await nodeHash(root, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
};
