import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Overview, Settings } from "@parapet/model/api";
import { openDataDirectory, type LoadedConfiguration } from "#compose";
import { systemClock } from "#platform";
import type { Spool, SpoolCursor } from "#storage";
import { storedCredentials } from "../check.ts";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration } from "../configuration.ts";
import { printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { openRestingSpool } from "../offline-store.ts";
import { printable } from "../printable.ts";
import { findServer, type ServerClient } from "../server-client.ts";
import { paint, renderTable } from "../table.ts";
import { checkSigned, checkSpool } from "./check-evidence.ts";
import { ageOf, attention, broken, ok, type CheckLine, type Word } from "./check-line.ts";
import { checkGateway, checkMetrics } from "./check-gateway.ts";
import { checkAgents } from "./check-agents.ts";
import { checkEnvoy } from "./check-envoy.ts";
import { checkMcpServers } from "./check-mcp.ts";
import { checkOpinion } from "./check-opinion.ts";
import { checkSources } from "./check-sources.ts";
import { checkDirectory, checkNode } from "./check-machine.ts";
import { checkCoverage, checkUpstreams } from "./check-routes.ts";

const SECOND_LOOK_MS = 1_000;
const LOOK_RECORDS = 10_000;

type Flags = PlaceFlags & JsonFlag;

export const doctorCommand: CliCommand = {
  name: "doctor",
  summary: "What is running, reachable, signed, lagging, lost; what each route inspects and what not",
  configure: (command, context) => {
    withJson(withPlaces(command)).action(context.action((flags: Flags) => runDoctor(flags, context)));
  },
};

const STYLE = { ok: "green", attention: "yellow", broken: "red" } as const satisfies Record<Word, string>;

const runDoctor = async (flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const loaded = requireConfiguration(flags, context);
  const lines = await examine(loaded, context);
  const counted = (word: Word): number => lines.filter((line) => line.word === word).length;
  if (flags.json === true)
    terminal.out(
      printJson({
        ok: counted("broken") === 0,
        broken: counted("broken"),
        attention: counted("attention"),
        checks: lines,
      }),
    );
  else {
    const rows = lines.map(({ word, about, subject, what, fix }) => [
      { shown: paint(terminal, STYLE[word], word) },
      about,
      subject,
      fix === undefined ? what : { shown: `${printable(what)}\n→ ${printable(fix)}` },
    ]);
    terminal.out(renderTable(["state", "about", "what", "how it is"], rows));
    terminal.say(`${counted("broken")} broken, ${counted("attention")} need attention, ${counted("ok")} in order.`);
  }
  return counted("broken") > 0 ? EXIT.found : EXIT.done;
};

const examine = async (loaded: LoadedConfiguration, context: CommandContext): Promise<readonly CheckLine[]> => {
  const { configuration } = loaded;
  const { env } = context.terminal;
  // First: opening the stores mends what this is to report.
  const machine = [checkNode(process.version), ...checkDirectory(configuration.data)];
  if (configuration.monitor !== undefined) {
    const upstreams = await checkUpstreams(loaded, env, new Set());
    return [
      ...(await checkGateway(loaded, configuration.monitor.url, env)),
      ...upstreams,
      ...(await checkMcpServers(loaded, env, new Set())),
      ...(await checkAgents(loaded, env)),
      ...(await checkEnvoy(loaded)),
      ...(await checkOpinion(loaded, env)),
      ...machine,
      checkMetrics(loaded),
      ...checkCoverage(loaded),
    ];
  }
  const server = await findServer(configuration.data).catch((error: unknown) => {
    if (error instanceof CommandFailed) return error;
    throw error;
  });
  const stored = await storedCredentials(configuration.data).catch(() => new Set<string>());
  const upstreams = checkUpstreams(loaded, env, stored);
  const running = await checkServer(server, context);
  const spool =
    server === undefined || server instanceof CommandFailed
      ? await checkRestingSpool(loaded, env)
      : await checkServedSpool(server);
  return [
    running,
    ...(await upstreams),
    ...(await checkMcpServers(loaded, env, stored)),
    ...(await checkAgents(loaded, env)),
    ...(await checkEnvoy(loaded)),
    ...(await checkOpinion(loaded, env)),
    ...(server === undefined || server instanceof CommandFailed ? [] : await checkSources(server)),
    ...(await checkSigned(loaded, spool.pending)),
    ...spool.lines,
    ...machine,
    checkMetrics(loaded),
    ...checkCoverage(loaded),
  ];
};

const checkServer = async (
  server: ServerClient | CommandFailed | undefined,
  { version }: CommandContext,
): Promise<CheckLine> => {
  if (server === undefined)
    return attention(
      "running",
      "server",
      "no server runs on this data directory",
      "start one with npm start, or name another directory with --data",
    );
  if (server instanceof CommandFailed) return broken("running", "server", server.message, "look at its log");
  const settings = await server.get("/settings", Settings).catch(() => undefined);
  if (settings === undefined)
    return broken(
      "running",
      "server",
      "the server accepts connections and does not answer as it should",
      "look at its log",
    );
  return settings.version === version
    ? ok("running", "server", `version ${settings.version} answers`)
    : attention(
        "running",
        "server",
        `version ${settings.version} runs, this is ${version}`,
        "restart it to use the installed version",
      );
};

interface SpoolState {
  readonly pending: number | undefined;
  readonly lines: readonly CheckLine[];
}

const checkServedSpool = async (server: ServerClient): Promise<SpoolState> => {
  const look = async () => (await server.get("/overview?since=1h", Overview)).evidence;
  const first = await look().catch(() => undefined);
  if (first === undefined)
    return { pending: undefined, lines: [broken("lagging", "spool", "the server cannot say", "look at its log")] };
  if (first.spoolLag > 0) await wait(SECOND_LOOK_MS);
  const later = first.spoolLag > 0 ? (await look()).spoolLag : 0;
  return { pending: later, lines: checkSpool(first, later) };
};

/** A read ends with its segment, so it is repeated until nothing follows. */
const countWaiting = async (
  spool: Spool,
  after: SpoolCursor | undefined,
): Promise<{ readonly oldest: string | undefined; readonly pending: number }> => {
  let oldest: string | undefined;
  let pending = 0;
  let cursor = after;
  while (pending < LOOK_RECORDS) {
    const records = await spool.read(cursor, LOOK_RECORDS - pending);
    const last = records.at(-1);
    if (last === undefined) break;
    oldest ??= records[0]?.json;
    pending += records.length;
    cursor = last.cursor;
  }
  return { oldest, pending };
};

/** The spool that a stopped server left: what waits in it, since when, and whether it reads back. */
const checkRestingSpool = async (
  { configuration }: LoadedConfiguration,
  env: NodeJS.ProcessEnv,
): Promise<SpoolState> => {
  if (!existsSync(configuration.data)) return { pending: 0, lines: [] };
  try {
    const directory = openDataDirectory(configuration.data, env);
    if (!existsSync(directory.spool)) return { pending: 0, lines: [ok("lagging", "spool", "nothing waits")] };
    const { spool, after } = await openRestingSpool(directory);
    try {
      const { oldest, pending } = await countWaiting(spool, after);
      const { damage } = spool.status();
      const since = /"time":"(\d{4}-[^"]{5,40})"/.exec(oldest ?? "")?.[1];
      const age = since === undefined ? "" : `, the oldest since ${ageOf(systemClock.now() - Date.parse(since))}`;
      const waiting =
        oldest === undefined
          ? ok("lagging", "spool", "nothing waits")
          : attention(
              "lagging",
              "spool",
              `${pending >= LOOK_RECORDS ? "10,000 or more" : pending} records wait for a server to drain them${age}`,
              "start Parapet",
            );
      return {
        pending,
        lines: [
          waiting,
          ...damage.map((place) =>
            broken(
              "lost",
              "spool",
              `damaged: ${place}`,
              "keep a copy of the directory as it is; what is undamaged is drained",
            ),
          ),
        ],
      };
    } finally {
      await spool.close();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { pending: undefined, lines: [broken("lagging", "spool", why, "see docs/evidence.md")] };
  }
};
