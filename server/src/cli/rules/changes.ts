import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Event, RuleChange } from "@parapet/model";
import { RuleChangeDetail, RuleChanges, RuleComparison, type NewRuleChange } from "@parapet/model/api";
import { CommandFailed, EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { parseCount, parseSince, printJson, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { formatDiagnostics } from "../format-diagnostics.ts";
import { printable, shorten } from "../printable.ts";
import { requireServer } from "../require-server.ts";
import { renderTable } from "../table.ts";

type Flags = PlaceFlags & JsonFlag;
export type CompareFlags = Flags & { readonly since: string };
export type ProposeFlags = Flags & { readonly reason: string; readonly days: string };

const readText = (file: string, { terminal }: CommandContext): string => {
  try {
    return readFileSync(resolve(terminal.workingDirectory, file), "utf8");
  } catch {
    throw new CommandFailed(EXIT.usage, `${printable(file)} cannot be read.`);
  }
};

/** What an event is, and where to read it. */
const eventWords = ({
  id,
  time,
  source,
  kind,
  principal = "",
  agent = "",
  route = "",
  exchange = "",
}: Event): string => {
  const names = [source, kind, principal, agent, route].filter((name) => name !== "");
  return `${time}  ${names.map((name) => printable(name)).join(" ")}  ${exchange === "" ? `event ${id}` : `exchange ${exchange}`}`;
};

const describe = (comparison: RuleComparison): string => {
  const { rule, isNew, since, until, both, onlyInForce, onlyChanged, complete, tests } = comparison;
  const group = (one: Readonly<Record<string, string>>): string =>
    Object.entries(one)
      .map(([field, value]) => `${printable(field)}=${printable(value)}`)
      .join(" ");
  return [
    `${printable(rule)}${isNew ? " (new)" : ""}, ${since} to ${until}`,
    `found by both ${both}, only by the one in force ${onlyInForce}, only by the changed one ${onlyChanged}${complete ? "" : " (there was more than could be read; the newest was)"}`,
    `its own cases: ${tests.passed} passed${tests.failed.length === 0 ? "" : `, ${tests.failed.length} failed: ${tests.failed.map(printable).join(", ")}`}`,
    ...comparison.lost.map((event) => `  no more    ${eventWords(event)}`),
    ...comparison.gained.map((event) => `  besides    ${eventWords(event)}`),
    ...comparison.lostGroups.map((one) => `  no more    ${group(one)}`),
    ...comparison.gainedGroups.map((one) => `  besides    ${group(one)}`),
    ...(comparison.diagnostics.length === 0 ? [] : [formatDiagnostics(comparison.diagnostics)]),
  ].join("\n");
};

export const runCompare = async (file: string, flags: CompareFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const body = { text: readText(file, context), since: parseSince(flags.since) };
  const comparison = await (await requireServer(flags, context)).send("POST", "/rules/compare", body, RuleComparison);
  terminal.out(flags.json === true ? printJson(comparison) : describe(comparison));
  return comparison.tests.failed.length > 0 ? EXIT.found : EXIT.done;
};

export const runPropose = async (file: string, flags: ProposeFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const body: NewRuleChange = {
    text: readText(file, context),
    reason: flags.reason,
    days: parseCount(flags.days, "--days"),
  };
  const change = await (await requireServer(flags, context)).send("POST", "/rule-changes", body, RuleChange);
  terminal.out(
    flags.json === true
      ? printJson(change)
      : `${change.id}: ${printable(change.rule)} is in shadow until ${change.shadowUntil}; look with \`parapet rules change ${change.id}\``,
  );
  return EXIT.done;
};

export const runChanges = async (flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const { items } = await (await requireServer(flags, context)).get("/rule-changes", RuleChanges);
  if (flags.json === true) terminal.out(printJson({ items }));
  else if (items.length === 0) terminal.say("No changes of rules.");
  else {
    terminal.out(
      renderTable(
        ["id", "rule", "state", "in shadow until", "by", "why"],
        items.map((one) => [
          one.id,
          one.rule,
          one.state,
          // Only a shadow ends by itself.
          one.state === "shadow" ? one.shadowUntil : "",
          one.createdBy,
          shorten(one.reason, 80),
        ]),
      ),
    );
  }
  return EXIT.done;
};

export const runChange = async (id: string, flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const server = await requireServer(flags, context);
  const change = await server.get(`/rule-changes/${encodeURIComponent(id)}`, RuleChangeDetail);
  if (flags.json === true) terminal.out(printJson(change));
  else {
    terminal.out(`${change.id} ${printable(change.rule)}: ${change.state}, “${printable(change.reason)}”`);
    if (change.comparison !== undefined) terminal.out(describe(change.comparison));
  }
  return EXIT.done;
};

const DECIDED = {
  promote: "it is in force from now on, over the file's rule. Put its text into the file at the next occasion.",
  withdraw: "the file's rule holds, unless another change of it is promoted.",
} as const;

export const runDecide = async (
  id: string,
  decision: "promote" | "withdraw",
  flags: Flags,
  context: CommandContext,
): Promise<ExitCode> => {
  const server = await requireServer(flags, context);
  const change = await server.send(
    "POST",
    `/rule-changes/${encodeURIComponent(id)}/${decision}`,
    undefined,
    RuleChange,
  );
  context.terminal.out(
    flags.json === true
      ? printJson(change)
      : `${change.id} ${printable(change.rule)} is ${change.state}: ${DECIDED[decision]}`,
  );
  return EXIT.done;
};
