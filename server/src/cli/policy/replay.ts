import { actionRank, type Action, type Event } from "@parapet/model";
import { EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration, requirePolicies } from "../configuration.ts";
import { parseSince, printJson, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { pastEvents } from "../past-events.ts";
import { printable } from "../printable.ts";
import { createProgress } from "../progress.ts";
import { renderTable } from "../table.ts";
import { redecide, type Redecision } from "./redecide.ts";

const SAMPLES = 10;

export type ReplayFlags = PlaceFlags & JsonFlag & { readonly since: string };

type Change = "stricter" | "looser";

interface Sample extends Redecision {
  readonly exchange: string;
  readonly time: string;
  readonly route: string;
  readonly principal: string;
}

interface Group {
  readonly change: Change;
  readonly before: Action;
  readonly after: Action;
  readonly policies: readonly string[];
  readonly count: number;
  readonly samples: readonly Sample[];
}

/** Past exchanges decided again with the policies in the folders. Nothing is changed by it. */
export const runReplay = async (flags: ReplayFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const since = parseSince(flags.since);
  const loaded = requireConfiguration(flags, context);
  const policies = requirePolicies(loaded);
  const groups = new Map<string, Group>();
  const progress = createProgress(terminal);
  let [exchanges, unreadable] = [0, 0];
  for await (const batch of pastEvents(loaded, { since, kind: "exchange.closed" }, context)) {
    for (const event of batch) {
      const decision = redecide(event, policies);
      if (decision === undefined) unreadable += 1;
      else {
        exchanges += 1;
        addTo(groups, event, decision);
      }
    }
    progress.update(() => `${exchanges.toLocaleString("en")} exchanges decided again`);
  }
  progress.done();
  const ordered = [...groups.values()].sort((a, b) => b.count - a.count);
  const countOf = (change: Change): number =>
    ordered.filter((one) => one.change === change).reduce((sum, { count }) => sum + count, 0);
  const report = {
    since,
    exchanges,
    unreadable,
    policyVersion: policies.version,
    stricter: countOf("stricter"),
    looser: countOf("looser"),
    changes: ordered,
  };
  if (flags.json === true) terminal.out(printJson(report));
  else show(report, context);
  return EXIT.done;
};

const addTo = (groups: Map<string, Group>, event: Event, decision: Redecision): void => {
  const { before, after } = decision;
  if (before === after) return;
  const change = actionRank(after) > actionRank(before) ? "stricter" : "looser";
  const policies = change === "stricter" ? decision.policiesAfter : decision.policiesBefore;
  const name = [before, after, ...policies].join(" ");
  const known = groups.get(name) ?? { change, before, after, policies, count: 0, samples: [] };
  const sample = {
    exchange: event.exchange ?? "",
    time: event.time,
    route: event.route ?? "",
    principal: event.principal ?? "",
    ...decision,
  };
  groups.set(name, {
    ...known,
    count: known.count + 1,
    samples: known.samples.length < SAMPLES ? [...known.samples, sample] : known.samples,
  });
};

const TITLES: Readonly<Record<Change, string>> = {
  stricter: "Newly stopped or changed",
  looser: "Newly allowed",
};

const show = (
  report: {
    readonly since: string;
    readonly exchanges: number;
    readonly unreadable: number;
    readonly stricter: number;
    readonly looser: number;
    readonly changes: readonly Group[];
  },
  { terminal }: CommandContext,
): void => {
  const { exchanges, stricter, looser } = report;
  const same = stricter + looser === 0 ? "the same" : `${stricter} treated more strictly, ${looser} less strictly`;
  terminal.out(`${exchanges} exchanges since ${report.since} decided again as an enforcing route would: ${same}.`);
  for (const change of ["stricter", "looser"] as const) {
    const groups = report.changes.filter((one) => one.change === change);
    if (groups.length === 0) continue;
    terminal.out(`\n${TITLES[change]}`);
    terminal.out(
      renderTable(
        ["count", "then", "now", "policy", "examples"],
        groups.map((group) => [
          `${group.count}`,
          group.before,
          group.after,
          group.policies.join(", ") || "none",
          group.samples
            .slice(0, 3)
            .map(({ exchange, principal }) => `${exchange} ${principal}`)
            .join("\n")
            .replaceAll("\n", ", "),
        ]),
      ),
    );
  }
  if (report.unreadable > 0)
    terminal.say(printable(`${report.unreadable} events do not hold what a decision needs and were left out.`));
  terminal.say("Sessions count as known and without risk; at most 100 matches per exchange are kept for this.");
};
