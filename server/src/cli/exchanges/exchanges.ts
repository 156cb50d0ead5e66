import { Action } from "@parapet/model";
import { ExchangeDetail, ExchangesPage } from "@parapet/model/api";
import { EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
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
import { shorten } from "../printable.ts";
import { requireServer } from "../require-server.ts";
import { queryOf } from "../server-client.ts";
import { paintSeverity, renderTable } from "../table.ts";
import { renderConversation, renderShape } from "./render.ts";

type Flags = PlaceFlags & JsonFlag;
type ListFlags = Flags & { readonly since: string; readonly limit: string; readonly verdict?: string };
type ShowFlags = Flags & { readonly protocol?: true };

export const exchangesCommand: CliCommand = {
  name: "exchanges",
  summary: "What passed through the gateway: list, and one with its texts, matches and verdicts",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    add("list", "Exchanges, newest first")
      .option("--since <age>", "an age such as 24h or 7d, or a UTC time", "24h")
      .option("--verdict <verdict>", Action.options.join(", "))
      .option("--limit <n>", "at most this many", "50")
      .action(context.action((flags: ListFlags) => runList(flags, context)));
    add("show", "One exchange as a conversation, or as its protocol spells it")
      .argument("<id>", "the exchange's id, as x-parapet-exchange says it")
      .option("--protocol", "the bodies in the protocol's own shape, with what was inspected in each place")
      .action(context.action((id: string, flags: ShowFlags) => runShow(id, flags, context)));
  },
};

const runList = async (flags: ListFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const since = parseSince(flags.since);
  const verdict = flags.verdict === undefined ? undefined : parseFlag(Action, flags.verdict, "--verdict");
  const limit = Math.min(500, parseCount(flags.limit, "--limit"));
  const server = await requireServer(flags, context);
  const page = await server.get(`/exchanges${queryOf({ since, verdict, limit })}`, ExchangesPage);
  if (flags.json === true) terminal.out(printJson(page));
  else if (page.items.length === 0) terminal.say(`No exchange since ${since}.`);
  else
    terminal.out(
      renderTable(
        ["time", "verdict", "severity", "route", "principal", "model", "found", "id"],
        page.items.map((one) => [
          one.time,
          one.verdict,
          { shown: paintSeverity(terminal, one.severity) },
          one.route,
          shorten(one.principal, 40),
          shorten(one.model, 30),
          one.categories.join(", "),
          one.id,
        ]),
      ),
    );
  return EXIT.done;
};

const runShow = async (id: string, flags: ShowFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const server = await requireServer(flags, context);
  const exchange = await server.get(`/exchanges/${encodeURIComponent(id)}`, ExchangeDetail);
  if (flags.json === true) terminal.out(printJson(exchange));
  else terminal.out(flags.protocol === true ? renderShape(exchange) : renderConversation(exchange));
  return EXIT.done;
};
