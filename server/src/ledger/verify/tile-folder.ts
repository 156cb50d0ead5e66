import { open } from "node:fs/promises";
import { join } from "node:path";
import { HASH_BYTES, TILE_WIDTH } from "./tree.ts";

/** A full bundle of entries of the largest size the format can say. */
const BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + 65_535);

export type FileRead =
  | { readonly kind: "read"; readonly name: string; readonly bytes: Buffer }
  | { readonly kind: "unreadable"; readonly name: string; readonly reason: string };

/** Reads at most `bytesMax` bytes of an ordinary file; a pipe or device in a hostile folder is refused. */
export const readOrdinaryFile = async (file: string, name: string, bytesMax: number): Promise<FileRead> => {
  try {
    const handle = await open(file, "r");
    try {
      const status = await handle.stat();
      if (!status.isFile()) return { kind: "unreadable", name, reason: "is not an ordinary file" };
      if (status.size > bytesMax) return { kind: "unreadable", name, reason: `is larger than ${bytesMax} bytes` };
      return { kind: "read", name, bytes: await handle.readFile() };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return { kind: "unreadable", name, reason: missing ? "is missing" : "cannot be read" };
  }
};

/** Path of a tile below its level, as c2sp.org/tlog-tiles spells it. */
export const tileName = (index: number): string => {
  const groups = [String(index % 1000).padStart(3, "0")];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return groups.join("/");
};

export interface TileFolder {
  /** Hash tile, exactly `width` hashes. */
  hashes(level: number, tile: number, width: number): Promise<FileRead>;
  /** The first `width` entries of a bundle, in order. */
  entries(tile: number, width: number): Promise<FileRead & { readonly entries?: readonly Buffer[] }>;
}

/** Entries of a bundle (uint16 big-endian length before each); undefined when lengths and bytes disagree. */
const splitBundle = (bytes: Buffer): readonly Buffer[] | undefined => {
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) return undefined;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
};

/** The tiles of a c2sp.org/tlog-tiles folder at `root`. */
export const openTileFolder = (root: string): TileFolder => {
  const read = async (level: string, tile: number, width: number, bytesMax: number) => {
    const full = `tile/${level}/${tileName(tile)}`;
    const name = width === TILE_WIDTH ? full : `${full}.p/${width}`;
    const found = await readOrdinaryFile(join(root, name), name, bytesMax);
    if (found.kind === "read" || width === TILE_WIDTH) return { found, isWhole: width === TILE_WIDTH };
    // The log may have grown since its checkpoint was read: the full tile then stands for the partial one.
    const whole = await readOrdinaryFile(join(root, full), full, bytesMax);
    return whole.kind === "read" ? { found: whole, isWhole: true } : { found, isWhole: false };
  };
  return {
    hashes: async (level, tile, width) => {
      const { found, isWhole } = await read(String(level), tile, width, TILE_WIDTH * HASH_BYTES);
      if (found.kind !== "read") return found;
      const expected = (isWhole ? TILE_WIDTH : width) * HASH_BYTES;
      if (found.bytes.length !== expected) {
        return { kind: "unreadable", name: found.name, reason: `has ${found.bytes.length} bytes, not ${expected}` };
      }
      return { ...found, bytes: found.bytes.subarray(0, width * HASH_BYTES) };
    },
    entries: async (tile, width) => {
      const { found, isWhole } = await read("entries", tile, width, BUNDLE_BYTES_MAX);
      if (found.kind !== "read") return found;
      const entries = splitBundle(found.bytes);
      const expected = isWhole ? TILE_WIDTH : width;
      if (entries?.length !== expected) {
        const reason =
          entries === undefined ? "is cut or has a wrong length" : `has ${entries.length} entries, not ${expected}`;
        return { kind: "unreadable", name: found.name, reason };
      }
      return { ...found, entries: entries.slice(0, width) };
    },
  };
};
