import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { EvidenceStatus } from "@parapet/model/api";
import { exportLedger, verifyLog } from "#ledger";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration } from "../configuration.ts";
import { printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable, printableLines } from "../printable.ts";
import { createProgress } from "../progress.ts";
import { findServer } from "../server-client.ts";
import { paint } from "../table.ts";

const TEXT_BYTES_MAX = 1024 * 1024;
const PROBLEMS_SHOWN = 20;

type Flags = PlaceFlags & JsonFlag;
type VerifyFlags = Flags & { readonly against?: string; readonly vkey?: string };
type ExportFlags = Flags & { readonly out: string };

export const evidenceCommand: CliCommand = {
  name: "evidence",
  summary: "The ledger: verify it, export it, keep its checkpoints elsewhere",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    add("verify", "Verify a log offline, with the public key alone; exit 1 when it does not hold")
      .argument("[dir]", "an export or a data directory; left out, the configuration's data directory")
      .option(
        "--against <file>",
        "a checkpoint that was kept elsewhere: excludes that the log was cut back or replaced by an older copy",
      )
      .option(
        "--vkey <key>",
        "the verifier key as noted elsewhere, or a file that holds it; left out, the one beside the log",
      )
      .action(
        context.action((directory: string | undefined, flags: VerifyFlags) => runVerify(directory, flags, context)),
      );
    add("export", "Write the log as a C2SP tlog-tiles folder that any tool can check")
      .requiredOption("--out <dir>", "folder to write; empty, or an older export of the same log")
      .action(context.action((flags: ExportFlags) => runExport(flags, context)));
    add("checkpoint", "Print the newest signed checkpoint, to be kept elsewhere").action(
      context.action((flags: Flags) => runCheckpoint(flags, context)),
    );
  },
};

const readSmall = (path: string, flag: string): string => {
  const about = statSync(path, { throwIfNoEntry: false });
  if (about?.isFile() !== true) throw new CommandFailed(EXIT.usage, `${flag}: there is no file ${printable(path)}.`);
  if (about.size > TEXT_BYTES_MAX)
    throw new CommandFailed(EXIT.usage, `${flag}: ${printable(path)} is too long for what it should be.`);
  return readFileSync(path, "utf8");
};

const runVerify = async (given: string | undefined, flags: VerifyFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const base = terminal.workingDirectory;
  // An export is verified by people who have no configuration.
  const directory =
    given === undefined ? requireConfiguration(flags, context).configuration.data : resolve(base, given);
  if (!existsSync(directory)) throw new CommandFailed(EXIT.usage, `There is no directory ${printable(directory)}.`);
  const against = flags.against === undefined ? undefined : readSmall(resolve(base, flags.against), "--against");
  const vkeys =
    flags.vkey === undefined
      ? undefined
      : [existsSync(resolve(base, flags.vkey)) ? readSmall(resolve(base, flags.vkey), "--vkey") : flags.vkey];
  const result = await verifyLog({ directory, vkeys, against });
  if (flags.json === true) terminal.out(printJson(result));
  else {
    const word = result.ok ? paint(terminal, "green", "holds") : paint(terminal, "red", "does not hold");
    terminal.out(
      `The log ${word}: ${result.size} entries${result.root === "" ? "" : `, root ${result.root}`}${result.checkpointAt === undefined ? "" : `, signed ${result.checkpointAt}`}.`,
    );
    for (const { index, message } of result.problems.slice(0, PROBLEMS_SHOWN)) {
      terminal.out(`  ${index === undefined ? "" : `entry ${index}: `}${printable(message)}`);
    }
    if (result.problems.length > PROBLEMS_SHOWN)
      terminal.out(`  … and ${result.problems.length - PROBLEMS_SHOWN} more; --json lists all.`);
    for (const note of result.notes) terminal.say(printable(note));
  }
  return result.ok ? EXIT.done : EXIT.found;
};

const runExport = async (flags: ExportFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const { configuration } = requireConfiguration(flags, context);
  const out = resolve(terminal.workingDirectory, flags.out);
  const progress = createProgress(terminal);
  const result = await exportLedger({
    tiles: join(configuration.data, "ledger", "tiles"),
    out,
    onProgress: (done, total) => progress.update(() => `${done} of ${total} files`),
  });
  progress.done();
  if (!result.ok) throw new CommandFailed(EXIT.unable, printable(result.reason));
  if (flags.json === true)
    terminal.out(printJson({ out, size: result.size, files: result.files, checkpoint: result.checkpoint }));
  else terminal.out(`${result.size} entries in ${result.files} files in ${printable(out)}`);
  terminal.say("Keep the checkpoint elsewhere too: an older copy of the log is only noticed against it.");
  return EXIT.done;
};

const runCheckpoint = async (flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const { configuration } = requireConfiguration(flags, context);
  const server = await findServer(configuration.data);
  const published = join(configuration.data, "ledger", "tiles", "checkpoint");
  const note =
    server !== undefined
      ? (await server.get("/evidence", EvidenceStatus)).checkpoint
      : existsSync(published)
        ? readSmall(published, "checkpoint")
        : "";
  if (note === "")
    throw new CommandFailed(
      EXIT.unable,
      "Nothing was signed yet: a checkpoint comes a few seconds after the first record.",
    );
  if (flags.json === true) {
    const [origin = "", size = "", root = ""] = note.split("\n");
    terminal.out(printJson({ origin, size: Number(size), root, checkpoint: note }));
  } else {
    // The file must come out byte for byte; what it may hold was checked when it was made.
    terminal.out(printableLines(note));
  }
  return EXIT.done;
};
