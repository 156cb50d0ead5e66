import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Takes a directory for this process, or throws. An empty SQLite database held in an exclusive transaction
 * is the lock: the system drops it when the process dies, however it dies, so no stale lock can remain
 * and no process id has to be trusted.
 */
export const lockDirectory = (directory: string, what: string): { release(): void } => {
  const database = new DatabaseSync(join(directory, "lock"));
  try {
    database.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new Error(`${what} in ${directory} is in use by another process`, { cause });
  }
  return {
    release() {
      if (database.isOpen) database.close();
    },
  };
};
