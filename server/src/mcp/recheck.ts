import { toFault, type Logger } from "#platform";
import { spaced } from "./spaced.ts";

const PAUSE_MS = 1_000;

/** Has somebody look at what a server offers now. */
export type Recheck = (server: string, look: () => Promise<unknown>) => void;

/** Looks as soon as a server says that it changed, once for all that hear it, and once more for what came meanwhile. */
export const createRecheck = (logger: Logger): Recheck =>
  spaced(PAUSE_MS, async (server, look: () => Promise<unknown>) => {
    await look().catch((error: unknown) =>
      logger.warn({ server, error: toFault(error) }, "what an MCP server offers now could not be looked at"),
    );
  });
