import type { EvidenceRef } from "@parapet/model";
import type { EvidenceStatus, InclusionProof } from "@parapet/model/api";
import type { LedgerStore, SpoolCursor } from "#storage";
import type { Leaf } from "./leaf.ts";
import { consistencyPath, inclusionPath, leafHash, treeRoot } from "./merkle.ts";
import { checkpointText, readOwnCheckpoint, signNote, type Signer } from "./signed-note.ts";

/** The store does not continue what was signed before. Nothing is signed until an operator has looked. */
export class LedgerForked extends Error {
  override readonly name = "LedgerForked";
}

export interface LedgerOptions {
  readonly store: LedgerStore;
  /** Its name is the log's origin. */
  readonly signer: Signer;
  /** The key that `signer` replaces; signs too, for as long as verifiers may know only it. */
  readonly previous?: Signer | undefined;
  /** First line of every checkpoint; must never change over the log's life. */
  readonly origin: string;
  /** Wall time, milliseconds. */
  readonly now: () => number;
}

export interface SignedCheckpoint {
  /** C2SP signed note. */
  readonly note: string;
  readonly size: number;
  readonly time: string;
}

/** RFC 6962 §2.1.2 proof that the current checkpoint extends the log of `oldSize` entries. */
export interface ConsistencyProof {
  readonly oldSize: number;
  readonly size: number;
  /** Base64. */
  readonly hashes: readonly string[];
  readonly checkpoint: string;
}

export interface Ledger {
  /** Durable when it resolves; a leaf whose id is in the log already is left out. */
  append(leaves: readonly Leaf[], cursor: SpoolCursor): Promise<{ readonly first: number; readonly size: number }>;
  /** Signs and publishes the log as it stands; answers the newest checkpoint when nothing changed. Rejects with `LedgerForked`. */
  sign(): Promise<SignedCheckpoint>;
  /** Undefined while no checkpoint covers the leaf. */
  prove(index: number): Promise<InclusionProof | undefined>;
  /** Undefined when `oldSize` is not a size that the current checkpoint covers. */
  consistency(oldSize: number): Promise<ConsistencyProof | undefined>;
  /** Where an exchange's leaves stand, oldest first. */
  references(exchange: string): Promise<readonly EvidenceRef[]>;
  status(): Promise<Omit<EvidenceStatus, "spoolLag">>;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

export const createLedger = ({ store, signer, previous, origin, now }: LedgerOptions): Ledger => {
  // The name ties a key to its log: Go's note and sumdb tools look a key up by the origin.
  const signers = previous === undefined || previous.keyId === signer.keyId ? [signer] : [signer, previous];
  for (const { name } of signers) {
    if (name !== origin) throw new Error(`the ledger's key is named "${name}", its origin is "${origin}"`);
  }
  const read = store.hash.bind(store);

  /** Refuses to sign a history that differs from the one signed before. */
  const checkContinues = async (signed: SignedCheckpoint, size: number): Promise<void> => {
    const before = readOwnCheckpoint(signed.note);
    if (before.origin !== origin) {
      throw new LedgerForked(`the log is "${before.origin}", not "${origin}"; give it its old origin back`);
    }
    if (before.size > size) {
      throw new LedgerForked(
        `${before.size} entries were signed but only ${size} are there; restore the newest ledger.db`,
      );
    }
    if (base64(await treeRoot(before.size, read)) !== before.root) {
      throw new LedgerForked(
        `the first ${before.size} entries are not those that were signed; restore the newest ledger.db`,
      );
    }
  };

  const signNow = async (): Promise<SignedCheckpoint> => {
    const signed = await store.checkpoint();
    const size = await store.size();
    if (signed !== undefined) {
      await checkContinues(signed, size);
      const { keyIds } = readOwnCheckpoint(signed.note);
      const sameKeys = keyIds.size === signers.length && signers.every(({ keyId }) => keyIds.has(keyId));
      if (signed.size === size && sameKeys) return signed;
    }
    // Keys are published first: no checkpoint is ever out whose key is not.
    for (const { vkey } of signers.toReversed()) await store.addVerifierKey(vkey);
    const note = signNote(checkpointText(origin, size, await treeRoot(size, read)), signers);
    const time = new Date(now()).toISOString();
    await store.putCheckpoint(note, size, time);
    return { note, size, time };
  };

  let signing: Promise<unknown> = Promise.resolve();

  return {
    append: (leaves, cursor) => store.append(leaves, cursor),
    sign: () => {
      const done = signing.then(signNow);
      signing = done.catch(() => undefined);
      return done;
    },
    prove: async (index) => {
      const signed = await store.checkpoint();
      if (signed === undefined || !Number.isSafeInteger(index) || index < 0 || index >= signed.size) return undefined;
      const entry = await store.entry(index);
      if (entry === undefined) return undefined;
      const hashes = (await inclusionPath(index, signed.size, read)).map(base64);
      return {
        index,
        size: signed.size,
        leafHash: base64(leafHash(entry)),
        leaf: Buffer.from(entry).toString("utf8"),
        hashes,
        root: readOwnCheckpoint(signed.note).root,
        checkpoint: signed.note,
        tlogProof: ["c2sp.org/tlog-proof@v1", `index ${index}`, ...hashes, "", signed.note].join("\n"),
      };
    },
    consistency: async (oldSize) => {
      const signed = await store.checkpoint();
      if (signed === undefined || !Number.isSafeInteger(oldSize) || oldSize < 0 || oldSize > signed.size)
        return undefined;
      const hashes = (await consistencyPath(oldSize, signed.size, read)).map(base64);
      return { oldSize, size: signed.size, hashes, checkpoint: signed.note };
    },
    references: async (exchange) => {
      const signed = await store.checkpoint();
      const found: EvidenceRef[] = [];
      for (const index of await store.indexesOf(exchange)) {
        const hashed = await read(0, index);
        if (hashed === undefined) continue;
        const covered = signed !== undefined && index < signed.size;
        found.push({ index, leafHash: base64(hashed), checkpoint: covered ? signed.note : "" });
      }
      return found;
    },
    status: async () => {
      const size = await store.size();
      const signed = await store.checkpoint();
      return {
        origin,
        size,
        root: base64(await treeRoot(size, read)),
        checkpoint: signed?.note ?? "",
        ...(signed === undefined ? {} : { checkpointAt: signed.time }),
        verifierKey: signer.vkey,
      };
    },
  };
};
