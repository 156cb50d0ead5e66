import { constants, close, fdatasync, fstat, ftruncate, open, read, write } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { promisify } from "node:util";

/** One open file of the spool. Errors are Node's own, with `code`. */
export interface SpoolFile {
  /** Writes at `position` and answers how many bytes were written, which may be fewer than given. */
  write(bytes: Buffer, position: number): Promise<number>;
  /** Everything written so far is on disk when it resolves. */
  sync(): Promise<void>;
  /** Up to `length` bytes from `position`; shorter at the end of the file. */
  read(length: number, position: number): Promise<Buffer>;
  size(): Promise<number>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** The few file operations the spool stands on, so that tests can make any of them fail. */
export interface FileLayer {
  makeDirectory(path: string): Promise<void>;
  list(directory: string): Promise<readonly string[]>;
  /** Makes a new file for reading and writing; fails when the path exists. */
  create(path: string): Promise<SpoolFile>;
  open(path: string): Promise<SpoolFile>;
  remove(path: string): Promise<void>;
  /** Makes created and removed names durable. */
  syncDirectory(path: string): Promise<void>;
}

const openDescriptor = promisify(open);
const closeDescriptor = promisify(close);
const syncDescriptor = promisify(fdatasync);
const statDescriptor = promisify(fstat);
const truncateDescriptor = promisify(ftruncate);

// With O_DSYNC a write returns when it is on disk: one trip through the thread pool instead of two.
// Elsewhere the flag is weaker than a real flush (macOS keeps data in the drive's cache), so sync() flushes.
const syncsOnWrite = process.platform === "linux";

const nodeFile = (descriptor: number): SpoolFile => ({
  write: (bytes, position) =>
    new Promise((resolve, reject) => {
      write(descriptor, bytes, 0, bytes.length, position, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    }),
  sync: () => (syncsOnWrite ? Promise.resolve() : syncDescriptor(descriptor)),
  read: (length, position) =>
    new Promise((resolve, reject) => {
      const bytes = Buffer.allocUnsafe(length);
      read(descriptor, bytes, 0, length, position, (error, count) =>
        error === null ? resolve(bytes.subarray(0, count)) : reject(error),
      );
    }),
  size: async () => (await statDescriptor(descriptor)).size,
  truncate: (length) => truncateDescriptor(descriptor, length),
  close: () => closeDescriptor(descriptor),
});

/** The disk. */
export const nodeFiles: FileLayer = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: (directory) => readdir(directory),
  async create(path) {
    const durable = syncsOnWrite ? constants.O_DSYNC : 0;
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | durable;
    return nodeFile(await openDescriptor(path, flags, 0o600));
  },
  async open(path) {
    return nodeFile(await openDescriptor(path, constants.O_RDWR));
  },
  remove: (path) => rm(path, { force: true }),
  async syncDirectory(path) {
    if (process.platform === "win32") return;
    const descriptor = await openDescriptor(path, constants.O_RDONLY);
    try {
      await syncDescriptor(descriptor);
    } finally {
      await closeDescriptor(descriptor);
    }
  },
};

/** Writes all of `bytes`, however many calls it takes, and makes it durable. */
export const writeDurably = async (file: SpoolFile, bytes: Buffer, position: number): Promise<void> => {
  let done = 0;
  while (done < bytes.length) {
    const written = await file.write(done === 0 ? bytes : bytes.subarray(done), position + done);
    if (written === 0) throw new Error("the disk took no bytes");
    done += written;
  }
  await file.sync();
};
