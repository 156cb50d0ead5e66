import { existsSync } from "node:fs";
import { join } from "node:path";
import type { VerifyResult } from "@parapet/model/api";
import { openDatabaseView, type DatabaseView } from "./database.ts";
import { openCheckpoint, parseVerifierKey, type VerifierKey } from "./note.ts";
import { openTileFolder, readOrdinaryFile } from "./tile-folder.ts";
import { walkLog, type Problem } from "./walk.ts";

const TEXT_BYTES_MAX = 1 << 20;

export interface VerifyOptions {
  /** An export, a data directory (`ledger/tiles` inside), or its `ledger` folder. */
  readonly directory: string;
  /** C2SP vkeys to trust. Left out: those of `log.vkey` beside the log. */
  readonly vkeys?: readonly string[] | undefined;
  /** Text of a checkpoint of this log that was kept elsewhere. */
  readonly against?: string | undefined;
}

interface Place {
  readonly tiles: string;
  /** Present when the folder is a working one. */
  readonly database?: string;
}

const findLog = (directory: string): Place | undefined => {
  for (const ledger of [join(directory, "ledger"), directory]) {
    const [tiles, database] = [join(ledger, "tiles"), join(ledger, "ledger.db")];
    if (existsSync(tiles) || existsSync(database)) return { tiles, database };
  }
  return existsSync(join(directory, "checkpoint")) || existsSync(join(directory, "tile"))
    ? { tiles: directory }
    : undefined;
};

const readText = async (root: string, name: string): Promise<string | Problem> => {
  const read = await readOrdinaryFile(join(root, name), name, TEXT_BYTES_MAX);
  if (read.kind === "unreadable") return { where: name, message: `${name} ${read.reason}` };
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read.bytes);
  } catch {
    return { where: name, message: `${name} is not UTF-8` };
  }
};

const readKeys = (lines: readonly string[], where: string, problems: Problem[]): readonly VerifierKey[] =>
  lines
    .flatMap((line) => line.split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap((line) => {
      const key = parseVerifierKey(line);
      if (key === undefined)
        problems.push({ where, message: `"${line.slice(0, 100)}" is not an Ed25519 verifier key` });
      return key === undefined ? [] : [key];
    });

const failed = (problems: readonly Problem[], notes: readonly string[]): VerifyResult => ({
  ok: false,
  size: 0,
  root: "",
  problems: [...problems],
  notes: [...notes],
});

/** Compares what the database says of itself with the checkpoint. */
const judgeDatabase = (view: DatabaseView, size: number, problems: Problem[], notes: string[]): void => {
  if (view.size < size) {
    problems.push({
      index: view.size,
      where: "ledger.db",
      message: `ledger.db has ${view.size} entries, the checkpoint signs ${size}: it was cut or an older copy was restored`,
    });
  } else if (view.size > size) {
    const unsigned = view.size - size;
    notes.push(
      `${unsigned} ${unsigned === 1 ? "entry is" : "entries are"} newer than the last checkpoint and not signed yet.`,
    );
  }
};

/**
 * Verifies a whole log offline: each entry's form and hash, each tile, the root, the signature, and that a
 * checkpoint kept elsewhere is a prefix. Problems come in the order of the entries; the first names the first
 * bad one. Shares no code with the writer.
 */
export const verifyLog = async ({ directory, vkeys, against }: VerifyOptions): Promise<VerifyResult> => {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const place = findLog(directory);
  if (place === undefined) {
    return failed(
      [{ where: directory, message: `${directory} holds no ledger: neither an export nor a data directory` }],
      notes,
    );
  }

  let lines = vkeys;
  if (lines === undefined) {
    const text = await readText(place.tiles, "log.vkey");
    if (typeof text === "string") lines = [text];
    else problems.push(text);
    notes.push(
      "The verifier key was taken from the log itself, which proves little: whoever rewrites the log can put their own key there. Pass the key you noted elsewhere.",
    );
  }
  const keys = readKeys(lines ?? [], vkeys === undefined ? "log.vkey" : "verifier key", problems);

  const note = await readText(place.tiles, "checkpoint");
  if (typeof note !== "string") return failed([...problems, note], notes);
  const checkpoint = openCheckpoint(note, keys);
  if (typeof checkpoint === "string") {
    return failed([...problems, { where: "checkpoint", message: `checkpoint: ${checkpoint}` }], notes);
  }
  const { origin, size } = checkpoint;
  if (checkpoint.fault !== undefined)
    problems.push({ where: "checkpoint", message: `checkpoint: ${checkpoint.fault}` });

  const kept = against === undefined ? undefined : openCheckpoint(against, keys);
  if (kept === undefined) {
    notes.push(
      "No checkpoint kept elsewhere was given: that the log was cut back or replaced by an older copy cannot be excluded.",
    );
  }
  const keptFault = typeof kept === "string" ? kept : kept?.fault;
  const trusted = typeof kept === "string" || kept?.fault !== undefined ? undefined : kept;
  if (keptFault !== undefined)
    problems.push({ where: "against", message: `the checkpoint kept elsewhere: ${keptFault}` });

  const view = place.database === undefined ? undefined : openDatabaseView(place.database);
  if (typeof view === "string") problems.push({ where: "ledger.db", message: view });
  const database = typeof view === "string" ? undefined : view;
  try {
    const walk = await walkLog(openTileFolder(place.tiles), size, trusted?.size, database);
    problems.push(...walk.problems);
    if (database !== undefined) judgeDatabase(database, size, problems, notes);

    const rootHolds = walk.root?.equals(checkpoint.root) ?? false;
    if (walk.root !== undefined && !rootHolds) {
      problems.push({
        where: "checkpoint",
        message: "the entries do not add up to the root that the checkpoint signs",
      });
    } else if (rootHolds && checkpoint.fault === undefined && walk.problems.length > 0) {
      notes.push(
        "The published entries add up to the signed root: they are whole, the copies derived from them are not.",
      );
    }

    if (trusted !== undefined) {
      if (trusted.origin !== origin) {
        problems.push({
          where: "against",
          message: `the checkpoint kept elsewhere is of "${trusted.origin}", this log is "${origin}"`,
        });
      } else if (trusted.size > size) {
        problems.push({
          index: size,
          where: "against",
          message: `the log has ${size} entries, the checkpoint kept elsewhere signs ${trusted.size}: it was cut back or replaced by an older copy`,
        });
      } else if (walk.prefixRoot !== undefined && !walk.prefixRoot.equals(trusted.root)) {
        problems.push({
          where: "against",
          message: `the first ${trusted.size} entries are not those that the checkpoint kept elsewhere signs: history was rewritten`,
        });
      } else if (walk.prefixRoot !== undefined && trusted.size < size) {
        notes.push(
          `Rollback is excluded up to entry ${trusted.size - 1}; the ${size - trusted.size} after it are newer than the checkpoint kept elsewhere.`,
        );
      } else if (walk.prefixRoot === undefined) {
        problems.push({
          where: "against",
          message: "the log could not be compared with the checkpoint kept elsewhere",
        });
      }
    }
    return {
      ok: problems.length === 0,
      size,
      root: walk.root?.toString("base64") ?? "",
      ...(database !== undefined && database.note === note && database.noteTime !== ""
        ? { checkpointAt: database.noteTime }
        : {}),
      problems,
      notes,
    };
  } finally {
    database?.close();
  }
};
