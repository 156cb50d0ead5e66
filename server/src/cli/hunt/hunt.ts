import { DEFAULT_TENANT } from "@parapet/model";
import { HuntAnswer, HuntRequest } from "@parapet/model/api";
import { answerHunt } from "#api";
import { Fault, systemClock } from "#platform";
import { openChdbEventStore } from "#storage";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { readRules, requireConfiguration, requireDataDirectory } from "../configuration.ts";
import { parseSince, printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable } from "../printable.ts";
import { findServer } from "../server-client.ts";
import { renderTable } from "../table.ts";

type Flags = PlaceFlags &
  JsonFlag & { readonly where?: string; readonly since: string; readonly by?: string; readonly limit: string };

export const huntCommand: CliCommand = {
  name: "hunt",
  summary: "Search past events by an expression or by a rule",
  configure: (command, context) => {
    withJson(withPlaces(command))
      .argument("[rule]", "name of a rule over single events")
      .option("--where <expression>", 'as in: tool = shell and not principal startswith "service:"')
      .option("--since <age>", "an age such as 24h or 7d, or a UTC time", "7d")
      .option("--by <field>", "count by the values of this field")
      .option("--limit <n>", "most events shown, 0 to 500", "50")
      .action(context.action((rule: string | undefined, flags: Flags) => runHunt(rule, flags, context)));
  },
};

const requestOf = (rule: string | undefined, flags: Flags): HuntRequest => {
  if ((rule === undefined) === (flags.where === undefined))
    throw new CommandFailed(EXIT.usage, "Name a rule, or give --where an expression: one of them.");
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 0 || limit > 500)
    throw new CommandFailed(EXIT.usage, `--limit ${printable(flags.limit)}: a whole number from 0 to 500`);
  return HuntRequest.parse({
    ...(rule !== undefined && { rule }),
    ...(flags.where !== undefined && { where: flags.where }),
    ...(flags.by !== undefined && { by: flags.by }),
    since: parseSince(flags.since),
    limit,
  });
};

const runHunt = async (rule: string | undefined, flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const request = requestOf(rule, flags);
  const answer = await ask(request, flags, context);
  if (flags.json === true) {
    terminal.out(printJson(answer));
    return EXIT.done;
  }
  if (answer.by !== undefined) {
    terminal.out(
      renderTable(
        ["count", flags.by ?? "value"],
        answer.by.map(({ value, count }) => [`${count}`, value === "" ? "(none)" : value]),
      ),
    );
  } else if (answer.items.length > 0) {
    terminal.out(
      renderTable(
        ["time", "source", "kind", "principal", "asset", "id"],
        answer.items.map(({ time, source, kind, principal, asset, id }) => [
          time,
          source,
          kind,
          principal ?? "",
          asset ?? "",
          id,
        ]),
      ),
    );
  }
  const total = answer.total ?? answer.items.length;
  for (const note of answer.notes ?? []) terminal.say(printable(note));
  terminal.say(`${total.toLocaleString("en")} events since ${answer.since}, in ${answer.tookMs} ms.`);
  return EXIT.done;
};

const ask = async (request: HuntRequest, flags: Flags, context: CommandContext): Promise<HuntAnswer> => {
  const loaded = requireConfiguration(flags, context);
  const directory = requireDataDirectory(loaded, context);
  const server = await findServer(directory.root);
  if (server !== undefined) return await server.send("POST", "/hunt", request, HuntAnswer);
  const { set } = readRules(loaded);
  const { memoryBytes } = loaded.configuration.store;
  const events = await openChdbEventStore({ directory: directory.events, memoryBytes });
  try {
    return await answerHunt({ events, rules: () => set, nowMs: systemClock.now }, DEFAULT_TENANT, request);
  } catch (error) {
    if (error instanceof Fault && error.code === "bad_request")
      throw new CommandFailed(EXIT.usage, printable(error.message));
    throw error;
  } finally {
    await events.close();
  }
};
