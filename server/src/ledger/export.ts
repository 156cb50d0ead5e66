import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readOwnCheckpoint } from "./signed-note.ts";
import { HASH_BYTES, TILE_WIDTH, tilePath, tilesOf, type TileOfLog } from "./tiles.ts";

export interface ExportOptions {
  /** The published folder (`<data>/ledger/tiles`). It may grow meanwhile. */
  readonly tiles: string;
  readonly out: string;
  /** Called after each file. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export type ExportResult =
  | { readonly ok: true; readonly size: number; readonly files: number; readonly checkpoint: string }
  | { readonly ok: false; readonly reason: string };

const EXPORT_NAMES: ReadonlySet<string> = new Set(["checkpoint", "log.vkey", "tile"]);

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const readIfThere = async (file: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** The first `width` hashes or entries of a full tile. */
const narrow = (level: string, full: Buffer, width: number): Buffer => {
  if (level !== "entries") return full.subarray(0, width * HASH_BYTES);
  let end = 0;
  for (let at = 0; at < width; at++) end += 2 + full.readUInt16BE(end);
  return full.subarray(0, end);
};

/** Why `out` must not be written to; undefined when it is empty, missing, or an older export of this log. */
const refusal = async (out: string, origin: string, size: number): Promise<string | undefined> => {
  let names: readonly string[];
  try {
    names = await readdir(out);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const foreign = names.find((name) => !EXPORT_NAMES.has(name));
  if (foreign !== undefined)
    return `${out} is not empty and not an export (it holds ${JSON.stringify(foreign)}); choose another folder`;
  const note = await readIfThere(join(out, "checkpoint"));
  if (note === undefined) return undefined;
  const there = readOwnCheckpoint(note.toString("utf8"));
  if (there.origin !== origin) return `${out} holds an export of another log; choose another folder`;
  if (!(there.size <= size))
    return `${out} holds a newer export (${there.size} entries, the log has ${size}); is this an older copy of the log?`;
  return undefined;
};

const write = async (file: string, bytes: Uint8Array): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(`${file}.tmp`, "w");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.tmp`, file);
};

/** Removes what an older export left beside a tile: it is no longer needed once the new checkpoint is there. */
const removeSuperseded = async (out: string, { level, tile, width }: TileOfLog): Promise<void> => {
  const partial = join(out, "tile", level, `${tilePath(tile)}.p`);
  if (width === TILE_WIDTH) return rm(partial, { recursive: true, force: true });
  for (const name of await readdir(partial)) {
    if (name !== String(width)) await rm(join(partial, name));
  }
};

/**
 * Copies the log as its newest checkpoint signs it into a c2sp.org/tlog-tiles folder. The checkpoint is
 * written last: an export that was interrupted is the older one or none, and running it again completes it.
 */
export const exportLedger = async ({ tiles, out, onProgress }: ExportOptions): Promise<ExportResult> => {
  const note = await readIfThere(join(tiles, "checkpoint"));
  const vkey = await readIfThere(join(tiles, "log.vkey"));
  if (note === undefined || vkey === undefined) return { ok: false, reason: `${tiles} holds no signed log yet` };
  const { origin, size } = readOwnCheckpoint(note.toString("utf8"));
  if (!Number.isSafeInteger(size) || size < 0)
    return { ok: false, reason: `${join(tiles, "checkpoint")} is not a checkpoint` };
  const refused = await refusal(out, origin, size);
  if (refused !== undefined) return { ok: false, reason: refused };

  await mkdir(out, { recursive: true });
  const wanted = tilesOf(size);
  for (const [done, { level, tile, width }] of wanted.entries()) {
    const full = join("tile", level, tilePath(tile));
    const name = width === TILE_WIDTH ? full : join(`${full}.p`, String(width));
    let bytes = await readIfThere(join(tiles, name));
    if (bytes === undefined && width < TILE_WIDTH) {
      // The log grew past this checkpoint and its partial tile is gone; the full one begins with it.
      const whole = await readIfThere(join(tiles, full));
      if (whole !== undefined) bytes = narrow(level, whole, width);
    }
    if (bytes === undefined) return { ok: false, reason: `${join(tiles, name)} is missing` };
    await write(join(out, name), bytes);
    onProgress?.(done + 1, wanted.length);
  }
  await write(join(out, "log.vkey"), vkey);
  await write(join(out, "checkpoint"), note);
  for (const tile of wanted) await removeSuperseded(out, tile);
  return { ok: true, size, files: wanted.length + 2, checkpoint: note.toString("utf8") };
};
