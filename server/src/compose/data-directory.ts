import { chmodSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { deriveKey, loadMasterKey } from "#platform";

/** Where everything stands below the data directory, and the keys derived from its master key. */
export interface DataDirectory {
  readonly root: string;
  readonly spool: string;
  readonly events: string;
  readonly control: string;
  readonly ledger: string;
  readonly signingKey: string;
  readonly drainIntent: string;
  /** Unix socket on which commands reach the running server. */
  readonly socket: string;
  readonly keys: {
    readonly spool: Buffer;
    readonly content: Buffer;
    readonly pepper: Buffer;
    readonly subjects: Buffer;
    readonly credentials: Buffer;
    readonly canary: Buffer;
  };
}

/** Made when absent, readable by nobody else. The master key comes from PARAPET_MASTER_KEY or `master.key`. */
export const openDataDirectory = (path: string, env: NodeJS.ProcessEnv): DataDirectory => {
  const root = resolve(path);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  chmodSync(root, 0o700);
  const master = loadMasterKey(join(root, "master.key"), env);
  return {
    root,
    spool: join(root, "spool"),
    events: join(root, "events"),
    control: join(root, "control.db"),
    ledger: join(root, "ledger"),
    signingKey: join(root, "ledger-signing.pem"),
    drainIntent: join(root, "drain.json"),
    socket: join(root, "parapet.sock"),
    keys: {
      spool: deriveKey(master, "spool"),
      content: deriveKey(master, "content-hash"),
      pepper: deriveKey(master, "pepper"),
      subjects: deriveKey(master, "subjects"),
      credentials: deriveKey(master, "credentials"),
      canary: deriveKey(master, "canary"),
    },
  };
};
