import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runCommandLine, type Terminal } from "./index.ts";

export const ROOT = resolve(import.meta.dirname, "../../..");

const base = mkdtempSync(join(tmpdir(), "parapet-cli-"));
process.on("exit", () => rmSync(base, { recursive: true, force: true }));

/** A folder that is gone when the tests' process ends, which runs the tests of several files. */
export const temporaryFolder = (): string => mkdtempSync(join(base, "t-"));

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

/** Runs a command line as a program would, in a folder, with what it may read from standard input. */
export const run = async (
  args: readonly string[],
  folder: string,
  { stdin = "", env = {} }: { readonly stdin?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> => {
  let [out, said] = ["", ""];
  const terminal: Terminal = {
    out: (text) => {
      out += text.endsWith("\n") ? text : `${text}\n`;
    },
    say: (text) => {
      said += text.endsWith("\n") ? text : `${text}\n`;
    },
    showStatus: () => undefined,
    env,
    workingDirectory: folder,
    isInteractive: false,
    hasColours: false,
    stdin: () => Promise.resolve(stdin),
  };
  const code = await runCommandLine(args, terminal, { root: ROOT, version: "0.0.0-test" });
  return { code, out, said };
};

/** Writes files into a folder; answers their paths. */
export const write = (folder: string, files: Readonly<Record<string, string | Buffer>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};

/** A configuration with its own data directory, the shipped policies and rules, and only the demo route. */
export const writeConfiguration = (folder: string, more = ""): string => {
  const path = join(folder, "parapet.yaml");
  writeFileSync(
    path,
    `data: ./data
routes:
  - { id: demo, path: /demo/v1, protocol: demo, mode: enforce, unscannable: block }
policies: [${join(ROOT, "policies")}]
rules: [${join(ROOT, "rules")}]
${more}`,
  );
  return path;
};
