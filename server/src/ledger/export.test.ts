import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exportLedger } from "./export.ts";
import { leaves, makeLog } from "./ledger.fixture.ts";
import { verifyLog } from "./verify/verify-log.ts";

let out = "";
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "parapet-export-"));
});
afterEach(() => rm(out, { recursive: true, force: true }));

const files = async (): Promise<readonly string[]> =>
  (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(out.length + 1))
    .toSorted();

test("an export holds what its checkpoint needs and nothing else", async () => {
  await using log = await makeLog(300, [3, 7, 280]);
  const result = await exportLedger({ tiles: log.tiles, out });
  expect(result).toMatchObject({ ok: true, size: 300 });
  expect(await files()).toEqual([
    "checkpoint",
    "log.vkey",
    "tile/0/000",
    "tile/0/001.p/44",
    "tile/1/000.p/1",
    "tile/entries/000",
    "tile/entries/001.p/44",
  ]);
  expect(await readFile(join(out, "log.vkey"), "utf8")).toBe(`${log.signer.vkey}\n`);
});

test("an export can be brought up to date, and stays whole", async () => {
  await using log = await makeLog(300);
  await exportLedger({ tiles: log.tiles, out });
  for (const [from, to] of [
    [300, 310],
    [310, 520],
  ] as const) {
    await log.ledger.append(leaves(from, to), `1:${to}`);
    await log.ledger.sign();
    expect(await exportLedger({ tiles: log.tiles, out })).toMatchObject({ ok: true, size: to });
    expect(await verifyLog({ directory: out, vkeys: [log.signer.vkey] })).toMatchObject({ ok: true, size: to });
  }
  expect((await files()).filter((name) => name.includes(".p/"))).toEqual([
    "tile/0/002.p/8",
    "tile/1/000.p/2",
    "tile/entries/002.p/8",
  ]);
});

test("an export that cannot be renewed stays the whole older one", async () => {
  await using log = await makeLog(300);
  await exportLedger({ tiles: log.tiles, out });
  await log.ledger.append(leaves(300, 700), "1:700");
  await log.ledger.sign();
  await rm(join(log.tiles, "tile", "entries", "002.p"), { recursive: true });
  expect(await exportLedger({ tiles: log.tiles, out })).toMatchObject({ ok: false });
  expect(await verifyLog({ directory: out, vkeys: [log.signer.vkey] })).toMatchObject({ ok: true, size: 300 });
});

test("a partial tile that the growing log has removed is cut from the full one", async () => {
  await using log = await makeLog(100);
  const note = await readFile(join(log.tiles, "checkpoint"));
  await log.ledger.append(leaves(100, 300), "1:300");
  await log.ledger.sign();
  await writeFile(join(log.tiles, "checkpoint"), note);
  expect(await exportLedger({ tiles: log.tiles, out })).toMatchObject({ ok: true, size: 100 });
  expect(await verifyLog({ directory: out, vkeys: [log.signer.vkey] })).toMatchObject({ ok: true, size: 100 });
});

test("a folder with something else in it is left alone", async () => {
  await using log = await makeLog(3);
  await writeFile(join(out, "letter.txt"), "dear all");
  expect(await exportLedger({ tiles: log.tiles, out })).toMatchObject({
    ok: false,
    reason: expect.stringContaining("letter.txt"),
  });
  expect(await files()).toEqual(["letter.txt"]);
});

test("neither another log's export nor a newer one is overwritten", async () => {
  await using small = await makeLog(3);
  await using large = await makeLog(9);
  await exportLedger({ tiles: large.tiles, out });
  expect(await exportLedger({ tiles: small.tiles, out })).toMatchObject({
    ok: false,
    reason: expect.stringContaining("newer export"),
  });
  await writeFile(
    join(small.tiles, "checkpoint"),
    (await readFile(join(small.tiles, "checkpoint"), "utf8")).replace("parapet.example", "other.example"),
  );
  expect(await exportLedger({ tiles: small.tiles, out })).toMatchObject({
    ok: false,
    reason: expect.stringContaining("another log"),
  });
});

test("a log without a checkpoint, or with a tile missing, is not exported", async () => {
  await using log = await makeLog(3);
  await rm(join(log.tiles, "tile", "entries"), { recursive: true });
  expect(await exportLedger({ tiles: log.tiles, out })).toMatchObject({
    ok: false,
    reason: expect.stringContaining("missing"),
  });
  expect(await files()).not.toContain("checkpoint");
  await mkdir(join(out, "empty"));
  expect(await exportLedger({ tiles: join(out, "empty"), out: join(out, "other") })).toMatchObject({ ok: false });
});
