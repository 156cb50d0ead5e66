import { toFault, type Logger } from "#platform";

/** A server that says over and over that it changed is not asked more often. */
const PAUSE_MS = 1_000;

/** Has somebody look at what a server offers now. */
export type Recheck = (server: string, look: () => Promise<unknown>) => void;

/** Looks as soon as a server says that it changed, once for all that hear it, and once more for what came meanwhile. */
export const createRecheck = (logger: Logger): Recheck => {
  /** By server that is looked at: who looks next. */
  const looks = new Map<string, (() => Promise<unknown>) | undefined>();

  const run = async (server: string, look: () => Promise<unknown>): Promise<void> => {
    looks.set(server, undefined);
    await look().catch((error: unknown) =>
      logger.warn({ server, error: toFault(error) }, "what an MCP server offers now could not be looked at"),
    );
    setTimeout(() => {
      const next = looks.get(server);
      looks.delete(server);
      if (next !== undefined) void run(server, next);
    }, PAUSE_MS).unref();
  };

  return (server, look) => {
    if (looks.has(server)) looks.set(server, look);
    else void run(server, look);
  };
};
