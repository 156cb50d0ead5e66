import { startGateway } from "#compose";
import type { CliCommand } from "./command.ts";
import { runRole, withRoleOptions, type RoleFlags } from "./run-role.ts";

export const gatewayCommand: CliCommand = {
  name: "gateway",
  summary: "Only a gateway, for a machine of its own; it ships its records to the monitor that the configuration names",
  configure: (command, context) => {
    withRoleOptions(command).action(
      context.action((flags: RoleFlags) =>
        runRole(flags, context, { start: startGateway, hasRoutes: true, hasConsole: false }),
      ),
    );
  },
};
