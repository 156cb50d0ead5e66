import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InclusionProof } from "@parapet/model/api";
import * as fc from "fast-check";
import { openSqliteLedgerStore } from "#storage";
import { expect, test } from "vitest";
import { leaves, leafAt, makeLog, newSigner, ORIGIN, START_MS } from "./ledger.fixture.ts";
import { createLedger, LedgerForked } from "./ledger.ts";
import { verifyConsistency, verifyInclusion, verifyTlogProof } from "./verify/verify-proof.ts";

const now = () => START_MS;

test("an empty log can be signed and says the root of nothing", async () => {
  await using log = await makeLog(0);
  const { note, size } = await log.ledger.sign();
  expect(size).toBe(0);
  expect(note.split("\n").slice(0, 3)).toEqual([ORIGIN, "0", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]);
});

test("signing again without anything new answers the same checkpoint", async () => {
  await using log = await makeLog(3);
  const first = await log.ledger.sign();
  expect(await log.ledger.sign()).toEqual(first);
});

test("every leaf under a checkpoint can be proven with the public key alone, in both forms", async () => {
  await using log = await makeLog(300, [7]);
  for (const index of [0, 1, 6, 7, 254, 255, 256, 298, 299]) {
    const proof = await log.ledger.prove(index);
    expect(InclusionProof.safeParse(proof).success).toBe(true);
    if (proof === undefined) throw new Error(`no proof for ${index}`);
    expect(proof.leaf).toBe(leafAt(index).bytes.toString());
    expect(verifyInclusion(proof, [log.signer.vkey])).toEqual({ ok: true, index, size: 300, origin: ORIGIN });
    expect(verifyTlogProof(proof.tlogProof, leafAt(index).bytes, [log.signer.vkey])).toMatchObject({ ok: true, index });
  }
});

test("a proof does not verify for another leaf, index, key, or with restated fields changed", async () => {
  await using log = await makeLog(20);
  const proof = await log.ledger.prove(5);
  if (proof === undefined) throw new Error("no proof");
  const vkeys = [log.signer.vkey];
  expect(verifyTlogProof(proof.tlogProof, leafAt(6).bytes, vkeys).ok).toBe(false);
  expect(verifyTlogProof(proof.tlogProof.replace("index 5", "index 4"), leafAt(5).bytes, vkeys).ok).toBe(false);
  expect(verifyTlogProof(proof.tlogProof.replace("index 5", "index 05"), leafAt(5).bytes, vkeys).ok).toBe(false);
  expect(verifyTlogProof(proof.tlogProof.replace("@v1", "@v2"), leafAt(5).bytes, vkeys).ok).toBe(false);
  expect(verifyTlogProof(proof.tlogProof, leafAt(5).bytes, [newSigner().vkey]).ok).toBe(false);
  expect(verifyTlogProof(proof.tlogProof, leafAt(5).bytes, []).ok).toBe(false);
  expect(verifyTlogProof(proof.tlogProof.replace("\nindex", "\nextra AAAA\nindex"), leafAt(5).bytes, vkeys).ok).toBe(
    true,
  );
  const wrong = Buffer.alloc(32).toString("base64");
  for (const change of [
    { size: 21 },
    { root: wrong },
    { leafHash: wrong },
    { leaf: "{}" },
    { index: 6 },
    { hashes: [] },
  ]) {
    expect(verifyInclusion({ ...proof, ...change }, vkeys).ok, JSON.stringify(change)).toBe(false);
  }
});

test("no byte of a tlog-proof can be changed", async () => {
  await using log = await makeLog(11);
  const proof = await log.ledger.prove(3);
  const text = Buffer.from(proof?.tlogProof ?? "");
  for (let at = 0; at < text.length; at++) {
    const changed = Buffer.from(text);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    expect(verifyTlogProof(changed.toString(), leafAt(3).bytes, [log.signer.vkey]).ok, `byte ${at}`).toBe(false);
  }
});

test("a leaf that no checkpoint covers yet has no proof, and its reference says so", async () => {
  await using log = await makeLog(2);
  await log.ledger.append(leaves(2, 5), "1:5");
  expect(await log.ledger.prove(1)).toBeDefined();
  for (const index of [2, 5, -1, 0.5]) expect(await log.ledger.prove(index)).toBeUndefined();
  const [first, second] = await log.ledger.references("exchange-1");
  expect(first).toMatchObject({ index: 2, checkpoint: "" });
  await log.ledger.sign();
  const { note } = await log.ledger.sign();
  const [covered] = await log.ledger.references("exchange-1");
  expect(covered).toEqual({ ...first, checkpoint: note });
  expect(second?.index).toBe(3);
  expect((await log.ledger.prove(2))?.leafHash).toBe(covered?.leafHash);
});

