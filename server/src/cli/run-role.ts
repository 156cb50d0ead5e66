import { consoleFolderBeside, ContentInvalid, StartRefused, type Running, type UpOptions } from "#compose";
import { createLogger, Fault } from "#platform";
import { CommandFailed, EXIT, type CommandContext, type ExitCode } from "./command.ts";
import { requireConfiguration } from "./configuration.ts";
import { withPlaces, type PlaceFlags } from "./flags.ts";
import { formatDiagnostics } from "./format-diagnostics.ts";
import { printable } from "./printable.ts";
import type { Command } from "commander";

const GRACE_MS = 30_000;

export type RoleFlags = PlaceFlags & { readonly port?: string };

export const withRoleOptions = (command: Command): Command =>
  withPlaces(command).option("--port <n>", "port to listen on, over the configuration's");

/** Starts one role, says where it is, and ends with the process's signal. */
export const runRole = async (
  flags: RoleFlags,
  context: CommandContext,
  role: {
    readonly start: (options: UpOptions) => Promise<Running>;
    readonly hasRoutes: boolean;
    readonly hasConsole: boolean;
  },
): Promise<ExitCode> => {
  const { terminal } = context;
  const loaded = requireConfiguration(flags, context);
  const logger = createLogger(loaded.configuration.log.level);
  const running = await role
    .start({
      loaded,
      env: terminal.env,
      logger,
      version: context.version,
      consoleFolder: consoleFolderBeside(context.root),
    })
    .catch(refused);

  terminal.say(`Parapet ${context.version} is ready on ${running.url}`);
  for (const route of role.hasRoutes ? loaded.configuration.routes : []) {
    const own = route.protocol === "demo" ? "the built-in demo model (scripted)" : "a guard: other gateways ask it";
    const upstream = route.upstream ?? route.servers?.join(", ") ?? own;
    terminal.say(`  ${running.url}${route.path}  →  ${printable(upstream)}  (${route.id}, ${route.mode})`);
  }
  if (running.adminToken !== undefined && role.hasConsole) {
    terminal.say(
      `\nSign in to the console with this link, or with the token in it. It is shown once:\n  ${running.url}/#token=${running.adminToken}\n`,
    );
  }
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  terminal.say("Stopping: running exchanges may finish …");
  // A second signal does not wait.
  process.once("SIGINT", () => process.exit(130));
  await running.stop(GRACE_MS);
  return EXIT.done;
};

const refused = (error: unknown): never => {
  if (error instanceof StartRefused) throw new CommandFailed(EXIT.usage, printable(error.message));
  if (error instanceof ContentInvalid) throw new CommandFailed(EXIT.usage, formatDiagnostics(error.diagnostics));
  if (error instanceof Fault && error.detail !== "")
    throw new CommandFailed(EXIT.usage, printable(error.detail ?? error.message));
  if (error instanceof Error && error.message.includes("in use by another process")) {
    const fix = "stop the Parapet that runs on this data directory, or choose another one with --data";
    throw new CommandFailed(EXIT.unable, `${printable(error.message)}\n    fix: ${fix}`);
  }
  throw error;
};
