// Builds the console once and keeps it by the hash of what it is made from.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { hand, root } from "./bootstrap.js";

const sources = [
  "console/src",
  "console/public",
  "console/index.html",
  "console/vite.config.ts",
  "console/package.json",
  "model/src",
  "package-lock.json",
];

function files(path) {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path, { withFileTypes: true })
      .flatMap((entry) => (entry.isDirectory() ? files(join(path, entry.name)) : [join(path, entry.name)]))
      .toSorted((a, b) => (a < b ? -1 : 1));
  } catch {
    return [path];
  }
}

function digest() {
  const hash = createHash("sha256");
  for (const file of sources.flatMap((source) => files(join(root, source)))) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

/** Leaves console/dist as the build of the present sources. */
export async function buildConsole(node) {
  const marker = join(root, "console", "dist", ".built-from");
  const wanted = digest();
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return;
  process.stderr.write("Building the console (once) …\n");
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const code = await hand(node, [vite, "build", "--logLevel", "error"], {
    cwd: join(root, "console"),
    stdio: ["ignore", 2, 2],
  });
  if (code !== 0) process.exit(3);
  writeFileSync(marker, wanted);
}
