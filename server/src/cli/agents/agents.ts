import type { CliCommand } from "../command.ts";
import { collect, withJson, withPlaces } from "../flags.ts";
import { runRecipe, type RecipeFlags } from "./recipe.ts";
import { runList, runShow, type ShowFlags } from "./show.ts";

export const agentsCommand: CliCommand = {
  name: "agents",
  summary: "Agents: what each may do, and what enforces it elsewhere",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    const DAYS = ["--days <n>", "whole days back from now, at most 90", "14"] as const;
    add("list", "Agents that were seen or declared: their scopes, what they used of them, and what to look at")
      .option(...DAYS)
      .action(context.action((flags: ShowFlags) => runList(flags, context)));
    add("show", "One agent: granted against used, tools, and what was confirmed for it")
      .argument("<agent>", "name of the agent")
      .option(...DAYS)
      .action(context.action((agent: string, flags: ShowFlags) => runShow(agent, flags, context)));
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
