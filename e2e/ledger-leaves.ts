import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Leaf {
  readonly type: string;
  readonly exchange: string;
  readonly time: string;
  readonly outcome: { readonly state: string };
}

/** Entries of an export in their order, read as c2sp.org/tlog-tiles writes them: two bytes of length before each. */
export const leavesOf = (folder: string): Leaf[] => {
  const root = join(folder, "tile", "entries");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  // `x001/234` is tile 1234, `000.p/17` the first 17 entries of tile 0.
  const tileOf = (path: string): number =>
    Number(
      path
        .slice(root.length)
        .replace(/\.p.*$/, "")
        .replaceAll(/\D/g, ""),
    );
  return files
    .map((file) => join(file.parentPath, file.name))
    .toSorted((a, b) => tileOf(a) - tileOf(b))
    .flatMap((path) => {
      const bytes = readFileSync(path);
      const leaves: Leaf[] = [];
      for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at))
        leaves.push(JSON.parse(bytes.toString("utf8", at + 2, at + 2 + bytes.readUInt16BE(at))));
      return leaves;
    });
};
