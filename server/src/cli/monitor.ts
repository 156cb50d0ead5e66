import { startMonitor } from "#compose";
import type { CliCommand } from "./command.ts";
import { runRole, withRoleOptions, type RoleFlags } from "./run-role.ts";

export const monitorCommand: CliCommand = {
  name: "monitor",
  summary: "Only the monitor, API and console, for gateways on other machines",
  configure: (command, context) => {
    withRoleOptions(command).action(
      context.action((flags: RoleFlags) =>
        runRole(flags, context, { start: startMonitor, hasRoutes: false, hasConsole: true }),
      ),
    );
  },
};
