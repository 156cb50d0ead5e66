import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadOrCreateSigner, loadSigner } from "./signer-file.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parapet-key-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("a key is made once, private to its owner, and is the same when loaded again", async () => {
  const path = join(directory, "keys", "ledger.key");
  expect(await loadSigner(path, "a.example")).toBeUndefined();
  const made = await loadOrCreateSigner(path, "a.example");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await loadOrCreateSigner(path, "a.example")).vkey).toBe(made.vkey);
  expect(made.vkey).toMatch(/^a\.example\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
});

test("keys made at the same moment by two starts end as one key", async () => {
  const path = join(directory, "ledger.key");
  const made = await Promise.all([loadOrCreateSigner(path, "a"), loadOrCreateSigner(path, "a")]);
  const kept = await loadOrCreateSigner(path, "a");
  for (const signer of made) expect(signer.vkey).toBe(kept.vkey);
});

test.each([0o640, 0o604, 0o620])("a key file of mode %o is refused with the command that mends it", async (mode) => {
  const path = join(directory, "ledger.key");
  await loadOrCreateSigner(path, "a.example");
  await chmod(path, mode);
  await expect(loadOrCreateSigner(path, "a.example")).rejects.toThrow(`chmod 600 ${path}`);
});

test("a file that is no key is refused and left as it is", async () => {
  const path = join(directory, "ledger.key");
  await writeFile(path, "not a key", { mode: 0o600 });
  await expect(loadOrCreateSigner(path, "a.example")).rejects.toThrow(/not a private key/);
  expect((await stat(path)).size).toBe(9);
});
