import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { z } from "zod";

const Version = z.object({ version: z.int() });

/**
 * Opens a database, durable at each commit, and brings its schema forward: migration N runs once, in a
 * transaction of its own, so that one that is killed begins again. Throws when a newer program wrote it.
 */
export const openDatabase = (path: string, migrations: readonly string[]): DatabaseSync => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    database.exec(
      "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON",
    );
    database.exec("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT");
    const applied = Version.parse(
      database.prepare("SELECT coalesce(max(version), 0) AS version FROM migrations").get(),
    ).version;
    if (applied > migrations.length) {
      throw new Error(
        `${path} was written by a newer version of Parapet; start that version, or restore an older copy`,
      );
    }
    for (const [index, migration] of migrations.entries()) {
      if (index < applied) continue;
      inTransaction(database, () => {
        database.exec(migration);
        database.prepare("INSERT INTO migrations (version) VALUES (?)").run(index + 1);
      });
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/** All of `work` or nothing. */
export const inTransaction = <T>(database: DatabaseSync, work: () => T): T => {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // A failed COMMIT (disk full) may have rolled back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
};

export interface Statements {
  rows<T>(row: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): readonly T[];
  row<T>(row: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): T | undefined;
  /** Answers how many rows changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
}

/** Runs statements, each prepared once; rows are parsed before anybody sees them. */
export const makeStatements = (database: DatabaseSync): Statements => {
  const cache = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const statement = cache.get(sql) ?? database.prepare(sql);
    cache.set(sql, statement);
    return statement;
  };
  return {
    rows: (row, sql, ...values) =>
      prepared(sql)
        .all(...values)
        .map((found) => row.parse(found)),
    row: (row, sql, ...values) => {
      const found = prepared(sql).get(...values);
      return found === undefined ? undefined : row.parse(found);
    },
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
  };
};
