import { Timeline } from "@parapet/model/api";
import { EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { parseCount, parseSince, printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable, shorten } from "../printable.ts";
import { requireServer } from "../require-server.ts";
import { queryOf } from "../server-client.ts";
import { paintSeverity, renderTable } from "../table.ts";

type Flags = PlaceFlags & JsonFlag & { readonly since: string; readonly limit: string };

export const timelineCommand: CliCommand = {
  name: "timeline",
  summary: "What a principal, agent, workload, session or trace did, across all sources",
  configure: (command, context) => {
    withJson(withPlaces(command))
      .argument("<name>", "agent:billing, user:ada, key:…, pod:ml/trainer-0, workload:ml/trainer, session:…, trace:…")
      .option("--since <age>", "an age such as 24h or 7d, or a UTC time", "24h")
      .option("--limit <n>", "at most this many", "200")
      .action(context.action((name: string, flags: Flags) => run(name, flags, context)));
  },
};

const run = async (name: string, flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const since = parseSince(flags.since);
  const limit = Math.min(500, parseCount(flags.limit, "--limit"));
  const server = await requireServer(flags, context);
  const timeline = await server.get(`/timeline${queryOf({ name, since, limit })}`, Timeline);
  if (flags.json === true) {
    terminal.out(printJson(timeline));
    return EXIT.done;
  }
  for (const related of timeline.names) {
    terminal.say(
      `${printable(related.name)} belongs to it (${Math.round(related.confidence * 100)} %, by ${related.via.map(({ rule }) => rule).join(", then ")})`,
    );
  }
  if (timeline.events.length === 0) terminal.say(`Nothing of ${printable(name)} since ${since}.`);
  else {
    terminal.out(
      renderTable(
        ["time", "source", "what", "severity", "principal", "agent", "asset", "id"],
        timeline.events.map((event) => [
          event.time,
          event.source,
          event.kind,
          { shown: paintSeverity(terminal, event.severity) },
          shorten(event.principal ?? "", 40),
          shorten(event.agent ?? "", 30),
          shorten(event.asset ?? "", 40),
          event.id,
        ]),
      ),
    );
    if (timeline.more) terminal.say(`There are more: raise --limit, or choose a later --since.`);
  }
  return EXIT.done;
};
