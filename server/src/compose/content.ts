import { existsSync, readdirSync, readFileSync, statSync, watch, type FSWatcher } from "node:fs";
import { join, resolve } from "node:path";

export interface ContentFile {
  readonly path: string;
  readonly text: string;
}

const FILE_BYTES_MAX = 1024 * 1024;
const SETTLE_MS = 200;

/** All files below the folders whose names end in one of `endings`, in a stable order. Reads text only. */
export const readContent = (folders: readonly string[], base: string, endings: readonly string[]): ContentFile[] =>
  folders
    .flatMap((folder) => filesBelow(resolve(base, folder)))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));

const filesBelow = (path: string): string[] => {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return statSync(path).size <= FILE_BYTES_MAX ? [path] : [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.name.startsWith(".") || entry.isSymbolicLink() ? [] : filesBelow(join(path, entry.name)),
  );
};

/** Calls back once things have settled after a change below the folders. */
export const watchContent = (folders: readonly string[], base: string, changed: () => void): { close: () => void } => {
  let timer: NodeJS.Timeout | undefined;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
    timer.unref();
  };
  const watchers = folders
    .map((folder) => resolve(base, folder))
    .filter((folder) => existsSync(folder))
    .map((folder): FSWatcher => {
      const watcher = watch(folder, { recursive: true, persistent: false }, later);
      // A folder that goes away is noticed at the next reload, not by a crash.
      watcher.on("error", () => watcher.close());
      return watcher;
    });
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
};
