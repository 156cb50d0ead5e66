import { Finding, FindingException } from "@parapet/model";
import { ExceptionsList, FindingsQueue, RuleRecords, type NewException } from "@parapet/model/api";
import { z } from "zod";
import { CommandFailed, EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { parseCount, printJson, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable, shorten } from "../printable.ts";
import { queryOf } from "../server-client.ts";
import { requireServer } from "../require-server.ts";
import { paintSeverity, renderTable } from "../table.ts";

type Flags = PlaceFlags & JsonFlag;
export type RulesFlags = Flags & { readonly days: string };
export type ExceptFlags = Flags & { readonly reason: string; readonly days: string; readonly only?: string };

export const runQueue = async (flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const queue = await (await requireServer(flags, context)).get("/findings/queue", FindingsQueue);
  if (flags.json === true) terminal.out(printJson(queue));
  else if (queue.items.length === 0) terminal.say("Nothing needs you.");
  else {
    terminal.out(
      renderTable(
        ["score", "severity", "status", "count", "last seen", "id", "what"],
        queue.items.map((one) => [
          `${one.score}`,
          { shown: paintSeverity(terminal, one.severity) },
          one.status,
          `${one.count}`,
          one.lastSeen,
          one.id,
          shorten(one.title, 100),
        ]),
      ),
    );
    if (queue.below > 0) terminal.say(`${queue.below} more are open below the budget of ${queue.budget}.`);
  }
  return EXIT.done;
};

const percent = (share: number | undefined): string => (share === undefined ? "" : `${Math.round(share * 100)} %`);

export const runRules = async (flags: RulesFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const days = parseCount(flags.days, "--days");
  const records = await (await requireServer(flags, context)).get(`/findings/rules${queryOf({ days })}`, RuleRecords);
  if (flags.json === true) terminal.out(printJson(records));
  else if (records.items.length === 0) terminal.say(`No rule found anything in ${2 * days} days.`);
  else {
    terminal.out(
      renderTable(
        ["rule", "findings", "open", "useful", "false", "precision", "last useful", "what to make of it"],
        records.items.map((one) => [
          one.rule,
          `${one.findings}`,
          `${one.open}`,
          `${one.useful}`,
          `${one.falsePositives}`,
          percent(one.precision),
          one.lastUseful ?? "",
          one.sentence,
        ]),
      ),
    );
  }
  return EXIT.done;
};

/** The finding's group, or the part of it that was named. */
const groupOf = (finding: Finding, only: string | undefined): Record<string, string> => {
  if (only === undefined) return { ...finding.entities };
  const fields = only.split(",").map((field) => field.trim());
  const unknown = fields.find((field) => finding.entities[field] === undefined);
  if (unknown !== undefined) {
    throw new CommandFailed(
      EXIT.usage,
      `--only: the finding's group has no "${printable(unknown)}"; it has ${Object.keys(finding.entities).join(", ") || "no fields"}.`,
    );
  }
  return Object.fromEntries(fields.map((field) => [field, finding.entities[field] ?? ""]));
};

export const runExcept = async (id: string, flags: ExceptFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const server = await requireServer(flags, context);
  const finding = await server.get(`/findings/${encodeURIComponent(id)}`, Finding);
  const body: NewException = {
    rule: finding.rule,
    where: groupOf(finding, flags.only),
    reason: flags.reason,
    days: parseCount(flags.days, "--days"),
  };
  const made = await server.send("POST", "/exceptions", body, FindingException);
  if (flags.json === true) terminal.out(printJson(made));
  else
    terminal.out(
      `${made.id}: further ones of ${describeWhere(made)} are accepted until ${made.expiresAt}; this one stays ${finding.status}`,
    );
  return EXIT.done;
};

const describeWhere = ({ rule, where }: FindingException): string =>
  `${printable(rule)}${Object.entries(where)
    .map(([field, value]) => ` ${printable(field)}=${printable(value)}`)
    .join("")}`;

export const runExceptions = async (flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const { items } = await (await requireServer(flags, context)).get("/exceptions", ExceptionsList);
  if (flags.json === true) terminal.out(printJson({ items }));
  else if (items.length === 0) terminal.say("No exceptions.");
  else {
    terminal.out(
      renderTable(
        ["id", "rule and group", "until", "owner", "why"],
        items.map((one) => [
          one.id,
          shorten(describeWhere(one), 100),
          one.expiresAt,
          one.owner,
          shorten(one.reason, 80),
        ]),
      ),
    );
  }
  return EXIT.done;
};

export const runUnexcept = async (id: string, flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const server = await requireServer(flags, context);
  await server.send("DELETE", `/exceptions/${encodeURIComponent(id)}`, undefined, z.object({ deleted: z.boolean() }));
  context.terminal.out(`${printable(id)} is taken back; what it accepted stays accepted until its time.`);
  return EXIT.done;
};
