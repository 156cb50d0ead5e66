import { readdir, readFile, rm, writeFile, cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { VerifyResult } from "@parapet/model/api";
import { expect, test } from "vitest";
import { exportLedger } from "../export.ts";
import { leafAt, leaves, makeLog, newSigner, ORIGIN, START_MS } from "../ledger.fixture.ts";
import { createLedger } from "../ledger.ts";
import { checkpointText, signNote } from "../signed-note.ts";
import { verifyLog } from "./verify-log.ts";

/** An export of a signed log, apart from the log it came from. */
const makeExport = async (size: number, signedAt: readonly number[] = []) => {
  await using log = await makeLog(size, signedAt);
  const directory = await mkdtemp(join(tmpdir(), "parapet-export-"));
  const exported = await exportLedger({ tiles: log.tiles, out: directory });
  if (!exported.ok) throw new Error(exported.reason);
  return {
    directory,
    signer: log.signer,
    file: (name: string) => join(directory, name),
    verify: (against?: string) => verifyLog({ directory, vkeys: [log.signer.vkey], against }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
};

const nothing = Buffer.alloc(0);
const bundle = (entries: readonly Uint8Array[]): Buffer =>
  Buffer.concat(entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 255), entry]));

const flip = async (file: string, at: number, bit = 1): Promise<() => Promise<void>> => {
  const original = await readFile(file);
  const changed = Buffer.from(original);
  changed[at] = (changed[at] ?? 0) ^ bit;
  await writeFile(file, changed);
  return () => writeFile(file, original);
};

test.each([0, 1, 2, 255, 256, 257, 600])(
  "a whole log of %i entries verifies, as an export and as a data directory",
  async (size) => {
    await using log = await makeLog(size);
    const { note, root } = { note: (await log.ledger.status()).checkpoint, root: (await log.ledger.status()).root };
    const working = await verifyLog({ directory: log.directory, vkeys: [log.signer.vkey], against: note });
    expect(working).toEqual({
      ok: true,
      size,
      root,
      problems: [],
      notes: [],
      checkpointAt: new Date(START_MS).toISOString(),
    });
    expect(VerifyResult.safeParse(working).success).toBe(true);
    expect(
      await verifyLog({ directory: join(log.directory, "ledger"), vkeys: [log.signer.vkey], against: note }),
    ).toEqual(working);
    await using exported = await makeExport(size);
    expect(await exported.verify()).toMatchObject({ ok: true, size, problems: [] });
  },
);

test("without an outside key and checkpoint the result says what it cannot exclude", async () => {
  await using log = await makeLog(5);
  const { ok, notes } = await verifyLog({ directory: log.directory });
  expect(ok).toBe(true);
  expect(notes).toEqual([expect.stringContaining("proves little"), expect.stringContaining("cannot be excluded")]);
});

