import { createHash } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ledgerStoreContract, readTileFolder } from "../contract/ledger-store.ts";
import { tileName } from "./ledger-tile-files.ts";
import { openSqliteLedgerStore } from "./sqlite-ledger-store.ts";

ledgerStoreContract("SQLite", openSqliteLedgerStore);

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parapet-ledger-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const entries = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ({
    id: `id-${from + at}`,
    exchange: "",
    bytes: Buffer.from(`{"n":${from + at}}`),
  }));
const time = "2026-01-01T00:00:00.000Z";
const note = (size: number): string => `o\n${size}\nr\n`;
const published = async (): Promise<readonly string[]> => [...(await readTileFolder(join(directory, "tiles"))).keys()];

test("tile indexes are written in groups of three digits", () => {
  expect([0, 7, 999, 1_000, 1_234_067].map(tileName)).toEqual(["000", "007", "999", "x001/000", "x001/x234/067"]);
});

test("batches of any size make the same log, and one that fails changes nothing", async () => {
  const [whole, pieces] = [join(directory, "whole"), join(directory, "pieces")];
  const [large, small] = [await openSqliteLedgerStore(whole), await openSqliteLedgerStore(pieces)];
  expect(await large.append(entries(0, 700), "1:700")).toEqual({ first: 0, size: 700 });
  // Begun together, in the order of the calls, whether or not one would be worth a thread.
  const [first, second] = [large.append(entries(300, 999), "1:999"), large.append(entries(998, 1_000), "1:1000")];
  expect([await first, await second]).toEqual([
    { first: 700, size: 999 },
    { first: 999, size: 1_000 },
  ]);
  for (let at = 0; at < 1_000; at += 100) await small.append(entries(at, at + 100), `1:${at + 100}`);
  for (const [level, index] of [
    [0, 999],
    [8, 0],
    [9, 0],
    [5, 30],
  ] as const)
    expect(await large.hash(level, index)).toEqual(await small.hash(level, index));
  expect(await large.entry(999)).toEqual(Uint8Array.from(Buffer.from('{"n":999}')));

  const other = new DatabaseSync(join(whole, "ledger.db"));
  other.exec("DELETE FROM hash_tiles WHERE level = 0 AND tile = 3");
  await expect(large.append(entries(1_000, 1_400), "1:1400")).rejects.toThrow("shorter than the log");
  other.close();
  expect([await large.size(), await large.cursor()]).toEqual([1_000, "1:1000"]);
  await Promise.all([large.close(), small.close()]);
});

test("the folder of a log holds the files that the tile format names, whole and partial", async () => {
  const store = await openSqliteLedgerStore(directory);
  await store.addVerifierKey("the key");
  await store.append(entries(0, 70_000), "1:1");
  await store.putCheckpoint(note(70_000), 70_000, time);
  const files = await readTileFolder(join(directory, "tiles"));
  const names = [...files.keys()];
  // The example of c2sp.org/tlog-tiles, word for word.
  expect(names.filter((name) => /^tile\/0\/\d{3}$/.test(name))).toHaveLength(273);
  expect(names.filter((name) => name.includes(".p/"))).toEqual([
    "tile/0/273.p/112",
    "tile/1/001.p/17",
    "tile/2/000.p/1",
    "tile/entries/273.p/112",
  ]);
  expect(names).toContain("tile/1/000");
  expect(names.filter((name) => !name.startsWith("tile/"))).toEqual(["checkpoint", "log.vkey"]);
  expect(files.get("tile/0/000")?.length).toBe(8_192);
  expect(files.get("tile/1/001.p/17")?.length).toBe(17 * 32);
  const bundle = files.get("tile/entries/273.p/112");
  const length = bundle?.readUInt16BE(0) ?? 0;
  const first = bundle?.subarray(2, 2 + length);
  expect(first?.toString()).toBe('{"n":69888}');
  expect(files.get("tile/0/273.p/112")?.subarray(0, 32)).toEqual(
    createHash("sha256")
      .update(Uint8Array.of(0))
      .update(first ?? "")
      .digest(),
  );
  await store.close();
}, 60_000);

test("a partial tile stays while an old checkpoint may need it, and goes when its tile is full", async () => {
  const store = await openSqliteLedgerStore(directory);
  await store.append(entries(0, 300), "1:1");
  await store.putCheckpoint(note(10), 10, time);
  await store.putCheckpoint(note(20), 20, time);
  expect(await published()).toEqual([
    "checkpoint",
    "tile/0/000.p/10",
    "tile/0/000.p/20",
    "tile/entries/000.p/10",
    "tile/entries/000.p/20",
  ]);
  await store.putCheckpoint(note(256), 256, time);
  expect(await published()).toEqual(["checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
  await store.close();
});

test("what a smaller log published is a prefix of what it publishes later", async () => {
  const store = await openSqliteLedgerStore(directory);
  await store.append(entries(0, 600), "1:1");
  await store.putCheckpoint(note(255), 255, time);
  const before = await readTileFolder(join(directory, "tiles"));
  await store.putCheckpoint(note(600), 600, time);
  const after = await readTileFolder(join(directory, "tiles"));
  const part = before.get("tile/0/000.p/255") ?? Buffer.alloc(1);
  expect(after.get("tile/0/000")?.subarray(0, 255 * 32)).toEqual(part);
  await store.close();
});

test("a folder that was lost is written again from the database", async () => {
  const first = await openSqliteLedgerStore(directory);
  await first.append(entries(0, 700), "1:1");
  await first.putCheckpoint(note(600), 600, time);
  await first.close();
  const before = await readTileFolder(join(directory, "tiles"));
  await rm(join(directory, "tiles"), { recursive: true });
  const second = await openSqliteLedgerStore(directory);
  await second.putCheckpoint(note(600), 600, time);
  expect(await readTileFolder(join(directory, "tiles"))).toEqual(before);
  await second.close();
});

test("a database older than the published folder answers with the published checkpoint and takes no smaller one", async () => {
  const old = await mkdtemp(join(tmpdir(), "parapet-ledger-"));
  const first = await openSqliteLedgerStore(directory);
  await first.append(entries(0, 5), "1:5");
  await first.close();
  await cp(join(directory, "ledger.db"), join(old, "ledger.db"));
  const second = await openSqliteLedgerStore(directory);
  await second.append(entries(5, 9), "1:9");
  await second.putCheckpoint(note(9), 9, time);
  await second.close();

  for (const file of ["ledger.db-wal", "ledger.db-shm"]) await rm(join(directory, file), { force: true });
  await cp(join(old, "ledger.db"), join(directory, "ledger.db"));
  const restored = await openSqliteLedgerStore(directory);
  expect(await restored.size()).toBe(5);
  expect(await restored.checkpoint()).toMatchObject({ note: note(9), size: 9 });
  await expect(restored.putCheckpoint(note(5), 5, time)).rejects.toThrow(RangeError);
  await restored.close();
  await rm(old, { recursive: true });
});
