/** Hashes or entries in a full tile (c2sp.org/tlog-tiles). */
export const TILE_WIDTH = 256;
export const HASH_BYTES = 32;

export interface TileOfLog {
  /** Level in decimal, or `entries`. */
  readonly level: string;
  readonly tile: number;
  /** Below `TILE_WIDTH` for the partial tile at the end of a level. */
  readonly width: number;
}

/** Path of tile `index` below its level: groups of three digits, all but the last marked with an `x`. */
export const tilePath = (index: number): string => {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
};

/** Every tile that a log of `size` entries consists of, level by level. */
export const tilesOf = (size: number): readonly TileOfLog[] => {
  const tiles: TileOfLog[] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level++) {
    const hashes = Math.floor(size / TILE_WIDTH ** level);
    for (let tile = 0; tile * TILE_WIDTH < hashes; tile++) {
      const width = Math.min(TILE_WIDTH, hashes - tile * TILE_WIDTH);
      tiles.push({ level: String(level), tile, width });
      if (level === 0) tiles.push({ level: "entries", tile, width });
    }
  }
  return tiles;
};
