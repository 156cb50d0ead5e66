/**
 * The command line: one object per command, wired to commander.
 *
 * Data goes to stdout, words to stderr; exit codes are those of `EXIT`. Holds no logic that the API or a
 * module could offer; a command is arguments, a call and a way to show the answer. Invariant: text that
 * others wrote reaches a terminal through `printable` only.
 */
import { CommanderError, Command } from "commander";
import { agentsCommand } from "./agents/agents.ts";
import { approvalsCommand } from "./approvals/approvals.ts";
import { checkCommand } from "./check.ts";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode, type Terminal } from "./command.ts";
import { coverageCommand } from "./coverage/coverage.ts";
import { doctorCommand } from "./doctor/doctor.ts";
import { evalCommand } from "./eval.ts";
import { evidenceCommand } from "./evidence/evidence.ts";
import { exchangesCommand } from "./exchanges/exchanges.ts";
import { findingsCommand } from "./findings/findings.ts";
import { gatewayCommand } from "./gateway.ts";
import { ingestCommand } from "./ingest/ingest.ts";
import { huntCommand } from "./hunt/hunt.ts";
import { inspectCommand } from "./inspect/inspect.ts";
import { keysCommand } from "./keys/keys.ts";
import { monitorCommand } from "./monitor.ts";
import { policyCommand } from "./policy/policy.ts";
import { printableLines } from "./printable.ts";
import { describeCommands } from "./reference.ts";
import { rulesCommand } from "./rules/rules.ts";
import { scanCommand } from "./scan/scan.ts";
import { selfTestCommand } from "./self-test/self-test.ts";
import { systemTrouble } from "./system-trouble.ts";
import { timelineCommand } from "./timeline/timeline.ts";
import { toolsCommand } from "./tools/tools.ts";
import { upCommand } from "./up.ts";

/** Every command, one line each. */
export const COMMANDS: readonly CliCommand[] = [
  upCommand,
  gatewayCommand,
  monitorCommand,
  checkCommand,
  doctorCommand,
  inspectCommand,
  scanCommand,
  ingestCommand,
  evalCommand,
  policyCommand,
  rulesCommand,
  huntCommand,
  exchangesCommand,
  findingsCommand,
  approvalsCommand,
  toolsCommand,
  timelineCommand,
  coverageCommand,
  agentsCommand,
  evidenceCommand,
  keysCommand,
  selfTestCommand,
];

const buildProgram = (context: CommandContext): Command => {
  const { terminal } = context;
  const program = new Command("parapet")
    .description("Security monitor and firewall for AI in production")
    .version(context.version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.say,
      // An argument may hold anything; it comes back in the sentence about it.
      outputError: (text, write) => write(printableLines(text)),
    });
  for (const one of COMMANDS) one.configure(program.command(one.name).description(one.summary), context);
  return program;
};

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
  try {
    await buildProgram({ terminal, action, ...product }).parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommandFailed) {
      terminal.say(error.message);
      return error.code;
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const words = systemTrouble(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    terminal.say(printableLines(words));
    return EXIT.unable;
  }
};

/** Every command with its arguments, options and exit codes, as Markdown: docs/reference/command-line.md. */
export const commandReference = (): string => {
  const nowhere: Terminal = {
    out: () => undefined,
    say: () => undefined,
    showStatus: () => undefined,
    env: {},
    workingDirectory: ".",
    isInteractive: false,
    hasColours: false,
    stdin: () => Promise.resolve(""),
  };
  const action: CommandContext["action"] = () => () => Promise.resolve();
  return describeCommands(buildProgram({ terminal: nowhere, action, root: ".", version: "0" }));
};

export type { Terminal } from "./command.ts";
