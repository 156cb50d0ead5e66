// Brings a fresh clone to a state in which source can run: installed packages and the pinned Node.
// Plain JavaScript on purpose: any Node >= 20 must be able to read it before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

const say = (text) => process.stderr.write(`${text}\n`);

/** `npm ci` when node_modules is missing or older than the lock file. */
export function install() {
  const marker = join(root, "node_modules", ".package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return;
  say("Installing packages (once) …");
  const npm = process.env.npm_execpath;
  const [command, first] = npm === undefined ? ["npm", []] : [process.execPath, [npm]];
  const { status } = spawnSync(command, [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: npm === undefined && process.platform === "win32",
  });
  if (status !== 0) {
    say("npm ci failed; see the lines above. Nothing was started.");
    process.exit(3);
  }
}

/** Path of the pinned Node, which arrives as a platform package. */
export function pinnedNode() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const path = join(root, "node_modules", ".bin", name);
  if (existsSync(path)) return path;
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major >= 26) return process.execPath;
  say(
    `No pinned Node for ${process.platform}-${process.arch}, and this one is ${process.versions.node}.` +
      " Run `npm ci` without --omit=optional, or use Node 26 or newer.",
  );
  process.exit(3);
}

export const nodeOptions = ["--conditions=source", "--disable-warning=ExperimentalWarning"];

/**
 * glibc gives freed blocks back to the system above a bound that rises, to 32 MiB, with what is freed; then a body of
 * 10 MB and its copies are kept. With this the bound stays. Other C libraries do not know the name; the operator's own wins.
 */
const allocator = { MALLOC_MMAP_THRESHOLD_: String(4 * 1024 * 1024) };

/** What was compiled once is not compiled again by the next process: a start takes half the time. */
const compiled = { NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "parapet-compiled") };

/** Runs a program, hands signals and the exit code through. */
export function hand(command, args, { env = process.env, ...options } = {}) {
  const child = spawn(command, args, { stdio: "inherit", ...options, env: { ...allocator, ...compiled, ...env } });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on("error", (error) => {
      say(String(error));
      resolve(3);
    });
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