test("every byte of an entry tile, flipped, is noticed and the first bad entry named", async () => {
  await using log = await makeExport(5);
  const file = log.file("tile/entries/000.p/5");
  const original = await readFile(file);
  const starts: number[] = [];
  for (let at = 0; at < original.length; at += 2 + original.readUInt16BE(at)) starts.push(at);
  for (let at = 0; at < original.length; at++) {
    const restore = await flip(file, at, 1 << (at % 8));
    const result = await log.verify();
    await restore();
    const owner = starts.findLastIndex((start) => start <= at);
    expect(result.ok, `byte ${at}`).toBe(false);
    expect(result.problems[0]?.where, `byte ${at}`).toMatch(/^tile\//);
    // A changed length may make the whole bundle unreadable; a changed entry is named exactly.
    if (at >= (starts[owner] ?? 0) + 2) expect(result.problems[0]?.index, `byte ${at}`).toBe(owner);
  }
  expect((await log.verify()).ok).toBe(true);
});

test.each([
  ["removed", (all: Uint8Array[]) => all.toSpliced(4, 1)],
  ["swapped", (all: Uint8Array[]) => all.with(4, all[9] ?? nothing).with(9, all[4] ?? nothing)],
  ["duplicated", (all: Uint8Array[]) => all.toSpliced(4, 0, all[4] ?? nothing)],
  ["duplicated over its neighbour", (all: Uint8Array[]) => all.with(4, all[3] ?? nothing)],
  ["spliced in from elsewhere", (all: Uint8Array[]) => all.toSpliced(4, 0, Buffer.from('{"spliced":1}'))],
  ["replaced", (all: Uint8Array[]) => all.with(4, Buffer.from('{"replaced":1}'))],
])("an entry that was %s is noticed", async (_, change) => {
  await using log = await makeExport(20);
  const all = leaves(0, 20).map(({ bytes }) => bytes);
  const changed = change(all);
  await writeFile(log.file("tile/entries/000.p/20"), bundle(changed));
  const result = await log.verify();
  expect(result.ok).toBe(false);
  if (changed.length === 20) expect(result.problems[0]).toMatchObject({ index: 4 });
});

test("an attacker who rewrites entry and hash tiles alike still does not reach the signed root", async () => {
  await using log = await makeExport(300);
  const forged = await mkdtemp(join(tmpdir(), "parapet-forged-"));
  await using other = await makeLog(0);
  await other.ledger.append(
    leaves(0, 300).toSpliced(77, 1, { ...leafAt(77), bytes: Buffer.from('{"forged":1}') }),
    "1:1",
  );
  await other.ledger.sign();
  await exportLedger({ tiles: other.tiles, out: forged });
  await cp(join(forged, "tile"), log.file("tile"), { recursive: true });
  expect(await log.verify()).toMatchObject({
    ok: false,
    problems: [{ where: "checkpoint", message: expect.stringContaining("do not add up") }],
  });
  await cp(join(forged, "checkpoint"), log.file("checkpoint"));
  expect(await log.verify()).toMatchObject({
    ok: false,
    problems: [{ where: "checkpoint", message: expect.stringContaining("no known key") }],
  });
  await rm(forged, { recursive: true });
});

test.each([
  ["tile/0/000", 0, 0],
  ["tile/0/000", 8_191, 255],
  ["tile/0/001", 33, 257],
  ["tile/0/002.p/88", 87 * 32, 599],
  ["tile/1/000.p/2", 31, 0],
  ["tile/1/000.p/2", 32, 256],
])("%s with byte %i flipped is noticed at entry %i, and the entries are said to be whole", async (name, at, index) => {
  await using log = await makeExport(600);
  await flip(log.file(name), at);
  const result = await log.verify();
  expect(result).toMatchObject({ ok: false, problems: [{ index, where: name }] });
  expect(result.notes).toContainEqual(expect.stringContaining("add up to the signed root"));
});

test("every byte of the checkpoint, flipped, is noticed", async () => {
  await using log = await makeExport(3);
  const length = (await readFile(log.file("checkpoint"))).length;
  for (let at = 0; at < length; at++) {
    const restore = await flip(log.file("checkpoint"), at);
    expect((await log.verify()).ok, `byte ${at}`).toBe(false);
    await restore();
  }
});

test("a file that is missing, cut, longer or no file at all is a problem with its name", async () => {
  await using log = await makeExport(300);
  for (const name of (await readdir(log.directory, { recursive: true, withFileTypes: true })).filter((item) =>
    item.isFile(),
  )) {
    const file = join(name.parentPath, name.name);
    const original = await readFile(file);
    const label = file.slice(log.directory.length + 1);
    if (label === "log.vkey") continue;
    for (const bytes of [
      undefined,
      original.subarray(0, -1),
      Buffer.concat([original, Buffer.from("x")]),
      Buffer.alloc(0),
    ]) {
      if (bytes === undefined) await rm(file);
      else await writeFile(file, bytes);
      const result = await log.verify();
      expect(result.ok, `${label} of ${bytes?.length ?? "no"} bytes`).toBe(false);
      expect(
        result.problems.map(({ where }) => where),
        label,
      ).toContain(label);
    }
    await writeFile(file, original);
  }
  expect((await log.verify()).ok).toBe(true);
});

test("a tail cut at every length is noticed against a checkpoint kept elsewhere, and only so", async () => {
  const total = 40;
  await using log = await makeLog(total);
  const kept = (await log.ledger.status()).checkpoint;
  for (let size = 0; size < total; size++) {
    // The same signer signed this shorter log once: an older copy, valid in itself.
    await using older = await makeLog(0);
    const ledger = createLedger({ store: older.store, signer: log.signer, origin: ORIGIN, now: () => START_MS });
    await ledger.append(leaves(0, size), "1:1");
    await ledger.sign();
    const options = { directory: older.directory, vkeys: [log.signer.vkey] };
    expect(await verifyLog(options), `cut to ${size}`).toMatchObject({ ok: true, size });
    expect(await verifyLog({ ...options, against: kept }), `cut to ${size}`).toMatchObject({
      ok: false,
      problems: [{ index: size, where: "against", message: expect.stringContaining("cut back") }],
    });
  }
});

test("an older checkpoint kept elsewhere is accepted where the log extends it, and refused where it does not", async () => {
  await using log = await makeLog(0);
  const notes: string[] = [];
  for (const stop of [0, 1, 7, 256, 300, 513]) {
    await log.ledger.append(leaves(notes.length === 0 ? 0 : await log.store.size(), stop), `1:${stop}`);
    notes.push((await log.ledger.sign()).note);
  }
  const vkeys = [log.signer.vkey];
  for (const against of notes)
    expect(await verifyLog({ directory: log.directory, vkeys, against })).toMatchObject({ ok: true });
  const fork = signNote(checkpointText(ORIGIN, 256, Buffer.alloc(32, 1)), [log.signer]);
  expect(await verifyLog({ directory: log.directory, vkeys, against: fork })).toMatchObject({
    ok: false,
    problems: [{ where: "against", message: expect.stringContaining("rewritten") }],
  });
});

test.each([
  ["text that is no checkpoint", () => "hello"],
  ["one that another key signed", () => signNote(checkpointText(ORIGIN, 1, Buffer.alloc(32)), [newSigner()])],
])("%s, given as kept elsewhere, fails the verification", async (_, make) => {
  await using log = await makeLog(2);
  expect(await verifyLog({ directory: log.directory, vkeys: [log.signer.vkey], against: make() })).toMatchObject({
    ok: false,
    problems: [{ where: "against" }],
  });
});

test("a checkpoint of another log that the same tool verifies is not taken for this log's", async () => {
  await using log = await makeLog(2);
  const other = newSigner("other.example");
  const against = signNote(checkpointText("other.example", 1, Buffer.alloc(32)), [other]);
  expect(await verifyLog({ directory: log.directory, vkeys: [log.signer.vkey, other.vkey], against })).toMatchObject({
    ok: false,
    problems: [{ where: "against", message: expect.stringContaining("other.example") }],
  });
});

test.each([[[]], [[newSigner().vkey]], [["nonsense"]]])("with the wrong keys %j nothing verifies", async (vkeys) => {
  await using log = await makeLog(2);
  expect((await verifyLog({ directory: log.directory, vkeys })).ok).toBe(false);
});

test("after a rotation the log verifies with either key during the overlap, and old checkpoints stay good", async () => {
  await using log = await makeLog(300);
  const kept = (await log.ledger.status()).checkpoint;
  const next = newSigner();
  const rotated = createLedger({
    store: log.store,
    signer: next,
    previous: log.signer,
    origin: ORIGIN,
    now: () => START_MS,
  });
  await rotated.append(leaves(300, 310), "1:310");
  await rotated.sign();
  for (const { vkey } of [log.signer, next]) {
    expect(await verifyLog({ directory: log.directory, vkeys: [vkey] })).toMatchObject({ ok: true, size: 310 });
  }
  await createLedger({ store: log.store, signer: next, origin: ORIGIN, now: () => START_MS }).sign();
  expect((await verifyLog({ directory: log.directory, vkeys: [log.signer.vkey] })).ok).toBe(false);
  expect(await verifyLog({ directory: log.directory, against: kept })).toMatchObject({ ok: true, size: 310 });
});

test.each([
  ['{"b":1,"a":2}', "names out of order"],
  ['{"a": 1}', "white space"],
  ['{"a":1.0}', "a number written otherwise"],
  ['{"a":1,"a":1}', "a name twice"],
  ['{"a":"\\u0041"}', "an escape that is not needed"],
  ['{"a":"\\ud800"}', "half a surrogate pair"],
  ["[1]", "no object"],
  ["{", "no JSON"],
  ["", "nothing"],
])("an entry that is not canonical, %s with %s, is reported although its hash is right", async (text) => {
  await using log = await makeLog(2);
  await log.ledger.append([{ id: "odd", exchange: "", bytes: Buffer.from(text) }], "1:3");
  await log.ledger.sign();
  expect(await verifyLog({ directory: log.directory, vkeys: [log.signer.vkey] })).toMatchObject({
    ok: false,
    problems: [{ index: 2, message: expect.stringMatching(/canonical|object/) }],
  });
});

test("entries past the last checkpoint are counted as not signed yet", async () => {
  await using log = await makeLog(10);
  await log.ledger.append(leaves(10, 13), "1:13");
  const result = await verifyLog({ directory: log.directory, vkeys: [log.signer.vkey] });
  expect(result).toMatchObject({
    ok: true,
    size: 10,
    notes: expect.arrayContaining([expect.stringContaining("3 entries are newer")]),
  });
});

test("a database that differs from what was published is noticed at the entry", async () => {
  await using log = await makeLog(300);
  await log.store.close();
  const file = join(log.directory, "ledger", "ledger.db");
  const tamper = (sql: string): void => {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  };
  const verify = () => verifyLog({ directory: log.directory, vkeys: [log.signer.vkey] });
  tamper(`UPDATE entries SET bytes = CAST('{"forged":1}' AS BLOB) WHERE position = 277`);
  expect(await verify()).toMatchObject({ ok: false, problems: [{ index: 277, where: "ledger.db" }] });
  tamper("DELETE FROM entries WHERE position = 3");
  expect(await verify()).toMatchObject({ ok: false, problems: [{ index: 3, where: "ledger.db" }, { index: 277 }] });
  tamper("UPDATE head SET size = 200");
  expect((await verify()).problems).toContainEqual(
    expect.objectContaining({ index: 200, message: expect.stringContaining("older copy") }),
  );
  await rm(file);
  expect(await verify()).toMatchObject({
    ok: false,
    problems: [{ where: "ledger.db", message: "ledger.db is missing" }],
  });
});

test("a folder that holds no log is said to be none", async () => {
  const directory = await mkdtemp(join(tmpdir(), "parapet-empty-"));
  for (const path of [directory, join(directory, "missing")]) {
    expect(await verifyLog({ directory: path })).toMatchObject({ ok: false, size: 0, problems: [{ where: path }] });
  }
  await rm(directory, { recursive: true });
});

test("a checkpoint that claims more entries than any disk holds ends at the first missing file", async () => {
  await using log = await makeExport(3);
  await writeFile(log.file("checkpoint"), signNote(checkpointText(ORIGIN, 2 ** 52, Buffer.alloc(32)), [log.signer]));
  expect(await log.verify()).toMatchObject({ ok: false, problems: [{ index: 0, where: "tile/entries/000" }] });
});
