import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DEFAULT_TENANT } from "@parapet/model";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { describeControlStore } from "../contract/control-store.ts";
import { openSqliteControlStore } from "./sqlite-control-store.ts";
import { makeStatements, openDatabase } from "./sqlite.ts";

const directories: string[] = [];
const newPath = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "parapet-control-"));
  directories.push(directory);
  return join(directory, "inner", "control.db");
};
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

describeControlStore("the SQLite control store", async () => {
  const path = newPath();
  return { open: async () => openSqliteControlStore(path), dispose: async () => undefined };
});

test("a failing migration leaves no trace, those before it stay, and the next opening goes on from there", () => {
  const path = newPath();
  const first = "CREATE TABLE a (x INTEGER)";
  expect(() => openDatabase(path, [first, "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1)"])).toThrow();
  const database = openDatabase(path, [first, "CREATE TABLE b (x INTEGER)", "CREATE TABLE c (x INTEGER)"]);
  const names = makeStatements(database).rows(
    z.object({ name: z.string() }).transform(({ name }) => name),
    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
  );
  expect(names).toEqual(["a", "b", "c", "migrations"]);
  database.close();
});

test("a database of a newer version is refused in words", () => {
  const path = newPath();
  openDatabase(path, ["CREATE TABLE a (x INTEGER)", "CREATE TABLE b (x INTEGER)"]).close();
  expect(() => openDatabase(path, ["CREATE TABLE a (x INTEGER)"])).toThrow("newer version of Parapet");
});

test("every commit is synced and the file is for its owner alone", async () => {
  const path = newPath();
  const database = openDatabase(path, []);
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  expect([pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")]).toEqual(["wal", 2, 1]);
  expect(statSync(path).mode & 0o077).toBe(0);
  database.close();
});

test("a row that was edited into something else is refused where it is read", async () => {
  const path = newPath();
  await openSqliteControlStore(path).close();
  const database = new DatabaseSync(path);
  database.exec("INSERT INTO users VALUES ('default', 'eve', 'h', '{\"role\":\"root\"}')");
  database.close();
  const store = openSqliteControlStore(path);
  await expect(store.findUserByTokenHash("h")).rejects.toThrow();
  await store.close();
});

test("a deleted subject key is in none of the database's files, even while it is open", async () => {
  const path = newPath();
  const store = openSqliteControlStore(path);
  const subject = { tenant: DEFAULT_TENANT, subjectHash: "s", wrapped: "WRAPPED-KEY-BYTES", createdAt: "now" };
  const isOnDisk = (): boolean =>
    readdirSync(dirname(path)).some((name) => readFileSync(join(dirname(path), name)).includes(subject.wrapped));
  await store.addSubjectKeys([subject]);
  expect(isOnDisk()).toBe(true);
  await store.deleteSubjectKey(DEFAULT_TENANT, "s");
  expect(isOnDisk()).toBe(false);
  await store.close();
});
