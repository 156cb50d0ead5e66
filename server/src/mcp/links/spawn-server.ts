import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import type { McpServerConfiguration } from "@parapet/model";

/** What every process gets of this one's environment. Never more: credentials stand there, too. */
const INHERITED = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"];

const KIB = 1_024;
const KILL_AFTER_MS = 2_000;

export type StdioServer = McpServerConfiguration & { readonly command: readonly string[] };

export const environmentOf = (
  own: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): Record<string, string> => ({
  ...Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
  ...own,
});

/**
 * Starts a server's process in a group of its own, so that whatever it starts can be ended with it. On systems with a
 * POSIX shell the shell sets limits that the process and its children cannot raise, and becomes the program.
 */
export const spawnServer = (
  { command, limits }: StdioServer,
  environment: Readonly<Record<string, string>>,
  directory: string,
): ChildProcessWithoutNullStreams => {
  const [program = "", ...rest] = limitedCommand(command, limits);
  return spawn(program, rest, {
    cwd: directory,
    env: { ...environment },
    stdio: ["pipe", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
};

/** Data that may be written to is bounded, not addresses: engines like Node's reserve far more than they use. */
const limitedCommand = (
  command: readonly string[],
  { memoryBytes, openFiles, cpuSeconds }: McpServerConfiguration["limits"],
): readonly string[] => {
  if (process.platform === "win32") return command;
  const limits = [
    "ulimit -c 0",
    `ulimit -d ${Math.ceil(memoryBytes / KIB)}`,
    `ulimit -n ${openFiles}`,
    ...(cpuSeconds === undefined ? [] : [`ulimit -t ${cpuSeconds}`]),
  ];
  // A system without one of the limits starts the server all the same.
  const script = `${limits.map((one) => `${one} 2>/dev/null || :`).join("; ")}; exec "$@"`;
  return ["/bin/sh", "-c", script, "sh", ...command];
};

/** Ends the process and all that it started: asked first, then without asking. Resolves when it is gone. */
export const endServer = (child: ChildProcessWithoutNullStreams): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      signalGroup(child, "SIGKILL");
      resolve();
      return;
    }
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), KILL_AFTER_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      // What it left behind in its group goes, too.
      signalGroup(child, "SIGKILL");
      resolve();
    });
    child.stdin.end();
    signalGroup(child, "SIGTERM");
  });

const signalGroup = (child: ChildProcessWithoutNullStreams, signal: "SIGTERM" | "SIGKILL"): void => {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
};
