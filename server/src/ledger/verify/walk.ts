import { faultOfForm } from "./canonical.ts";
import type { DatabaseView } from "./database.ts";
import type { TileFolder } from "./tile-folder.ts";
import { createAccumulator, HASH_BYTES, hashEntry, TILE_WIDTH } from "./tree.ts";

/** Enough to see a pattern; a log that is rewritten throughout would otherwise list every entry. */
const PROBLEMS_MAX = 20;

export interface Problem {
  readonly index?: number;
  readonly where: string;
  readonly message: string;
}

export interface WalkResult {
  /** In the order of the entries. */
  readonly problems: readonly Problem[];
  /** Root over the entries themselves; undefined when not all could be read. */
  readonly root?: Buffer;
  /** Root of the first `prefix` entries, when that many were read. */
  readonly prefixRoot?: Buffer;
}

/** Hashes of one tile in the making; `clean` is false below something that was reported already. */
interface Row {
  readonly hashes: Buffer[];
  readonly clean: boolean[];
  tile: number;
}

/**
 * Reads `size` entries in order and hashes every one of them; compares each hash tile with what the entries
 * say and, where there is one, the database with the published entries. Memory is one tile per level.
 */
export const walkLog = async (
  folder: TileFolder,
  size: number,
  prefix: number | undefined,
  database: DatabaseView | undefined,
): Promise<WalkResult> => {
  const problems: Problem[] = [];
  const report = (where: string, message: string, index?: number): void => {
    problems.push({ ...(index === undefined ? {} : { index }), where, message });
  };
  const accumulator = createAccumulator();
  let prefixRoot = prefix === 0 ? accumulator.root() : undefined;
  const rows: Row[] = [];

  /** Compares a finished tile of `level` with its file; a full one becomes a hash of the level above. */
  const finish = async (level: number): Promise<void> => {
    const row = rows[level];
    if (row === undefined || row.hashes.length === 0) return;
    const { tile } = row;
    const stored = await folder.hashes(level, tile, row.hashes.length);
    const leavesEach = TILE_WIDTH ** level;
    const first = tile * TILE_WIDTH * leavesEach;
    let isClean = row.clean.every(Boolean);
    if (stored.kind === "unreadable") {
      report(stored.name, `${stored.name} ${stored.reason}`, first);
      isClean = false;
    } else {
      for (const [at, hash] of row.hashes.entries()) {
        if (hash.equals(stored.bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))) continue;
        isClean = false;
        if (row.clean[at] !== true) continue;
        const index = first + at * leavesEach;
        const what = level === 0 ? `entry ${index} does` : `entries ${index} to ${index + leavesEach - 1} do`;
        report(stored.name, `${what} not hash to what ${stored.name} says`, index);
      }
    }
    if (row.hashes.length === TILE_WIDTH) {
      const parent = createAccumulator();
      for (const hash of row.hashes) parent.push(hash);
      await push(level + 1, parent.root(), isClean);
    }
    row.hashes.length = 0;
    row.clean.length = 0;
    row.tile += 1;
  };

  const push = async (level: number, hash: Buffer, isClean: boolean): Promise<void> => {
    const row = (rows[level] ??= { hashes: [], clean: [], tile: 0 });
    row.hashes.push(hash);
    row.clean.push(isClean);
    if (row.hashes.length === TILE_WIDTH) await finish(level);
  };

  const compareDatabase = (first: number, entries: readonly Buffer[]): void => {
    const rowsThere = database?.entries(first, first + entries.length);
    if (rowsThere === undefined) return;
    const different = entries.findIndex((entry, at) => {
      const other = rowsThere[at];
      return other === undefined || !entry.equals(other);
    });
    if (different >= 0) {
      const index = first + different;
      report("ledger.db", `entry ${index} in ledger.db is not the one that was published`, index);
    }
  };

  for (let tile = 0; tile * TILE_WIDTH < size; tile++) {
    if (problems.length >= PROBLEMS_MAX) return { problems: problems.slice(0, PROBLEMS_MAX) };
    const first = tile * TILE_WIDTH;
    const bundle = await folder.entries(tile, Math.min(TILE_WIDTH, size - first));
    if (bundle.kind === "unreadable" || bundle.entries === undefined) {
      const reason = bundle.kind === "unreadable" ? bundle.reason : "cannot be read";
      report(bundle.name, `${bundle.name} ${reason}: entries from ${first} on cannot be checked`, first);
      return { problems };
    }
    for (const [at, entry] of bundle.entries.entries()) {
      const fault = faultOfForm(entry);
      if (fault !== undefined) report(bundle.name, `entry ${first + at} ${fault}`, first + at);
      const hash = hashEntry(entry);
      accumulator.push(hash);
      if (accumulator.size() === prefix) prefixRoot = accumulator.root();
      await push(0, hash, fault === undefined);
    }
    compareDatabase(first, bundle.entries);
  }
  for (let level = 0; level < rows.length; level++) await finish(level);
  problems.sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity));
  return {
    problems: problems.slice(0, PROBLEMS_MAX),
    root: accumulator.root(),
    ...(prefixRoot === undefined ? {} : { prefixRoot }),
  };
};
