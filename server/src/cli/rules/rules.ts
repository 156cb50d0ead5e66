import { EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { readRules, requireConfiguration } from "../configuration.ts";
import { printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { formatDiagnostics } from "../format-diagnostics.ts";
import { printable } from "../printable.ts";
import { paint } from "../table.ts";
import { runBacktest, type BacktestFlags } from "./backtest.ts";
import {
  runChange,
  runChanges,
  runCompare,
  runDecide,
  runPropose,
  type CompareFlags,
  type ProposeFlags,
} from "./changes.ts";
import { runList } from "./list.ts";
import { runMatch, type MatchFlags } from "./match-events.ts";

type Flags = PlaceFlags & JsonFlag;

export const rulesCommand: CliCommand = {
  name: "rules",
  summary: "Sigma rules over events, their tests, and what they would have found",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    add("list", "The rules in the configuration's folders, and those that were changed over them").action(
      context.action((flags: Flags) => runList(flags, context)),
    );
    add("test", "Run the tests inside the rules; exit 1 when one fails").action(
      context.action((flags: Flags) => runTest(flags, context)),
    );
    add("backtest", "The rules over past events, without making findings")
      .argument("[rule]", "only this rule")
      .option("--since <age>", "an age such as 24h or 7d, or a UTC time", "7d")
      .action(context.action((rule: string | undefined, flags: BacktestFlags) => runBacktest(rule, flags, context)));
    add("compare", "What another text of a rule would have found differently")
      .argument("<file>", "the changed rule, or a correlation with its rules")
      .option("--since <age>", "an age such as 24h or 7d, or a UTC time", "7d")
      .action(context.action((file: string, flags: CompareFlags) => runCompare(file, flags, context)));
    add("propose", "Put another text of a rule in shadow: compared with what arrives, it makes no findings")
      .argument("<file>", "the changed rule, or a correlation with its rules")
      .requiredOption("--reason <text>", "why")
      .option("--days <n>", "days in shadow, at most 30", "7")
      .action(context.action((file: string, flags: ProposeFlags) => runPropose(file, flags, context)));
    add("changes", "Changes of rules, newest first").action(
      context.action((flags: Flags) => runChanges(flags, context)),
    );
    add("change", "One change, with what it found differently since it is in shadow")
      .argument("<id>", "the change's id")
      .action(context.action((id: string, flags: Flags) => runChange(id, flags, context)));
    add("promote", "Put a change in force over the file's rule")
      .argument("<id>", "the change's id")
      .action(context.action((id: string, flags: Flags) => runDecide(id, "promote", flags, context)));
    add("withdraw", "Give a change up; where it was in force, the file's rule holds again")
      .argument("<id>", "the change's id")
      .action(context.action((id: string, flags: Flags) => runDecide(id, "withdraw", flags, context)));
    withJson(
      command
        .command("match")
        .description(
          'Rules over a file of events: {"line","match"} for each, or the groups for which a correlation fires',
        ),
    )
      .argument("<rule...>", "files of rules, and of the rules that a correlation names")
      .requiredOption("--events <file>", "events, one JSON object a line")
      .action(context.action((rules: readonly string[], flags: MatchFlags) => runMatch(rules, flags, context)));
  },
};

const runTest = (flags: Flags, context: CommandContext): ExitCode => {
  const { terminal } = context;
  const { set, diagnostics } = readRules(requireConfiguration(flags, context));
  const problems = diagnostics.filter(({ level }) => level === "error");
  if (problems.length > 0) terminal.say(formatDiagnostics(problems));
  const tests = set.test();
  const failed = tests.filter(({ passed }) => !passed);
  if (flags.json === true)
    terminal.out(printJson({ passed: tests.length - failed.length, failed: failed.length, tests, diagnostics }));
  else {
    for (const { file, line, name, rule, expected, groups } of failed) {
      terminal.out(
        `${paint(terminal, "red", "failed")}  ${printable(`${file}:${line}`)}  ${printable(rule)}: ${printable(name)} (${groups === undefined ? `expected ${expected ? "a match" : "no match"}` : `fired for ${groups.length === 0 ? "nobody" : printable(JSON.stringify(groups))}`})`,
      );
    }
    terminal.out(
      failed.length === 0
        ? `${tests.length} tests of ${set.rules.length} rules passed.`
        : `${failed.length} of ${tests.length} tests failed.`,
    );
  }
  return failed.length === 0 && problems.length === 0 ? EXIT.done : EXIT.found;
};
