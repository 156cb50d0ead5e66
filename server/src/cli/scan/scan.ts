import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { SEVERITIES, Severity, severityRank } from "@parapet/model";
import { z } from "zod";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration, requireInspector } from "../configuration.ts";
import { parseFlag, printJson } from "../flags.ts";
import { printable } from "../printable.ts";
import { createProgress } from "../progress.ts";
import { findFiles, type FoundFile } from "./find-files.ts";
import { createItemInspection } from "./inspect-item.ts";
import { readScanFile } from "./read-file.ts";
import { toSarif } from "./sarif.ts";
import { SCAN_FORMATS } from "./scan-item.ts";
import { showReport } from "./show-table.ts";
import { summarySentence, uninspectedSentence } from "./summarise.ts";
import { createTally, type ScanReport } from "./tally.ts";

const Format = z.enum(["auto", ...SCAN_FORMATS]);
const Output = z.enum(["table", "json", "sarif"]);
/** Lets a signal or a resize through between records. */
const BREATHE_EVERY = 64;

interface ScanFlags {
  readonly format: string;
  readonly output: string;
  readonly failOn: string;
  readonly config?: string;
}

export const scanCommand: CliCommand = {
  name: "scan",
  summary: "Logs, prompts and documents that exist already: what happened in them",
  configure: (command, context) => {
    command
      .argument("<path...>", "files and directories; directories are read with everything below them")
      .option("--format <f>", `${Format.options.join(", ")}; auto tells each file by its content`, "auto")
      .option("--output <o>", Output.options.join(", "), "table")
      .option("--fail-on <severity>", `exit 1 when something at or above it is found: ${SEVERITIES.join(", ")}`, "high")
      .option("--config <file>", "configuration file, for the detectors' settings")
      .action(context.action((paths: readonly string[], flags: ScanFlags) => runScan(paths, flags, context)));
  },
};

const runScan = async (given: readonly string[], flags: ScanFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const format = parseFlag(Format, flags.format, "--format");
  const output = parseFlag(Output, flags.output, "--output");
  const failOn = parseFlag(Severity, flags.failOn, "--fail-on");
  const paths = given.map((path) => resolve(terminal.workingDirectory, path));
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined)
    throw new CommandFailed(EXIT.usage, `There is no file or directory ${printable(missing)}.`);

  const report = await scanPaths(paths, format, context, flags);
  if (output === "json") {
    const sentences = { sentence: summarySentence(report.summary), notInspected: uninspectedSentence(report.summary) };
    terminal.out(
      printJson({
        summary: { ...sentences, ...report.summary },
        results: report.results,
        uninspected: report.uninspected,
        skipped: report.skipped,
      }),
    );
  } else if (output === "sarif") terminal.out(printJson(toSarif(report, context.version, terminal.workingDirectory)));
  else showReport(report, terminal);
  if (output !== "table") terminal.say(summarySentence(report.summary));

  const { worst, files } = report.summary;
  if (files === 0) throw new CommandFailed(EXIT.unable, "Nothing could be read; what was skipped stands above.");
  return worst !== undefined && severityRank(worst) >= severityRank(failOn) ? EXIT.found : EXIT.done;
};

const scanPaths = async (
  paths: readonly string[],
  format: z.infer<typeof Format>,
  context: CommandContext,
  flags: { readonly config?: string },
): Promise<ScanReport> => {
  const inspect = createItemInspection(requireInspector(requireConfiguration(flags, context)));
  const tally = createTally();
  const progress = createProgress(context.terminal);
  const { files, skipped } = findFiles(paths);
  for (const one of skipped) tally.skip(one);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let readBytes = 0;
  let count = 0;
  const onBytes = (bytes: number): void => {
    readBytes += bytes;
  };
  const show = (file: FoundFile): void =>
    progress.update(
      () =>
        `${Math.floor((100 * readBytes) / Math.max(1, totalBytes))} %  ${count.toLocaleString("en")} read  ${file.path}`,
    );

  for (const file of files) {
    show(file);
    try {
      const reading = await readScanFile(file, { format, onBytes });
      if (reading.kind === "skip") {
        tally.skip({ path: file.path, reason: reading.reason });
        onBytes(file.bytes);
        continue;
      }
      tally.file();
      for await (const item of reading.items) {
        count += 1;
        if (item.kind === "problem") tally.malformed(file.path, item.line, item.reason);
        else tally.item(file.path, item, inspect(item));
        show(file);
        if (count % BREATHE_EVERY === 0) await new Promise(setImmediate);
      }
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      tally.skip({ path: file.path, reason: `cannot be read (${String(error.code)})` });
    }
  }
  progress.done();
  return tally.report();
};
