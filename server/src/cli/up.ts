import { startUp } from "#compose";
import type { CliCommand } from "./command.ts";
import { runRole, withRoleOptions, type RoleFlags } from "./run-role.ts";

export const upCommand: CliCommand = {
  name: "up",
  summary: "Gateway, monitor, API and console in one process, everything embedded",
  configure: (command, context) => {
    withRoleOptions(command).action(
      context.action((flags: RoleFlags) =>
        runRole(flags, context, { start: startUp, hasRoutes: true, hasConsole: true }),
      ),
    );
  },
};
