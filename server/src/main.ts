import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "#cli";

const here = dirname(fileURLToPath(import.meta.url));
const manifest: unknown = JSON.parse(readFileSync(join(here, "..", "package.json"), "utf8"));
const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "0";

const stdin = async (): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("utf8");
};

process.exitCode = await runCommandLine(
  process.argv.slice(2),
  {
    out: (text) => process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    say: (text) => process.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
    env: process.env,
    workingDirectory: process.cwd(),
    isInteractive: process.stderr.isTTY === true,
    stdin,
  },
  { root: join(here, "..", ".."), version },
);
