import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HASH_BYTES, TILE_WIDTH } from "./ledger-hash-tiles.ts";

/** Path below `tile/<level>/` of tile `index`: groups of three digits (c2sp.org/tlog-tiles). */
export const tileName = (index: number): string => {
  const last = String(index % 1000).padStart(3, "0");
  let name = last;
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    name = `x${String(rest % 1000).padStart(3, "0")}/${name}`;
  }
  return name;
};

const syncDirectory = async (directory: string): Promise<void> => {
  // Windows cannot open a directory for syncing; NTFS journals the rename itself.
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Makes a directory and every missing parent durable. */
const makeDirectory = async (directory: string): Promise<void> => {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
};

const writeDurably = async (file: string, bytes: Uint8Array): Promise<void> => {
  await makeDirectory(dirname(file));
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, "w", 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
};

export interface TileSource {
  /** Stored hashes of a tile; may be wider than asked for. */
  hashes(level: number, tile: number): Uint8Array;
  /** Entries `first` to `last`, the latter left out. */
  entries(first: number, last: number): readonly Uint8Array[];
}

const bundle = (entries: readonly Uint8Array[]): Buffer => {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
};

/** Tiles of one level that change when the log grows from `from` to `to` entries. */
const changedTiles = (level: number, from: number, to: number): readonly { tile: number; width: number }[] => {
  const unit = TILE_WIDTH ** level;
  const before = Math.floor(from / unit);
  const after = Math.floor(to / unit);
  const tiles: { tile: number; width: number }[] = [];
  if (after <= before) return tiles;
  for (let tile = Math.floor(before / TILE_WIDTH); tile * TILE_WIDTH < after; tile++) {
    tiles.push({ tile, width: Math.min(TILE_WIDTH, after - tile * TILE_WIDTH) });
  }
  return tiles;
};

/**
 * The public face of the log: a c2sp.org/tlog-tiles folder. Every file appears whole and synced or not at
 * all, and what was published is never changed, only superseded; writing the same growth twice is harmless.
 */
export const createTileFiles = (root: string) => {
  const read = async (name: string): Promise<string | undefined> => {
    try {
      return await readFile(join(root, name), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  };

  const publish = async (name: string, text: string): Promise<void> => {
    await writeDurably(join(root, name), Buffer.from(text));
    await syncDirectory(root);
  };

  /** Writes every tile that the growth from `from` to `to` entries needs. */
  const grow = async (from: number, to: number, source: TileSource): Promise<void> => {
    const directories = new Set<string>();
    const write = async (level: string, tile: number, width: number, bytes: Uint8Array): Promise<void> => {
      const name = join(root, "tile", level, tileName(tile));
      const file = width === TILE_WIDTH ? name : join(`${name}.p`, String(width));
      await writeDurably(file, bytes);
      directories.add(dirname(file));
    };
    for (const { tile, width } of changedTiles(0, from, to)) {
      const first = tile * TILE_WIDTH;
      await write("entries", tile, width, bundle(source.entries(first, first + width)));
    }
    for (let level = 0; TILE_WIDTH ** level <= to; level++) {
      for (const { tile, width } of changedTiles(level, from, to)) {
        await write(String(level), tile, width, source.hashes(level, tile).subarray(0, width * HASH_BYTES));
      }
    }
    for (const directory of directories) await syncDirectory(directory);
  };

  /** Removes partial tiles whose full tile is there; the format keeps all others, old checkpoints need them. */
  const clean = async (from: number, to: number): Promise<void> => {
    for (let level = 0; TILE_WIDTH ** level <= to; level++) {
      for (const { tile, width } of changedTiles(level, from, to)) {
        if (width < TILE_WIDTH) continue;
        for (const name of level === 0 ? ["0", "entries"] : [String(level)]) {
          await rm(join(root, "tile", name, `${tileName(tile)}.p`), { recursive: true, force: true });
        }
      }
    }
  };

  return { read, publish, grow, clean };
};
