import { createHash } from "node:crypto";

export const TILE_WIDTH = 256;
export const HASH_BYTES = 32;

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** RFC 6962 §2.1 leaf hash. */
export const hashEntry = (entry: Uint8Array): Buffer => createHash("sha256").update(LEAF).update(entry).digest();

const join = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash("sha256").update(NODE).update(left).update(right).digest();

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const half = (value: number): number => Math.floor(value / 2);
const isOdd = (value: number): boolean => value % 2 === 1;

/** Root of a growing log from leaf hashes in order; holds one hash per complete subtree on the right edge. */
export const createAccumulator = () => {
  const edge: { readonly width: number; readonly hash: Buffer }[] = [];
  let size = 0;
  return {
    size: (): number => size,
    push: (leaf: Buffer): void => {
      size += 1;
      let node = { width: 1, hash: leaf };
      for (let left = edge.at(-1); left?.width === node.width; left = edge.at(-1)) {
        edge.pop();
        node = { width: node.width * 2, hash: join(left.hash, node.hash) };
      }
      edge.push(node);
    },
    root: (): Buffer => {
      const last = edge.at(-1);
      if (last === undefined) return createHash("sha256").digest();
      return edge.slice(0, -1).reduceRight((right, { hash }) => join(hash, right), last.hash);
    },
  };
};

/** RFC 9162 §2.1.3.2. */
export const checkInclusion = (
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean => {
  if (index < 0 || index >= size) return false;
  let [at, last] = [index, size - 1];
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      hash = join(sibling, hash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = join(hash, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(hash, root);
};

/** RFC 9162 §2.1.4.2. An empty old log is a prefix of every log. */
export const checkConsistency = (
  oldSize: number,
  oldRoot: Uint8Array,
  size: number,
  root: Uint8Array,
  path: readonly Uint8Array[],
): boolean => {
  if (oldSize < 0 || oldSize > size) return false;
  if (oldSize === size) return path.length === 0 && same(oldRoot, root);
  if (oldSize === 0) return path.length === 0 && same(oldRoot, createHash("sha256").digest());
  const isComplete = 2 ** Math.round(Math.log2(oldSize)) === oldSize;
  const [first, ...rest] = isComplete ? [oldRoot, ...path] : path;
  if (first === undefined || path.length === 0) return false;
  let [at, last] = [oldSize - 1, size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  let before = first;
  let after = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      before = join(hash, before);
      after = join(hash, after);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      after = join(after, hash);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(before, oldRoot) && same(after, root);
};
