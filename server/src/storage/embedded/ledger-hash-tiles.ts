import { hash } from "node:crypto";

/** Bytes of one SHA-256 hash. */
export const HASH_BYTES = 32;
/** Hashes in a full tile (c2sp.org/tlog-tiles). */
export const TILE_WIDTH = 256;

const sha256 = (bytes: Uint8Array): Buffer => hash("sha256", bytes, "buffer");

/** RFC 6962 §2.1: SHA-256(0x00 || entry). */
export const hashLeaf = (entry: Uint8Array): Buffer => {
  const bytes = Buffer.allocUnsafe(entry.length + 1);
  bytes[0] = 0;
  bytes.set(entry, 1);
  return sha256(bytes);
};

/** Root of a complete subtree given the hashes of its nodes at one level; their number is a power of two. */
export const foldHashes = (hashes: Uint8Array): Buffer => {
  const level = Buffer.from(hashes);
  const node = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  node[0] = 1;
  for (let width = level.length / HASH_BYTES; width > 1; width /= 2) {
    for (let at = 0; at < width / 2; at++) {
      node.set(level.subarray(at * 2 * HASH_BYTES, (at + 1) * 2 * HASH_BYTES), 1);
      level.set(sha256(node), at * HASH_BYTES);
    }
  }
  return Buffer.from(level.subarray(0, HASH_BYTES));
};

export interface TilePosition {
  readonly tileLevel: number;
  readonly tile: number;
  /** First hash of the tile that belongs to the subtree, and how many do. */
  readonly first: number;
  readonly width: number;
}

/** Where the hashes under the complete subtree (`level`, `index`) stand: eight tree levels to a tile. */
export const tilePosition = (level: number, index: number): TilePosition => {
  const width = 2 ** (level % 8);
  const start = index * width;
  return { tileLevel: Math.floor(level / 8), tile: Math.floor(start / TILE_WIDTH), first: start % TILE_WIDTH, width };
};

export interface HashTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
}

/**
 * Extends the hash tiles of a log of `size` entries by `leaves`.
 * `read` answers the stored tile or undefined; only tiles that changed are returned.
 */
export const extendTiles = (
  size: number,
  leaves: readonly Uint8Array[],
  read: (level: number, index: number) => Uint8Array | undefined,
): readonly HashTile[] => {
  const changed = new Map<string, { level: number; index: number; width: number; bytes: Buffer }>();
  const push = (level: number, index: number, value: Uint8Array): void => {
    const tile = Math.floor(index / TILE_WIDTH);
    const at = index % TILE_WIDTH;
    const key = `${level}/${tile}`;
    let entry = changed.get(key);
    if (entry === undefined) {
      const stored = at === 0 ? undefined : read(level, tile);
      // A gap here would shift every later hash, so it is never papered over.
      if ((stored?.length ?? 0) < at * HASH_BYTES) throw new Error(`ledger: hash tile ${key} is shorter than the log`);
      const bytes = Buffer.alloc(TILE_WIDTH * HASH_BYTES);
      if (stored !== undefined) bytes.set(stored.subarray(0, at * HASH_BYTES));
      entry = { level, index: tile, width: at, bytes };
      changed.set(key, entry);
    }
    entry.bytes.set(value, at * HASH_BYTES);
    entry.width = at + 1;
    if (at === TILE_WIDTH - 1) push(level + 1, tile, foldHashes(entry.bytes));
  };
  leaves.forEach((leaf, at) => push(0, size + at, leaf));
  return [...changed.values()].map(({ level, index, width, bytes }) => ({
    level,
    index,
    hashes: bytes.subarray(0, width * HASH_BYTES),
  }));
};
