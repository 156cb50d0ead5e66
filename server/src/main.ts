import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "#cli";

const here = dirname(fileURLToPath(import.meta.url));
const manifest: unknown = JSON.parse(readFileSync(join(here, "..", "package.json"), "utf8"));
const version =
  typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "0";

const stdin = async (): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("utf8");
};

const isSet = (name: string): boolean => (process.env[name] ?? "") !== "";

// `parapet scan … | head` ends when the reader has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(
  process.argv.slice(2),
  {
    out: (text) => process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    say: (text) => process.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
    // Carriage return and "erase to the end of the line": the line is replaced in place.
    showStatus: (text) => process.stderr.write(`\r\u001B[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`),
    env: process.env,
    workingDirectory: process.cwd(),
    isInteractive: process.stderr.isTTY === true,
    hasColours: process.stdout.isTTY === true && !isSet("NO_COLOR") && process.env["TERM"] !== "dumb",
    stdin,
  },
  { root: join(here, "..", ".."), version },
);
