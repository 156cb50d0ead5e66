import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LedgerStore } from "../ledger-store.ts";

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const leaf = (entry: Uint8Array): Buffer => sha256(Uint8Array.of(0), entry);
/** RFC 6962 §2.1, by its definition. */
const treeHash = (entries: readonly Uint8Array[]): Buffer => {
  const [only] = entries;
  if (only === undefined) return sha256();
  if (entries.length === 1) return leaf(only);
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  return sha256(Uint8Array.of(1), treeHash(entries.slice(0, split)), treeHash(entries.slice(split)));
};

const entry = (at: number) => ({ id: `id-${at}`, exchange: `exchange-${at % 3}`, bytes: Buffer.from(`{"n":${at}}`) });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => entry(from + at));

/** What every `LedgerStore` promises. `open` is called with the same folder again to reopen. */
export const ledgerStoreContract = (name: string, open: (directory: string) => Promise<LedgerStore>): void => {
  describe(`${name} as a ledger store`, () => {
    let directory = "";
    let store: LedgerStore;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), "parapet-ledger-"));
      store = await open(directory);
    });
    afterEach(async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    });
    const reopen = async (): Promise<void> => {
      await store.close();
      store = await open(directory);
    };

    test("a new log is empty", async () => {
      expect(await store.size()).toBe(0);
      expect(await store.cursor()).toBeUndefined();
      expect(await store.checkpoint()).toBeUndefined();
      expect(await store.entry(0)).toBeUndefined();
      expect(await store.hash(0, 0)).toBeUndefined();
      expect(await store.verifierKeys()).toEqual([]);
    });

    test("entries, cursor and indexes are there after a reopen", async () => {
      expect(await store.append(range(0, 5), "1:5")).toEqual({ first: 0, size: 5 });
      expect(await store.append(range(5, 7), "1:7")).toEqual({ first: 5, size: 7 });
      await reopen();
      expect(await store.size()).toBe(7);
      expect(await store.cursor()).toBe("1:7");
      expect(Buffer.from((await store.entry(6)) ?? []).toString()).toBe('{"n":6}');
      expect(await store.entry(7)).toBeUndefined();
      expect(await store.indexesOf("exchange-1")).toEqual([1, 4]);
      expect(await store.indexesOf("unknown")).toEqual([]);
    });

    test("an id that is in the log, or twice in a batch, is left out; the cursor still moves", async () => {
      await store.append(range(0, 3), "1:3");
      expect(await store.append([entry(1), entry(3), entry(3), entry(2), entry(4)], "1:8")).toEqual({
        first: 3,
        size: 5,
      });
      expect(Buffer.from((await store.entry(4)) ?? []).toString()).toBe('{"n":4}');
      expect(await store.append([entry(0)], "1:9")).toEqual({ first: 5, size: 5 });
      expect(await store.append([], "1:12")).toEqual({ first: 5, size: 5 });
      expect(await store.cursor()).toBe("1:12");
    });

    test("an entry over the format's limit is refused with its whole batch", async () => {
      const huge = { id: "huge", exchange: "", bytes: Buffer.alloc(65_536) };
      await expect(store.append([entry(0), huge], "1:2")).rejects.toThrow(/65535/);
      expect(await store.size()).toBe(0);
      expect(await store.cursor()).toBeUndefined();
      await store.append([{ ...huge, bytes: Buffer.alloc(65_535) }], "1:1");
      expect((await store.entry(0))?.length).toBe(65_535);
    });

    test("hashes of complete subtrees follow RFC 6962, incomplete ones are absent", async () => {
      const all = range(0, 1_300);
      let at = 0;
      for (const step of [1, 2, 3, 250, 1, 255, 512, 276]) {
        await store.append(all.slice(at, at + step), `1:${at}`);
        at += step;
      }
      const payloads = all.map(({ bytes }) => bytes);
      for (const [level, index] of [
        [0, 0],
        [0, 255],
        [0, 256],
        [0, 1_299],
        [1, 3],
        [3, 31],
        [7, 9],
        [8, 0],
        [8, 4],
        [9, 1],
        [10, 0],
      ] as const) {
        const first = index * 2 ** level;
        expect(await store.hash(level, index), `level ${level}, index ${index}`).toEqual(
          treeHash(payloads.slice(first, first + 2 ** level)),
        );
      }
      for (const [level, index] of [
        [0, 1_300],
        [2, 325],
        [8, 5],
        [10, 1],
        [11, 0],
        [16, 0],
      ] as const) {
        expect(await store.hash(level, index), `level ${level}, index ${index}`).toBeUndefined();
      }
    });

    test("a checkpoint is kept, and never goes back or beyond the log", async () => {
      await store.append(range(0, 10), "1:10");
      await store.putCheckpoint("origin\n7\nroot\n", 7, "2026-01-01T00:00:00.000Z");
      await reopen();
      expect(await store.checkpoint()).toEqual({
        note: "origin\n7\nroot\n",
        size: 7,
        time: "2026-01-01T00:00:00.000Z",
      });
      await expect(store.putCheckpoint("origin\n11\nroot\n", 11, "2026-01-01T00:00:01.000Z")).rejects.toThrow(
        RangeError,
      );
      await expect(store.putCheckpoint("origin\n6\nroot\n", 6, "2026-01-01T00:00:01.000Z")).rejects.toThrow(RangeError);
      await store.putCheckpoint("origin\n7\nroot\nagain\n", 7, "2026-01-01T00:00:02.000Z");
      expect((await store.checkpoint())?.time).toBe("2026-01-01T00:00:02.000Z");
    });

    test("verifier keys are kept in order, once each", async () => {
      await store.addVerifierKey("b");
      await store.addVerifierKey("a");
      await store.addVerifierKey("b");
      await reopen();
      expect(await store.verifierKeys()).toEqual(["b", "a"]);
    });

    test("appends and checkpoints started together leave a whole log", async () => {
      await Promise.all(Array.from({ length: 20 }, (_, at) => store.append(range(at * 10, at * 10 + 10), `1:${at}`)));
      expect(await store.size()).toBe(200);
      await Promise.all([
        store.putCheckpoint("o\n100\nr\n", 100, "2026-01-01T00:00:00.000Z"),
        store.append(range(200, 260), "1:20"),
        store.putCheckpoint("o\n200\nr\n", 200, "2026-01-01T00:00:01.000Z"),
      ]);
      expect((await store.checkpoint())?.size).toBe(200);
      expect(await store.size()).toBe(260);
    });
  });
};

/** For stores that publish tile files: the names in the folder, sorted, and their contents. */
export const readTileFolder = async (root: string): Promise<ReadonlyMap<string, Buffer>> => {
  const found = new Map<string, Buffer>();
  for (const item of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const file = join(item.parentPath, item.name);
    found.set(file.slice(root.length + 1).replaceAll("\\", "/"), await readFile(file));
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};
