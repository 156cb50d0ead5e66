import type { Argument, Command, Option } from "commander";

const HEAD = `# Command line

Generated from the commands themselves. \`npx parapet <command>\`; inside a clone also \`npm run parapet -- <command>\`.

Data goes to stdout, words to stderr. Exit codes, the same for every command:

| code | meaning |
|---|---|
| 0 | done, and nothing wrong |
| 1 | done, and something was found, or a check failed |
| 2 | bad usage or configuration |
| 3 | could not do it |

Commands that need what a server keeps talk to the one that runs on the data directory, over a socket in it, and open the store themselves when none runs.
`;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");

const defaultOf = (value: unknown): string =>
  typeof value === "string" && value !== "" ? ` Default: \`${value}\`.` : "";

const argumentRow = (argument: Argument): string => {
  const dots = argument.variadic ? "…" : "";
  const name = argument.required ? `${argument.name()}${dots}` : `[${argument.name()}${dots}]`;
  return `| \`${cell(name)}\` | ${cell(argument.description)} |`;
};

const optionRow = (option: Option): string =>
  `| \`${option.flags.replaceAll("|", "\\|")}\` | ${cell(option.description)}${option.mandatory ? " Required." : ""}${defaultOf(option.defaultValue)} |`;

const describe = (command: Command, parents: readonly string[], depth: number): string[] => {
  const name = [...parents, command.name()];
  const rows = [
    ...command.registeredArguments.map(argumentRow),
    ...command.options.filter(({ hidden }) => !hidden).map(optionRow),
  ];
  return [
    `${"#".repeat(depth)} \`${name.join(" ")}\``,
    `${command.description()}.`,
    ...(rows.length === 0 ? [] : [["| argument or option | meaning |", "|---|---|", ...rows].join("\n")]),
    ...command.commands.flatMap((one) => describe(one, name, depth + 1)),
  ];
};

/** Markdown of every command below the program. */
export const describeCommands = (program: Command): string =>
  `${[HEAD.trimEnd(), ...program.commands.flatMap((one) => describe(one, [program.name()], 2))].join("\n\n")}\n`;
