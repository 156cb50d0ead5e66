import {
  openChdbEventStore,
  openFileSpool,
  openSqliteControlStore,
  openSqliteLedgerStore,
  type ControlStore,
  type EventStore,
  type LedgerStore,
  type Spool,
  type SpoolCursor,
} from "#storage";
import type { Configuration } from "@parapet/model";
import type { DataDirectory } from "./data-directory.ts";

const SPOOL_BYTES_MAX = 4 * 1024 ** 3;
const SEGMENT_BYTES = 64 * 1024 ** 2;

export interface Stores {
  readonly spool: Spool;
  readonly control: ControlStore;
  readonly events: EventStore;
  readonly ledger: LedgerStore;
  readonly close: () => Promise<void>;
}

/** `after`: where its reader already stands. */
export const openSpool = (directory: DataDirectory, after?: SpoolCursor): Promise<Spool> =>
  openFileSpool({
    directory: directory.spool,
    key: directory.keys.spool,
    bytesMax: SPOOL_BYTES_MAX,
    segmentBytes: SEGMENT_BYTES,
    after,
  });

/** The one place that knows which engines stand behind the ports. */
export const openStores = async (directory: DataDirectory, configuration: Configuration): Promise<Stores> => {
  const ledger = await openSqliteLedgerStore(directory.ledger);
  const spool = await openSpool(directory, await ledger.cursor());
  const control = openSqliteControlStore(directory.control);
  const events = await openChdbEventStore({
    directory: directory.events,
    memoryBytes: configuration.store.memoryBytes,
  });
  return {
    spool,
    control,
    events,
    ledger,
    close: async () => {
      await spool.close();
      await events.close();
      await ledger.close();
      await control.close();
    },
  };
};
