import { DEFAULT_TENANT, type AuditRecord } from "@parapet/model";
import { auditedNow, openDataDirectory, type DataDirectory } from "#compose";
import {
  openFileSpool,
  openSqliteControlStore,
  openSqliteLedgerStore,
  type ControlStore,
  type Spool,
  type SpoolCursor,
} from "#storage";
import { CommandFailed, EXIT } from "./command.ts";
import { printable } from "./printable.ts";

const SPOOL_BYTES_MAX = 4 * 1024 ** 3;
/** Room for a few audit records; the server begins its own segments. */
const SEGMENT_BYTES = 1024 ** 2;

/** Changes while no server runs: the control store, and the spool for the record of what was done. */
export interface OfflineStore {
  readonly directory: DataDirectory;
  readonly control: ControlStore;
  /** Record before effect: durable in the spool before `change` begins; a change that fails is recorded too. */
  readonly audited: <T>(entry: Pick<AuditRecord, "type" | "target" | "detail">, change: () => Promise<T>) => Promise<T>;
}

/** The spool that a stopped server left, and where the ledger's reader stands in it. */
export const openRestingSpool = async (
  directory: DataDirectory,
): Promise<{ readonly spool: Spool; readonly after: SpoolCursor | undefined }> => {
  const ledger = await openSqliteLedgerStore(directory.ledger);
  const after = await ledger.cursor();
  await ledger.close();
  const spool = await openFileSpool({
    directory: directory.spool,
    key: directory.keys.spool,
    bytesMax: SPOOL_BYTES_MAX,
    segmentBytes: SEGMENT_BYTES,
    after,
  });
  return { spool, after };
};

/** Opens control store and spool of a data directory on which no server runs; refuses when one does after all. */
export const withOfflineStore = async <T>(
  dataDirectory: string,
  env: NodeJS.ProcessEnv,
  work: (store: OfflineStore) => Promise<T>,
): Promise<T> => {
  const directory = openDataDirectory(dataDirectory, env);
  const { spool } = await openRestingSpool(directory).catch((error: unknown) => {
    throw new CommandFailed(EXIT.unable, printable(error instanceof Error ? error.message : String(error)));
  });
  const control = openSqliteControlStore(directory.control);
  const record = (entry: Pick<AuditRecord, "type" | "target" | "detail" | "outcome">) =>
    spool.append(JSON.stringify(auditedNow({ tenant: DEFAULT_TENANT, actor: "cli", address: "", ...entry })));
  try {
    return await work({
      directory,
      control,
      audited: async (entry, change) => {
        await record({ ...entry, outcome: "success" });
        try {
          return await change();
        } catch (error) {
          await record({ ...entry, outcome: "failure" });
          throw error;
        }
      },
    });
  } finally {
    await control.close();
    await spool.close();
  }
};
