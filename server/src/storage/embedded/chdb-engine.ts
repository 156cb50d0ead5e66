import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Session } from "chdb";
import { z } from "zod";
import { EVENT_MIGRATIONS, engineConfiguration } from "./chdb-schema.ts";
import { lockDirectory } from "./directory-lock.ts";

export type QueryParameters = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * The engine in this process. Its calls run in libuv's thread pool and never on the event loop; one query and
 * one insert run at a time, so that the pool always has threads left for the spool's writes. (Loaded in a
 * worker thread of Node's, chDB 3.4 crashes the process when that thread ends.)
 */
export interface ChdbEngine {
  /** `{name:Type}` in the SQL takes the parameter `name`, never text. Rows are parsed by `row`. */
  query<T>(row: z.ZodType<T>, sql: string, parameters: QueryParameters): Promise<readonly T[]>;
  /** Lines of JSON, durable when it resolves. A token that was used before inserts nothing. */
  insert(table: string, rows: Buffer, token: string): Promise<void>;
  command(sql: string, parameters?: QueryParameters): Promise<void>;
  close(): Promise<void>;
}

// An exchange's partition is made of its id, so FINAL need not look for its versions in other partitions.
const READ_SETTINGS = `date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 0,
  max_execution_time = 60, do_not_merge_across_partitions_select_final = 1, precise_float_parsing = 1`;
const INSERT_SETTINGS = {
  date_time_input_format: "best_effort",
  // A half surrogate in a name is kept as it is; it must not keep the batch out.
  input_format_json_throw_on_bad_escape_sequence: 0,
  type_json_skip_duplicated_paths: 1,
  max_partitions_per_insert_block: 0,
};

const VersionRow = z.object({ version: z.int() });

/** One after the other, in the order of the calls. */
const makeQueue = () => {
  let last: Promise<unknown> = Promise.resolve();
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return await turn;
  };
};

/**
 * Opens the engine on `directory` with at most `memoryBytes` of memory, and brings its tables forward.
 * Throws when another process has the directory.
 */
export const openChdbEngine = async (
  directory: string,
  memoryBytes: number,
  migrations = EVENT_MIGRATIONS,
): Promise<ChdbEngine> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(directory, "the event store");
  const data = join(directory, "data");
  const configuration = join(directory, "engine.xml");
  // Loaded only where a store is opened: a worker thread that has loaded it takes the process down when it ends.
  const { drainPending, Session: ChdbSession } = await import("chdb");
  const sessions: Session[] = [];
  const close = async (): Promise<void> => {
    for (const session of sessions.splice(0)) session.close();
    await drainPending();
    lock.release();
  };
  try {
    writeFileSync(configuration, engineConfiguration(memoryBytes), { mode: 0o600 });
    // Only here may a configuration be named: parameters in the path silently open another directory.
    const connectionArgs = [`--config-file=${configuration}`];
    const writer = new ChdbSession(data, { connectionArgs });
    const reader = new ChdbSession(data, { connectionArgs });
    sessions.push(reader, writer);
    const engine = makeEngine(writer, reader, close);
    await migrate(engine, migrations);
    return engine;
  } catch (error) {
    await close();
    throw error;
  }
};

const makeEngine = (writer: Session, reader: Session, close: () => Promise<void>): ChdbEngine => {
  const writing = makeQueue();
  const reading = makeQueue();
  let closed = false;
  const open = (): void => {
    if (closed) throw new Error("the event store is closed");
  };
  return {
    query: (row, sql, parameters) =>
      reading(async () => {
        open();
        const bound = `${sql} SETTINGS ${READ_SETTINGS}`;
        const result = await reader.queryBindAsync(bound, parameters, { format: "JSONEachRow" });
        const lines = result.text().split("\n");
        return lines.flatMap((line) => (line === "" ? [] : [row.parse(JSON.parse(line))]));
      }),
    insert: (table, rows, token) =>
      writing(async () => {
        open();
        const settings = { ...INSERT_SETTINGS, insert_deduplication_token: token };
        await writer.insert({ table, values: rows, format: "JSONEachRow", settings });
      }),
    command: (sql, parameters = {}) =>
      writing(async () => {
        open();
        await writer.queryBindAsync(sql, parameters);
      }),
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.all([writing(async () => undefined), reading(async () => undefined)]);
      await close();
    },
  };
};

const migrate = async (engine: ChdbEngine, migrations: typeof EVENT_MIGRATIONS): Promise<void> => {
  await engine.command("CREATE DATABASE IF NOT EXISTS parapet ENGINE = Atomic");
  await engine.command(
    `CREATE TABLE IF NOT EXISTS parapet.migrations (version UInt32) ENGINE = MergeTree ORDER BY version
     SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  );
  const rows = await engine.query(VersionRow, "SELECT max(version) AS version FROM parapet.migrations", {});
  const applied = rows[0]?.version ?? 0;
  if (applied > migrations.length) {
    throw new Error("the event store was written by a newer version of Parapet; start that version");
  }
  for (const [index, statements] of migrations.entries()) {
    if (index < applied) continue;
    for (const statement of statements) await engine.command(statement);
    await engine.command(`INSERT INTO parapet.migrations VALUES (${String(index + 1)})`);
  }
};
