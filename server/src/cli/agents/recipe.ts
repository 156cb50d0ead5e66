import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { RECIPES, recipeInput, writeRecipe, type GatewayPlace } from "#agents";
import { CommandFailed, EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration } from "../configuration.ts";
import { parseFlag, type PlaceFlags } from "../flags.ts";
import { printable } from "../printable.ts";

export type RecipeFlags = PlaceFlags & {
  readonly out?: string;
  readonly gatewayNamespace: string;
  readonly gatewayLabel: readonly string[];
  readonly gatewayPort?: string;
};

const Port = z.coerce.number().int().min(1).max(65_535);
const LabelPair = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*=[A-Za-z0-9][A-Za-z0-9._-]*$/, "write name=value");

/** Writes what enforces the declared scope of an agent elsewhere: one recipe to stdout, or all into a folder. */
export const runRecipe = (
  id: string,
  recipe: string | undefined,
  flags: RecipeFlags,
  context: CommandContext,
): ExitCode => {
  const { terminal } = context;
  const { configuration } = requireConfiguration(flags, context);
  const agent = configuration.agents.find((one) => one.id === id);
  if (agent === undefined) {
    const known = configuration.agents.map((one) => one.id).join(", ") || "none";
    throw new CommandFailed(
      EXIT.usage,
      `There is no agent "${printable(id)}" under agents in the configuration. Declared: ${printable(known)}.`,
    );
  }
  if (agent.workload === undefined) {
    throw new CommandFailed(
      EXIT.usage,
      `The agent "${printable(id)}" has no workload: say under agents which pods it runs in (labels) and which programs it consists of.`,
    );
  }
  const wanted = RECIPES.filter((one) => recipe === undefined || one.id === recipe);
  if (wanted.length === 0) {
    throw new CommandFailed(
      EXIT.usage,
      `There is no recipe "${printable(recipe ?? "")}". There are: ${RECIPES.map((one) => one.id).join(", ")}.`,
    );
  }
  if (recipe === undefined && flags.out === undefined)
    throw new CommandFailed(EXIT.usage, "Several recipes do not go to one stdout: name one, or a folder with --out.");
  const input = recipeInput(agent, agent.workload, gatewayOf(flags, configuration.listen.port));
  for (const one of wanted) {
    const text = writeRecipe(one, input);
    if (flags.out === undefined) terminal.out(text.replace(/\n$/u, ""));
    else {
      mkdirSync(flags.out, { recursive: true });
      writeFileSync(join(flags.out, one.file), text);
    }
    terminal.say(`${one.title}: ${one.note}`);
  }
  return EXIT.done;
};

const gatewayOf = ({ gatewayNamespace, gatewayLabel, gatewayPort }: RecipeFlags, port: number): GatewayPlace => ({
  namespace: gatewayNamespace,
  labels: Object.fromEntries(
    (gatewayLabel.length === 0 ? ["app=parapet"] : gatewayLabel).map((pair) => {
      const [name = "", value = ""] = parseFlag(LabelPair, pair, "--gateway-label").split("=");
      return [name, value];
    }),
  ),
  port: gatewayPort === undefined ? port : parseFlag(Port, gatewayPort, "--gateway-port"),
});
