import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
}

export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

const DEPTH_MAX = 64;
const FILES_MAX = 500_000;
const LEFT_OUT: ReadonlySet<string> = new Set([".git", ".hg", ".svn", "node_modules"]);

/** Files below the paths, in a stable order, and what was passed over. Links are never followed. */
export const findFiles = (
  paths: readonly string[],
): { readonly files: readonly FoundFile[]; readonly skipped: readonly Skipped[] } => {
  const files = new Map<string, FoundFile>();
  const skipped: Skipped[] = [];
  const visit = (path: string, depth: number): void => {
    const about = lstatSync(path, { throwIfNoEntry: false });
    if (about === undefined) skipped.push({ path, reason: "went away meanwhile" });
    else if (about.isSymbolicLink()) skipped.push({ path, reason: "symbolic link" });
    else if (about.isDirectory()) list(path, depth);
    else if (!about.isFile()) skipped.push({ path, reason: "not an ordinary file" });
    else if (files.size >= FILES_MAX) skipped.push({ path, reason: "beyond the first 500,000 files" });
    else files.set(path, { path, bytes: about.size });
  };
  const list = (path: string, depth: number): void => {
    if (depth >= DEPTH_MAX) {
      skipped.push({ path, reason: `deeper than ${DEPTH_MAX} folders` });
      return;
    }
    let names: string[];
    try {
      names = readdirSync(path).sort();
    } catch (error) {
      skipped.push({
        path,
        reason: `cannot be read (${error instanceof Error && "code" in error ? String(error.code) : "error"})`,
      });
      return;
    }
    for (const name of names) {
      if (LEFT_OUT.has(name)) skipped.push({ path: join(path, name), reason: `${name} is left out` });
      else visit(join(path, name), depth + 1);
    }
  };
  for (const path of paths) visit(path, 0);
  return { files: [...files.values()], skipped };
};
