import type { Logger } from "#platform";
import type { LoadedConfiguration } from "./load-configuration.ts";

export interface UpOptions {
  readonly loaded: LoadedConfiguration;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly version: string;
  /** Folder of the console's build. */
  readonly consoleFolder: string;
}

export interface Running {
  readonly url: string;
  /** Made at this start, to be printed once; undefined when a user exists or one was configured. */
  readonly adminToken: string | undefined;
  /** Ends gracefully: no new exchanges, running ones get `graceMs`, everything recorded is drained and signed. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** A start that must not go on, with a sentence for the operator. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}
