import { accessSync, constants, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { SelfTestFigures, SelfTestLane } from "@parapet/model";
import { SelfTestRunDetail, SelfTestRuns, SelfTestStarted } from "@parapet/model/api";
import { ownBaseline } from "#compose";
import { makeBaseline } from "#self-test";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration } from "../configuration.ts";
import { printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable, printableLines, shorten } from "../printable.ts";
import { createProgress } from "../progress.ts";
import { findServer, type ServerClient } from "../server-client.ts";
import { paint, renderTable } from "../table.ts";

type Flags = PlaceFlags & JsonFlag & { readonly last?: boolean; readonly writeBaseline?: boolean | string };

const LOOK_MS = 300;
const TEXT_SHOWN = 90;

export const selfTestCommand: CliCommand = {
  name: "self-test",
  summary: "Send known attacks and look-alikes through the running gateway and say what was found",
  configure: (command, context) => {
    withJson(withPlaces(command))
      .option("--last", "show the newest run instead of starting one")
      .option(
        "--write-baseline [file]",
        "make this run what later ones must reach; without a file, in the data directory",
      )
      .action(context.action((flags: Flags) => runSelfTest(flags, context)));
  },
};

const runSelfTest = async (flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const { configuration } = requireConfiguration(flags, context);
  const written = baselinePath(flags, configuration.data, context);
  const server = await findServer(configuration.data);
  if (server === undefined) {
    throw new CommandFailed(
      EXIT.unable,
      `No server runs on ${printable(configuration.data)}: the self-test goes through a running gateway. Start it with \`parapet up\`, or name its directory with --data.`,
    );
  }
  const id =
    flags.last === true
      ? await newest(server)
      : await startAndWait(server, configuration.self_test.rowsPerSecond, context);
  const run = await server.get(`/self-test/runs/${encodeURIComponent(id)}`, SelfTestRunDetail);
  if (flags.json === true) terminal.out(printJson(run));
  else show(run, context);
  if (written === undefined) return run.result === "passed" ? EXIT.done : EXIT.found;
  return writeBaseline(run, written, context);
};

/** Where the baseline goes; looked at before the run, which takes a minute. */
const baselinePath = (
  { writeBaseline: file }: Flags,
  data: string,
  { terminal }: CommandContext,
): string | undefined => {
  if (file === undefined) return undefined;
  const path = typeof file === "string" ? resolve(terminal.workingDirectory, file) : ownBaseline(data);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch {
    throw new CommandFailed(
      EXIT.unable,
      `No baseline can be written to ${printable(path)}: its folder does not exist or cannot be written.`,
    );
  }
  return path;
};

const newest = async (server: ServerClient): Promise<string> => {
  const { items } = await server.get("/self-test/runs?limit=1", SelfTestRuns);
  const [run] = items;
  if (run === undefined)
    throw new CommandFailed(EXIT.unable, "The self-test has not run yet; leave --last out to run it.");
  return run.id;
};

const startAndWait = async (
  server: ServerClient,
  rowsPerSecond: number,
  { terminal }: CommandContext,
): Promise<string> => {
  const { id, rows } = await server.send("POST", "/self-test/runs", undefined, SelfTestStarted);
  const seconds = Math.ceil(rows / rowsPerSecond);
  terminal.say(
    `Sending ${rows} rows, ${rowsPerSecond} a second: about ${seconds} s. The run goes on without this command; --last shows it.`,
  );
  const progress = createProgress(terminal);
  for (;;) {
    const { running } = await server.get("/self-test/runs?limit=1", SelfTestRuns);
    if (running?.id !== id) break;
    progress.update(() => `${running.done} of ${running.total} rows`);
    await pause(LOOK_MS);
  }
  progress.done();
  return id;
};

const rate = (value: number | null): string => (value === null ? "–" : `${(value * 100).toFixed(1)} %`);

const rowOf = ({ name, on, attacks, found, recall, benign, wrong, falsePositives }: SelfTestFigures): string[] => [
  on ? name : `${name} (off)`,
  `${found} of ${attacks}`,
  rate(recall),
  `${wrong} of ${benign}`,
  rate(falsePositives),
];

const tableOf = (title: string, figures: readonly SelfTestFigures[]): string =>
  renderTable([title, "found", "recall", "flagged", "false positives"], figures.map(rowOf));

const laneText = ({ lane, routes, rows, acted, addedMs, detectors, categories }: SelfTestLane): string =>
  [
    `Routes that inspect like ${printable(lane)}: ${routes.map(printable).join(", ")}. ${rows} rows, policies acted on ${acted} attacks, +${addedMs.p50} ms (p50), +${addedMs.p99} ms (p99).`,
    tableOf("detector", detectors),
    tableOf("category", categories),
  ].join("\n\n");

const show = (run: SelfTestRunDetail, { terminal }: CommandContext): void => {
  for (const lane of run.lanes) terminal.out(`${laneText(lane)}\n`);
  if (run.rows.length > 0) {
    terminal.out(
      `\n${renderTable(
        ["row", "came out as", "found by", "text"],
        run.rows.map(({ id, outcome, found, text = "", detail }) => [
          id,
          outcome,
          found.map(({ detector }) => detector).join(", ") || "nobody",
          detail === "" ? shorten(text, TEXT_SHOWN) : detail,
        ]),
      )}\n`,
    );
  }
  const colour = run.result === "passed" ? "green" : "red";
  terminal.out(paint(terminal, colour, run.result));
  for (const { sentence } of run.problems) terminal.out(printableLines(`  ${sentence}`));
};

/** Only a run that saw everything may set what later ones must reach. */
const writeBaseline = (run: SelfTestRunDetail, path: string, { terminal }: CommandContext): ExitCode => {
  if (run.result === "incomplete")
    throw new CommandFailed(
      EXIT.found,
      "This run could not see everything, so it is no baseline. Nothing was written.",
    );
  try {
    writeFileSync(path, `${JSON.stringify(makeBaseline(run), undefined, 2)}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(EXIT.unable, `The baseline could not be written: ${printable(why)}`);
  }
  terminal.say(`Later runs are held against ${printable(path)}.`);
  return EXIT.done;
};
