import type { CoverageItem } from "@parapet/model";
import { Coverage } from "@parapet/model/api";
import { EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { parseSince, printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { requireServer } from "../require-server.ts";
import { queryOf } from "../server-client.ts";
import { renderTable } from "../table.ts";

type Flags = PlaceFlags & JsonFlag & { readonly since: string; readonly all?: boolean };

export const coverageCommand: CliCommand = {
  name: "coverage",
  summary: "Which attacks could be seen with what really arrives, and what would close the gaps",
  configure: (command, context) => {
    withJson(withPlaces(command))
      .option("--since <age>", "a source is live when something of it arrived since then", "24h")
      .option("--all", "also what is covered, what no rule watches, and what cannot be seen from here")
      .action(context.action((flags: Flags) => run(flags, context)));
  },
};

const run = async (flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const since = parseSince(flags.since);
  const server = await requireServer(flags, context);
  const coverage = await server.get(`/coverage${queryOf({ since })}`, Coverage);
  if (flags.json === true) {
    terminal.out(printJson(coverage));
    return EXIT.done;
  }
  for (const framework of coverage.frameworks) {
    const own = coverage.items.filter((item) => item.framework === framework.id);
    const count = (state: CoverageItem["state"]): number => own.filter((item) => item.state === state).length;
    terminal.say(
      `${framework.title} ${framework.version}: ${count("covered")} covered, ${count("partial")} in part, ${count("blind")} blind, ${count("unwatched")} without a rule, ${count("outside")} cannot be seen from here.`,
    );
  }
  const shown = coverage.items.filter(({ state }) => flags.all === true || state === "blind" || state === "partial");
  if (shown.length > 0) {
    terminal.out(
      renderTable(
        ["id", "attack", "state", "rules live", "cheapest source that would close it"],
        shown.map((item) => [
          item.id,
          item.name,
          item.state,
          `${item.signals.filter(({ live }) => live).length} of ${item.signals.length}`,
          item.closedBy?.source ?? item.outside ?? "",
        ]),
      ),
    );
  }
  const [best] = coverage.next;
  if (best !== undefined) terminal.say(`Connect ${best.source} next: it closes ${best.closes.length} blind ones.`);
  return EXIT.done;
};
