import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLedgerStore, type LedgerStore } from "#storage";
import type { Leaf } from "./leaf.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createSigner, type Signer } from "./signed-note.ts";

export const ORIGIN = "parapet.example/log";
export const START_MS = Date.UTC(2026, 0, 1);

export const newSigner = (name = ORIGIN): Signer => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return createSigner(name, publicKey, privateKey);
};

/** A small canonical entry; its length varies so that no two entries can be swapped unseen by their lengths. */
export const leafAt = (index: number): Leaf => ({
  id: `id-${index}`,
  exchange: `exchange-${Math.floor(index / 2)}`,
  bytes: Buffer.from(`{"id":"id-${index}","n":${index},"text":"é€😀${"x".repeat(index % 5)}"}`),
});
export const leaves = (from: number, to: number): readonly Leaf[] =>
  Array.from({ length: to - from }, (_, at) => leafAt(from + at));

export interface TestLog extends AsyncDisposable {
  /** A data directory: the ledger is in `ledger/`. */
  readonly directory: string;
  readonly tiles: string;
  readonly store: LedgerStore;
  readonly ledger: Ledger;
  readonly signer: Signer;
}

/** A real log of `size` entries on disk, signed at each of `signedAt` and at its end. */
export const makeLog = async (size: number, signedAt: readonly number[] = []): Promise<TestLog> => {
  const directory = await mkdtemp(join(tmpdir(), "parapet-log-"));
  const store = await openSqliteLedgerStore(join(directory, "ledger"));
  const signer = newSigner();
  const ledger = createLedger({ store, signer, origin: ORIGIN, now: () => START_MS });
  let at = 0;
  for (const stop of [...signedAt, size]) {
    await ledger.append(leaves(at, stop), `1:${stop}`);
    await ledger.sign();
    at = stop;
  }
  return {
    directory,
    tiles: join(directory, "ledger", "tiles"),
    store,
    ledger,
    signer,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