test("each checkpoint is proven to extend each one before it", async () => {
  const stops = [1, 2, 5, 8, 255, 256, 257, 300];
  await using log = await makeLog(0);
  const notes: string[] = [];
  for (const [at, stop] of stops.entries()) {
    await log.ledger.append(leaves(stops[at - 1] ?? 0, stop), `1:${stop}`);
    notes.push((await log.ledger.sign()).note);
  }
  const newest = notes.at(-1) ?? "";
  for (const [at, stop] of stops.entries()) {
    const proof = await log.ledger.consistency(stop);
    expect(
      verifyConsistency(notes[at] ?? "", newest, proof?.hashes ?? [], [log.signer.vkey]),
      `from ${stop}`,
    ).toMatchObject({ ok: true });
  }
  expect(await log.ledger.consistency(301)).toBeUndefined();
});

test("logs that share no history have no consistency proof", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }), async (oldSize, more) => {
      await using log = await makeLog(oldSize + more);
      await using other = await makeLog(0);
      await other.ledger.append([{ ...leafAt(0), bytes: Buffer.from('{"other":true}') }, ...leaves(1, oldSize)], "1:1");
      await other.ledger.sign();
      const older = (await other.ledger.status()).checkpoint;
      const newer = (await log.ledger.status()).checkpoint;
      const proof = await log.ledger.consistency(oldSize);
      const vkeys = [log.signer.vkey, other.signer.vkey];
      expect(verifyConsistency(older, newer, proof?.hashes ?? [], vkeys).ok).toBe(false);
    }),
    { numRuns: 10 },
  );
});

test("appends and signatures that run together leave one log in which all is proven", async () => {
  await using log = await makeLog(0);
  await Promise.all(
    Array.from({ length: 30 }, async (_, at) => {
      await log.ledger.append(leaves(at * 20, at * 20 + 20), `1:${at}`);
      await log.ledger.sign();
    }),
  );
  const status = await log.ledger.status();
  expect(status).toMatchObject({ size: 600, origin: ORIGIN, verifierKey: log.signer.vkey });
  expect(status.checkpoint.split("\n").slice(1, 3)).toEqual(["600", status.root]);
});

test("a restored older database is never signed over what was published", async () => {
  const directory = await mkdtemp(join(tmpdir(), "parapet-log-"));
  const old = await mkdtemp(join(tmpdir(), "parapet-log-"));
  const signer = newSigner();
  const open = async () => {
    const store = await openSqliteLedgerStore(directory);
    return { store, ledger: createLedger({ store, signer, origin: ORIGIN, now }) };
  };
  const first = await open();
  await first.ledger.append(leaves(0, 5), "1:5");
  await first.ledger.sign();
  await first.store.close();
  await cp(join(directory, "ledger.db"), join(old, "ledger.db"));
  const second = await open();
  await second.ledger.append(leaves(5, 9), "1:9");
  const { note } = await second.ledger.sign();
  await second.store.close();
  await cp(join(old, "ledger.db"), join(directory, "ledger.db"));

  const restored = await open();
  await expect(restored.ledger.sign()).rejects.toThrow(LedgerForked);
  // Grown past the published size, with another history.
  await restored.ledger.append(leaves(100, 120), "1:120");
  await expect(restored.ledger.sign()).rejects.toThrow(/not those that were signed/);
  expect(await readFile(join(directory, "tiles", "checkpoint"), "utf8")).toBe(note);
  await restored.store.close();
  await rm(directory, { recursive: true });
  await rm(old, { recursive: true });
});

test("a log keeps its origin", async () => {
  await using log = await makeLog(3);
  const renamed = createLedger({ store: log.store, signer: newSigner("other.example"), origin: "other.example", now });
  await expect(renamed.sign()).rejects.toThrow(LedgerForked);
  expect(() => createLedger({ store: log.store, signer: newSigner("other.example"), origin: ORIGIN, now })).toThrow(
    /named/,
  );
});

test("after a rotation both keys sign for as long as the old one is given, then the new one alone", async () => {
  await using log = await makeLog(3);
  const next = newSigner();
  const overlap = createLedger({ store: log.store, signer: next, previous: log.signer, origin: ORIGIN, now });
  const { note } = await overlap.sign();
  expect(note.split("\n").filter((line) => line.startsWith("— "))).toHaveLength(2);
  const proof = await overlap.prove(1);
  if (proof === undefined) throw new Error("no proof");
  for (const { vkey } of [log.signer, next]) expect(verifyInclusion(proof, [vkey]).ok).toBe(true);

  const after = createLedger({ store: log.store, signer: next, origin: ORIGIN, now });
  await after.sign();
  const alone = await after.prove(1);
  if (alone === undefined) throw new Error("no proof");
  expect(verifyInclusion(alone, [next.vkey]).ok).toBe(true);
  expect(verifyInclusion(alone, [log.signer.vkey]).ok).toBe(false);
  expect(await readFile(join(log.tiles, "log.vkey"), "utf8")).toBe(`${log.signer.vkey}\n${next.vkey}\n`);
});
