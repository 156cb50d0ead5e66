import type { FileLayer, SpoolFile } from "./spool-files.ts";

/** What goes wrong now. Change the fields while the spool runs. */
export interface Faults {
  /** Error code of every write, e.g. `ENOSPC`, `EIO`, `EROFS`. */
  write?: string | undefined;
  /** Error code of every sync. The bytes are in the file, as after a real failed fsync. */
  sync?: string | undefined;
  /** Error code of creating a file. */
  create?: string | undefined;
  /** Error code of removing and truncating. */
  remove?: string | undefined;
  /** Most bytes one write takes. */
  writeBytesMax?: number | undefined;
  /** Bytes left on the disk; writes beyond it are cut short, then fail with `ENOSPC`. */
  bytesLeft?: number | undefined;
}

const failure = (code: string, call: string): Error => Object.assign(new Error(`${code}: injected, ${call}`), { code });

const faultyFile = (file: SpoolFile, faults: Faults): SpoolFile => ({
  ...file,
  async write(bytes, position) {
    if (faults.write !== undefined) throw failure(faults.write, "write");
    const room = Math.min(bytes.length, faults.writeBytesMax ?? Infinity, faults.bytesLeft ?? Infinity);
    if (room === 0) throw failure("ENOSPC", "write");
    const written = await file.write(room === bytes.length ? bytes : bytes.subarray(0, room), position);
    if (faults.bytesLeft !== undefined) faults.bytesLeft -= written;
    return written;
  },
  async sync() {
    if (faults.sync !== undefined) throw failure(faults.sync, "sync");
    await file.sync();
  },
  async truncate(length) {
    if (faults.remove !== undefined) throw failure(faults.remove, "truncate");
    await file.truncate(length);
  },
});

/** A disk that fails as told: full, broken, read-only, lying about a sync, taking a few bytes at a time. */
export const faultyFiles = (files: FileLayer, faults: Faults): FileLayer => ({
  ...files,
  async create(path) {
    if (faults.create !== undefined) throw failure(faults.create, "create");
    return faultyFile(await files.create(path), faults);
  },
  async open(path) {
    return faultyFile(await files.open(path), faults);
  },
  async remove(path) {
    if (faults.remove !== undefined) throw failure(faults.remove, "remove");
    await files.remove(path);
  },
});
