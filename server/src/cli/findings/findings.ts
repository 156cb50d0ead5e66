import { existsSync } from "node:fs";
import { DEFAULT_TENANT, Finding, FINDING_STATUSES, FindingStatus, Severity } from "@parapet/model";
import { FindingsPage, sinceToMs, type FindingChange } from "@parapet/model/api";
import type { LoadedConfiguration } from "#compose";
import { changeFinding } from "#findings";
import { systemClock, toTimestamp } from "#platform";
import { openSqliteControlStore } from "#storage";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration, requireDataDirectory } from "../configuration.ts";
import {
  parseCount,
  parseFlag,
  parseSince,
  printJson,
  withJson,
  withPlaces,
  type JsonFlag,
  type PlaceFlags,
} from "../flags.ts";
import {
  runExcept,
  runExceptions,
  runQueue,
  runRules,
  runUnexcept,
  type ExceptFlags,
  type RulesFlags,
} from "./decide.ts";
import { withOfflineStore } from "../offline-store.ts";
import { printable, printableLines, shorten } from "../printable.ts";
import { findServer, queryOf } from "../server-client.ts";
import { paint, paintSeverity, renderTable } from "../table.ts";

type Flags = PlaceFlags & JsonFlag;
type ListFlags = Flags & {
  readonly status?: string;
  readonly severity?: string;
  readonly since?: string;
  readonly limit: string;
};
type LabelFlags = Flags & { readonly comment?: string; readonly days: string };

const PAGE = 500;
const DAY_MS = 86_400_000;
const LABELS = FINDING_STATUSES.filter((status) => status !== "new");

export const findingsCommand: CliCommand = {
  name: "findings",
  summary: "What the rules found, and what became of it",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    add("list", "Findings, last seen first")
      .option("--status <status>", FINDING_STATUSES.join(", "))
      .option("--severity <severity>", "only this severity")
      .option("--since <age>", "last seen since: an age such as 24h or 7d, or a UTC time")
      .option("--limit <n>", "at most this many", "50")
      .action(context.action((flags: ListFlags) => runList(flags, context)));
    add("show", "One finding: what happened, what to do first, its history")
      .argument("<id>", "the finding's id")
      .action(context.action((id: string, flags: Flags) => runShow(id, flags, context)));
    add("label", "Say what became of a finding")
      .argument("<id>", "the finding's id")
      .argument("<status>", LABELS.join(", "))
      .option("--comment <text>", "why")
      .option("--days <n>", "with accepted: for how many days", "30")
      .action(context.action((id: string, status: string, flags: LabelFlags) => runLabel(id, status, flags, context)));
    add("queue", "The open findings to look at, highest score first").action(
      context.action((flags: Flags) => runQueue(flags, context)),
    );
    add("rules", "What became of each rule's findings: precision, last useful one, decay")
      .option("--days <n>", "days to look at, beside as many before", "30")
      .action(context.action((flags: RulesFlags) => runRules(flags, context)));
    add("except", "Accept further findings like this one without anybody looking, for a time")
      .argument("<id>", "the finding's id")
      .requiredOption("--reason <text>", "why")
      .option("--days <n>", "for how many days, at most 365", "30")
      .option("--only <fields>", "fields of its group that must be the same, by commas; left out: all of them")
      .action(context.action((id: string, flags: ExceptFlags) => runExcept(id, flags, context)));
    add("exceptions", "Exceptions that are in force").action(
      context.action((flags: Flags) => runExceptions(flags, context)),
    );
    add("unexcept", "Take an exception back")
      .argument("<id>", "the exception's id")
      .action(context.action((id: string, flags: Flags) => runUnexcept(id, flags, context)));
  },
};

/** Reading needs no lock: the control store may be read beside anything. */
const readControl = async <T>(
  loaded: LoadedConfiguration,
  context: CommandContext,
  read: (store: ReturnType<typeof openSqliteControlStore>) => Promise<T>,
): Promise<T> => {
  const directory = requireDataDirectory(loaded, context);
  if (!existsSync(directory.control))
    throw new CommandFailed(EXIT.unable, "Nothing was recorded in this data directory yet.");
  const control = openSqliteControlStore(directory.control);
  try {
    return await read(control);
  } finally {
    await control.close();
  }
};

const listFindings = async (flags: ListFlags, context: CommandContext): Promise<readonly Finding[]> => {
  const status = flags.status === undefined ? undefined : parseFlag(FindingStatus, flags.status, "--status");
  const severity = flags.severity === undefined ? undefined : parseFlag(Severity, flags.severity, "--severity");
  const since = flags.since === undefined ? undefined : parseSince(flags.since);
  const wanted = parseCount(flags.limit, "--limit");
  const loaded = requireConfiguration(flags, context);
  const server = await findServer(loaded.configuration.data);
  const sinceMs = since === undefined ? undefined : sinceToMs(since, systemClock.now());
  const collectPages = async (
    pageOf: (
      limit: number,
      cursor: string | undefined,
    ) => Promise<{ readonly items: readonly Finding[]; readonly next?: string | undefined }>,
  ) => {
    const items: Finding[] = [];
    let cursor: string | undefined;
    do {
      const page = await pageOf(Math.min(PAGE, wanted - items.length), cursor);
      items.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined && items.length < wanted);
    return items;
  };
  if (server !== undefined)
    return collectPages((limit, cursor) =>
      server.get(`/findings${queryOf({ status, severity, since, limit, cursor })}`, FindingsPage),
    );
  return readControl(loaded, context, (control) =>
    collectPages((limit, cursor) => control.listFindings(DEFAULT_TENANT, { status, severity, sinceMs, limit, cursor })),
  );
};

