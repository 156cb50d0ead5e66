/**
 * The command line: one object per command, wired to commander.
 *
 * Data goes to stdout, words to stderr; exit codes are those of `EXIT`. Holds no logic that the API or a
 * module could offer; a command is arguments, a call and a way to show the answer.
 */
import { Command } from "commander";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode, type Terminal } from "./command.ts";
import { upCommand } from "./up.ts";

/** Every command, one line each. */
export const COMMANDS: readonly CliCommand[] = [upCommand];

/** Runs a command line (without the program's own name); answers the exit code. */
export const runCommandLine = async (
  args: readonly string[],
  terminal: Terminal,
  product: { readonly root: string; readonly version: string },
): Promise<ExitCode> => {
  let code: ExitCode = EXIT.done;
  const action: CommandContext["action"] =
    (run) =>
    async (...given) => {
      code = await run(...given);
    };
  const program = new Command("parapet")
    .description("Security monitor and firewall for AI in production")
    .version(product.version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.say });
  for (const one of COMMANDS) {
    const command = program.command(one.name).description(one.summary).exitOverride();
    one.configure(command, { terminal, action, ...product });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommandFailed) {
      terminal.say(error.message);
      return error.code;
    }
    if (isCommanderExit(error)) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    terminal.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.unable;
  }
};

const isCommanderExit = (error: unknown): error is Error & { readonly exitCode: number } =>
  error instanceof Error && "exitCode" in error && typeof error.exitCode === "number";

export type { Terminal } from "./command.ts";
