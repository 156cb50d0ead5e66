import { CommandFailed, EXIT, type CommandContext } from "./command.ts";
import { requireConfiguration } from "./configuration.ts";
import type { PlaceFlags } from "./flags.ts";
import { findServer, type ServerClient } from "./server-client.ts";

/** The server that runs on the configuration's data directory, or a refusal. With a token it knows who asks. */
export const requireServer = async (
  flags: PlaceFlags,
  context: CommandContext,
  token?: string,
): Promise<ServerClient> => {
  const server = await findServer(requireConfiguration(flags, context).configuration.data, token);
  if (server === undefined) {
    throw new CommandFailed(
      EXIT.unable,
      "No server runs on this data directory. Start one with npm start, or name another with --data.",
    );
  }
  return server;
};
