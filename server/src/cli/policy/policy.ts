import { EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration, requirePolicies } from "../configuration.ts";
import { printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable } from "../printable.ts";
import { paint, paintSeverity, renderTable } from "../table.ts";
import { runReplay, type ReplayFlags } from "./replay.ts";

type Flags = PlaceFlags & JsonFlag;

export const policyCommand: CliCommand = {
  name: "policy",
  summary: "Policies, their cases, and what they would have done",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    add("list", "The policies in the configuration's folders").action(
      context.action((flags: Flags) => runList(flags, context)),
    );
    add("test", "Run the cases beside the policies; exit 1 when one fails").action(
      context.action((flags: Flags) => runTest(flags, context)),
    );
    add("replay", "Decide past exchanges again: what would newly be stopped, what newly allowed")
      .option("--since <age>", "an age such as 24h or 7d, or a UTC time", "7d")
      .action(context.action((flags: ReplayFlags) => runReplay(flags, context)));
  },
};

const runList = (flags: Flags, context: CommandContext): ExitCode => {
  const { terminal } = context;
  const { version, policies } = requirePolicies(requireConfiguration(flags, context));
  if (flags.json === true) terminal.out(printJson({ version, policies }));
  else {
    terminal.out(
      renderTable(
        ["policy", "action", "severity", "cases", "what"],
        policies.map(({ id, action, severity, cases, description, message }) => [
          id,
          action,
          { shown: paintSeverity(terminal, severity) },
          `${cases}`,
          description === "" ? message : description,
        ]),
      ),
    );
    terminal.say(`${policies.length} policies, version ${version}`);
  }
  return EXIT.done;
};

const runTest = (flags: Flags, context: CommandContext): ExitCode => {
  const { terminal } = context;
  const cases = requirePolicies(requireConfiguration(flags, context)).test();
  const failed = cases.filter(({ passed }) => !passed);
  if (flags.json === true)
    terminal.out(printJson({ passed: cases.length - failed.length, failed: failed.length, cases }));
  else {
    for (const { file, name, policy, expected, actual } of failed) {
      terminal.out(
        `${paint(terminal, "red", "failed")}  ${printable(name)}: ${printable(policy || "the whole set")} gives ${actual}, expected ${expected}\n        ${printable(file)}`,
      );
    }
    terminal.out(
      failed.length === 0 ? `${cases.length} cases passed.` : `${failed.length} of ${cases.length} cases failed.`,
    );
  }
  return failed.length === 0 ? EXIT.done : EXIT.found;
};