const runList = async (flags: ListFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const items = await listFindings(flags, context);
  if (flags.json === true) terminal.out(printJson({ items }));
  else if (items.length === 0) terminal.say("No findings.");
  else {
    terminal.out(
      renderTable(
        ["severity", "status", "count", "last seen", "id", "what"],
        items.map((one) => [
          { shown: paintSeverity(terminal, one.severity) },
          one.status,
          `${one.count}`,
          one.lastSeen,
          one.id,
          shorten(one.title, 100),
        ]),
      ),
    );
  }
  return EXIT.done;
};

const noSuch = (id: string): CommandFailed =>
  new CommandFailed(EXIT.usage, `There is no finding ${printable(id)}; \`parapet findings list\` shows them.`);

const runShow = async (id: string, flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const loaded = requireConfiguration(flags, context);
  const server = await findServer(loaded.configuration.data);
  const finding =
    server !== undefined
      ? await server.get(`/findings/${encodeURIComponent(id)}`, Finding)
      : await readControl(loaded, context, (control) => control.getFinding(DEFAULT_TENANT, id));
  if (finding === undefined) throw noSuch(id);
  if (flags.json === true) terminal.out(printJson(finding));
  else terminal.out(describe(finding, context));
  return EXIT.done;
};

const scoreLine = ({ score, scoreParts }: Finding): string =>
  `Score ${score}: ${scoreParts.map(({ points, why }) => `${points > 0 ? "+" : ""}${points} ${printable(why)}`).join(", ")}`;

const PARTS = { change: "Laid to", now: "Now", before: "Before" } as const;

const samplesOf = ({ samples = [] }: Finding): readonly string[] =>
  samples.length === 0
    ? []
    : [
        "What shows it:",
        ...samples.map(
          ({ part, time, shows, event, exchange }) =>
            `  ${PARTS[part]}  ${time}  ${printable(shows)}  ${exchange === undefined ? `event ${printable(event)}` : `exchange ${printable(exchange)}`}`,
        ),
      ];

const describe = (finding: Finding, { terminal }: CommandContext): string =>
  [
    paint(terminal, "bold", printable(finding.title)),
    `${paintSeverity(terminal, finding.severity)}, ${finding.status}, ${finding.count === 1 ? "once" : `${finding.count} times`} from ${finding.firstSeen} to ${finding.lastSeen}${finding.owner === undefined ? "" : `, ${printable(finding.owner)}`}`,
    printableLines(finding.description),
    ...(finding.explanation === undefined ? [] : [printableLines(finding.explanation)]),
    ...samplesOf(finding),
    scoreLine(finding),
    `\nWhat to do first:\n${printableLines(finding.triage)}\n`,
    `Rule: ${printable(finding.rule)}${finding.tags.length === 0 ? "" : ` (${finding.tags.map(printable).join(", ")})`}`,
    ...Object.entries(finding.entities).map(([name, value]) => `  ${printable(name)}: ${printable(value)}`),
    ...(finding.exchanges.length === 0
      ? []
      : [`Exchanges: ${finding.exchanges.slice(0, 10).map(printable).join(", ")}`]),
    ...(finding.events.length === 0 ? [] : [`Events: ${finding.events.slice(0, 10).map(printable).join(", ")}`]),
    ...finding.history.map(
      ({ time, actor, change, comment }) =>
        `  ${time}  ${printable(actor)}: ${printable(change)}${comment === undefined ? "" : `, “${printable(comment)}”`}`,
    ),
  ].join("\n");

const runLabel = async (id: string, label: string, flags: LabelFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const status = parseFlag(FindingStatus.exclude(["new"]), label, "status");
  const change: FindingChange = {
    status,
    ...(status === "accepted" && {
      acceptedUntil: toTimestamp(systemClock.now() + parseCount(flags.days, "--days") * DAY_MS),
    }),
    ...(flags.comment !== undefined && { comment: flags.comment }),
  };
  const loaded = requireConfiguration(flags, context);
  const server = await findServer(loaded.configuration.data);
  const finding =
    server !== undefined
      ? await server.send("PATCH", `/findings/${encodeURIComponent(id)}`, change, Finding)
      : await labelOffline(id, change, loaded, context);
  if (flags.json === true) terminal.out(printJson(finding));
  else terminal.out(`${finding.id} is ${finding.status}: ${printable(finding.title)}`);
  return EXIT.done;
};

const labelOffline = async (
  id: string,
  change: FindingChange,
  loaded: LoadedConfiguration,
  context: CommandContext,
): Promise<Finding> => {
  requireDataDirectory(loaded, context);
  return withOfflineStore(loaded.configuration.data, context.terminal.env, async ({ control, audited }) => {
    const finding = await control.getFinding(DEFAULT_TENANT, id);
    if (finding === undefined) throw noSuch(id);
    const changed = changeFinding(finding, change, "cli", toTimestamp(systemClock.now()));
    if (!changed.ok) throw new CommandFailed(EXIT.unable, printable(changed.reason));
    await audited({ type: "finding.changed", target: id, detail: { status: changed.finding.status } }, () =>
      control.putFinding(DEFAULT_TENANT, changed.finding),
    );
    return changed.finding;
  });
};
