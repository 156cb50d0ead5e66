import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** The working copy beside a published folder, read-only. */
export interface DatabaseView {
  readonly size: number;
  readonly note: string;
  readonly noteTime: string;
  /** Entries `first` to `last`, the latter left out; fewer when some are not there. */
  entries(first: number, last: number): readonly Uint8Array[];
  close(): void;
}

/** Opens `ledger.db`; a string says why it cannot be compared. */
export const openDatabaseView = (file: string): DatabaseView | string => {
  if (!existsSync(file)) return "ledger.db is missing";
  let database: DatabaseSync | undefined;
  try {
    const opened = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    database = opened;
    const head = opened.prepare("SELECT size, note, note_time FROM head").get();
    const size = head?.["size"];
    if (typeof size !== "number") throw new Error("no size");
    const note = head?.["note"];
    const time = head?.["note_time"];
    const select = opened.prepare("SELECT bytes FROM entries WHERE position >= ? AND position < ? ORDER BY position");
    return {
      size,
      note: typeof note === "string" ? note : "",
      noteTime: typeof time === "string" ? time : "",
      entries: (first, last) =>
        select.all(first, last).flatMap(({ bytes }) => (bytes instanceof Uint8Array ? [bytes] : [])),
      close: () => opened.close(),
    };
  } catch (error) {
    database?.close();
    return `ledger.db cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
};
