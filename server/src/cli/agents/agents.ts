import type { CliCommand } from "../command.ts";
import { collect, withJson, withPlaces } from "../flags.ts";
import { runRecipe, type RecipeFlags } from "./recipe.ts";
import {
  runCompare,
  runConfirm,
  runPropose,
  runWithdraw,
  type ConfirmFlags,
  type ScopeFlags,
  type WithdrawFlags,
} from "./scope.ts";
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
    const SCOPE = ["--scope <file>", "scope to look at, YAML or JSON; left out: what would be proposed now"] as const;
    add("propose", "A scope that covers what the agent did and was let do, as YAML on stdout")
      .argument("<agent>", "name of the agent")
      .option(...DAYS)
      .action(context.action((agent: string, flags: ScopeFlags) => runPropose(agent, flags, context)));
    add("compare", "Which past calls a scope would not have covered; exit 1 when there are any")
      .argument("<agent>", "name of the agent")
      .option(...SCOPE)
      .option(...DAYS)
      .action(context.action((agent: string, flags: ScopeFlags) => runCompare(agent, flags, context)));
    add("confirm", "Put a scope in force at every gateway, over what the configuration declares")
      .argument("<agent>", "name of the agent")
      .requiredOption("--reason <text>", "why; kept with the version")
      .option(...SCOPE)
      .option("--accept-outside <n>", "past calls outside it that are accepted; with more of them nothing happens", "0")
      .option(...DAYS)
      .action(context.action((agent: string, flags: ConfirmFlags) => runConfirm(agent, flags, context)));
    add("withdraw", "Take a confirmed scope back; what the configuration declares holds again")
      .argument("<agent>", "name of the agent")
      .requiredOption("--reason <text>", "why; kept in the audit log")
      .action(context.action((agent: string, flags: WithdrawFlags) => runWithdraw(agent, flags, context)));
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
