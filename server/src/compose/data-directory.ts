import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { deriveKey, loadMasterKey, randomToken } from "#platform";

/** Where everything stands below the data directory, and the keys derived from its master key. */
export interface DataDirectory {
  readonly root: string;
  /** Name of this installation in records. Kept, so that a container under a new host name finds its own again. */
  readonly node: string;
  readonly spool: string;
  readonly events: string;
  readonly control: string;
  /** Counters and labels that outlive a restart. */
  readonly sharedState: string;
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
    readonly masks: Buffer;
    readonly deadLetters: Buffer;
    readonly approvals: Buffer;
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
    node: nodeName(join(root, "node")),
    spool: join(root, "spool"),
    events: join(root, "events"),
    control: join(root, "control.db"),
    sharedState: join(root, "shared-state.db"),
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
      masks: deriveKey(master, "masks"),
      deadLetters: deriveKey(master, "dead-letters"),
      approvals: deriveKey(master, "approvals"),
    },
  };
};

/** Two gateways on one machine must not close each other's exchanges, so the host name alone is not enough. */
const nodeName = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    const name = randomToken(`${hostname()}-`, 4);
    writeFileSync(file, `${name}\n`, { mode: 0o600 });
    return name;
  }
};
