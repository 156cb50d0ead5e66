import { randomBytes } from "node:crypto";
import type { TenantId } from "@parapet/model";
import { hmacHex, open, seal, toTimestamp } from "#platform";
import type { ControlStore } from "#storage";

const KEY_BYTES = 32;
const CACHE_MAX = 10_000;

export interface Subject {
  readonly tenant: TenantId;
  readonly subject: string;
}

/**
 * Per-subject keys, wrapped by the installation's key and kept in the control store. Text and HMACs of a
 * person stand under that person's key; destroying it is erasure, and the log still verifies.
 */
export interface SubjectKeys {
  /** The keys of all subjects of a batch, made where missing. */
  readonly forBatch: (subjects: readonly Subject[]) => Promise<(subject: Subject) => Buffer>;
  /** For reading back; undefined when erased. */
  readonly existing: (subject: Subject) => Promise<Buffer | undefined>;
  /** Grows with every erasure: keys that were taken before may be destroyed. */
  readonly erasures: () => number;
  /** Answers whether there was a key to destroy. */
  readonly erase: (subject: Subject) => Promise<boolean>;
}

export const createSubjectKeys = (store: ControlStore, master: Buffer, now: () => number): SubjectKeys => {
  const cache = new Map<string, Buffer>();
  let erasures = 0;
  const nameOf = ({ tenant, subject }: Subject): string => `${tenant}/${subject}`;
  const hashOf = ({ tenant, subject }: Subject): string => hmacHex(master, "subject", tenant, subject);

  const existing = async (subject: Subject): Promise<Buffer | undefined> => {
    const cached = cache.get(nameOf(subject));
    if (cached !== undefined) return cached;
    const subjectHash = hashOf(subject);
    const before = erasures;
    const stored = await store.getSubjectKey(subject.tenant, subjectHash);
    const key = stored === undefined ? undefined : open(master, Buffer.from(stored.wrapped, "base64"), subjectHash);
    if (stored !== undefined && key === undefined)
      throw new Error("a subject key cannot be unwrapped: wrong installation key?");
    // A key that was read while one was destroyed may be that one: it is not kept.
    if (key !== undefined && before === erasures) keep(subject, key);
    return key;
  };

  const keep = (subject: Subject, key: Buffer): void => {
    if (cache.size >= CACHE_MAX) cache.clear();
    cache.set(nameOf(subject), key);
  };

  /** Makes keys for subjects that had none, with one synced write for all of them. */
  const makeAll = async (missing: ReadonlyMap<string, Subject>, keys: Map<string, Buffer>): Promise<void> => {
    const made = [...missing].map(([name, subject]) => ({ name, subject, key: randomBytes(KEY_BYTES) }));
    const createdAt = toTimestamp(now());
    await store.addSubjectKeys(
      made.map(({ subject, key }) => {
        const subjectHash = hashOf(subject);
        const wrapped = seal(master, key, subjectHash).toString("base64");
        return { tenant: subject.tenant, subjectHash, wrapped, createdAt };
      }),
    );
    // Whoever made a key first wins. One that was destroyed since then seals what nobody may read again.
    for (const { name, subject, key } of made) keys.set(name, (await existing(subject)) ?? key);
  };

  return {
    existing,
    erasures: () => erasures,
    forBatch: async (subjects) => {
      const keys = new Map<string, Buffer>();
      const missing = new Map<string, Subject>();
      for (const subject of subjects) {
        const name = nameOf(subject);
        if (keys.has(name) || missing.has(name)) continue;
        const key = await existing(subject);
        if (key === undefined) missing.set(name, subject);
        else keys.set(name, key);
      }
      if (missing.size > 0) await makeAll(missing, keys);
      return (subject) => {
        const key = keys.get(nameOf(subject));
        if (key === undefined) throw new Error("a subject outside the batch was asked for");
        return key;
      };
    },
    erase: async (subject) => {
      erasures += 1;
      cache.delete(nameOf(subject));
      const existed = await store.deleteSubjectKey(subject.tenant, hashOf(subject));
      erasures += 1;
      cache.delete(nameOf(subject));
      return existed;
    },
  };
};
