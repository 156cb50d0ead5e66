import { consoleFolderBeside, ContentInvalid, loadConfiguration, StartRefused, startUp, type LoadedConfiguration } from "#compose";
import { createLogger } from "#platform";
import { CommandFailed, EXIT, type CliCommand, type CommandContext } from "./command.ts";
import { formatDiagnostics } from "./format-diagnostics.ts";

const GRACE_MS = 30_000;

export interface UpFlags {
  readonly config?: string;
  readonly data?: string;
  readonly port?: string;
}

/** The configuration that the flags name, or a refusal with every problem in it. */
export const requireConfiguration = (flags: UpFlags, { terminal, root }: CommandContext): LoadedConfiguration => {
  const port = flags.port === undefined ? undefined : Number(flags.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new CommandFailed(EXIT.usage, `--port ${flags.port}: a port is a whole number from 0 to 65535`);
  }
  const overrides = { config: flags.config, data: flags.data, port };
  const loaded = loadConfiguration(overrides, [terminal.workingDirectory, root]);
  if (!loaded.ok) throw new CommandFailed(EXIT.usage, formatDiagnostics(loaded.diagnostics));
  return loaded;
};

export const upCommand: CliCommand = {
  name: "up",
  summary: "Gateway, monitor, API and console in one process, everything embedded",
  configure: (command, context) => {
    command
      .option("--config <file>", "configuration file")
      .option("--data <dir>", "data directory")
      .option("--port <n>", "port to listen on")
      .action(context.action((flags: UpFlags) => runUp(flags, context)));
  },
};

const runUp = async (flags: UpFlags, context: CommandContext) => {
  const { terminal } = context;
  const loaded = requireConfiguration(flags, context);
  const logger = createLogger(loaded.configuration.log.level);
  const running = await startUp({
    loaded,
    env: terminal.env,
    logger,
    version: context.version,
    consoleFolder: consoleFolderBeside(context.root),
  }).catch(refused);

  terminal.say(`Parapet ${context.version} is ready on ${running.url}`);
  for (const route of loaded.configuration.routes) {
    terminal.say(`  ${running.url}${route.path}  →  ${route.upstream ?? "the built-in demo model (scripted)"}  (${route.id}, ${route.mode})`);
  }
  if (running.adminToken !== undefined) {
    terminal.say(`\nSign in to the console with this link, or with the token in it. It is shown once:\n  ${running.url}/#token=${running.adminToken}\n`);
  }
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  terminal.say("Stopping: running exchanges may finish …");
  // A second signal does not wait.
  process.once("SIGINT", () => process.exit(130));
  await running.stop(GRACE_MS);
  return EXIT.done;
};

const refused = (error: unknown): never => {
  if (error instanceof StartRefused) throw new CommandFailed(EXIT.usage, error.message);
  if (error instanceof ContentInvalid) throw new CommandFailed(EXIT.usage, formatDiagnostics(error.diagnostics));
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    throw new CommandFailed(EXIT.unable, "The port is taken by another program; choose one with --port.");
  }
  throw error;
};

