import type { CliCommand } from "../command.ts";
import { collect, withPlaces } from "../flags.ts";
import { runRecipe, type RecipeFlags } from "./recipe.ts";

export const agentsCommand: CliCommand = {
  name: "agents",
  summary: "Agents: what each may do, and what enforces it elsewhere",
  configure: (command, context) => {
    withPlaces(
      command
        .command("recipe")
        .description(
          "Make a sandbox from what is declared: policies of Kubernetes, KubeArmor, Tetragon, seccomp, containers",
        ),
    )
      .argument("<agent>", "name of a declared agent with a workload")
      .argument("[recipe]", "one recipe, to stdout; left out: all, with --out")
      .option("--out <folder>", "write a file for each recipe there")
      .option("--gateway-namespace <name>", "Kubernetes namespace that Parapet runs in", "parapet")
      .option(
        "--gateway-label <name=value>",
        "label of Parapet's pods; repeat for more (default: app=parapet)",
        collect,
        [],
      )
      .option("--gateway-port <port>", "port that agents reach it at (default: the configuration's)")
      .action(
        context.action((agent: string, recipe: string | undefined, flags: RecipeFlags) =>
          runRecipe(agent, recipe, flags, context),
        ),
      );
  },
};
