import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

export const integer = (value: SQLOutputValue | undefined): number => {
  if (typeof value !== "number") throw new Error("ledger.db: expected a number");
  return value;
};
export const text = (value: SQLOutputValue | undefined): string => {
  if (typeof value !== "string") throw new Error("ledger.db: expected text");
  return value;
};
export const bytes = (value: SQLOutputValue | undefined): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw new Error("ledger.db: expected bytes");
  return value;
};

export const connect = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    // FULL: a commit in WAL mode is synced before it answers, so what was acknowledged survives power loss.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};
