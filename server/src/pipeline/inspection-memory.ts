import type { Direction, Provenance, TenantId } from "@parapet/model";
import type { DetectorResult } from "#detectors";
import { createConversationMemory, type ConversationMemory } from "./conversation-memory.ts";

export interface Remembered {
  /** Exchange whose inspection this was; the receipt names it. */
  readonly exchange: string;
  readonly results: readonly DetectorResult[];
}

export interface MemoryKey {
  readonly tenant: TenantId;
  readonly provenance: Provenance;
  /** Detectors may read a request and a response differently. */
  readonly direction: Direction;
  /** Keyed content hash of the text. */
  readonly digest: string;
}

/** Keeps matches, never verdicts, of texts seen before, so that turn N of a conversation costs its new words. */
export interface InspectionMemory {
  readonly recall: (key: MemoryKey) => Remembered | undefined;
  readonly remember: (key: MemoryKey, exchange: string, results: readonly DetectorResult[]) => void;
  readonly conversations: ConversationMemory;
  /** Of both. */
  readonly bytes: () => number;
}

/** Key, entry and their places in the map, as measured on the heap. */
const ENTRY_BYTES = 280;
const DETECTION_BYTES = 600;

interface Generation {
  readonly byOwner: Map<string, Map<string, Remembered>>;
  bytes: number;
}

const emptyGeneration = (): Generation => ({ byOwner: new Map(), bytes: 0 });

/**
 * Bounded by bytes in two generations: what is used moves to the young one, and when that is half of the
 * bound the old one is dropped whole. Cheaper per look-up than keeping an exact order of use.
 * A memory belongs to one set of detectors and settings; another configuration makes another memory.
 */
export const createInspectionMemory = (bytesMax: number): InspectionMemory => {
  const conversations = createConversationMemory(bytesMax / 4);
  const resultBytesMax = bytesMax - bytesMax / 4;
  let young = emptyGeneration();
  let old = emptyGeneration();

  const store = (key: MemoryKey, entry: Remembered): void => {
    const owner = ownerOf(key);
    let texts = young.byOwner.get(owner);
    if (texts === undefined) {
      texts = new Map();
      young.byOwner.set(owner, texts);
    }
    texts.set(key.digest, entry);
    young.bytes += sizeOf(entry);
    if (young.bytes > resultBytesMax / 2) {
      old = young;
      young = emptyGeneration();
    }
  };

  const recall = (key: MemoryKey): Remembered | undefined => {
    const owner = ownerOf(key);
    const fresh = young.byOwner.get(owner)?.get(key.digest);
    if (fresh !== undefined) return fresh;
    const aged = old.byOwner.get(owner)?.get(key.digest);
    if (aged !== undefined) store(key, aged);
    return aged;
  };

  const remember: InspectionMemory["remember"] = (key, exchange, results) => {
    // A failure may pass; only what completed is worth keeping.
    if (bytesMax === 0 || results.some((result) => result.outcome === "failed")) return;
    store(key, { exchange, results: shared(ownerOf(key), results) });
  };

  /** Clean texts of one kind have the very same results: one list serves them all. */
  const clean = new Map<string, readonly DetectorResult[]>();
  const shared = (owner: string, results: readonly DetectorResult[]): readonly DetectorResult[] => {
    const known = clean.get(owner);
    if (known?.length === results.length && results.every((result, index) => result === known[index])) return known;
    if (results.every(({ detections, doubts }) => detections.length === 0 && doubts === undefined))
      clean.set(owner, results);
    return results;
  };

  return { recall, remember, conversations, bytes: () => young.bytes + old.bytes + conversations.bytes() };
};

const owners = new Map<TenantId, Map<Provenance, Readonly<Record<Direction, string>>>>();

/** One string for each, so that neither it nor its hash is made again. */
const ownerOf = ({ tenant, provenance, direction }: MemoryKey): string => {
  let own = owners.get(tenant);
  if (own === undefined) owners.set(tenant, (own = new Map()));
  let names = own.get(provenance);
  if (names === undefined) {
    const name = `${tenant} ${provenance}`;
    own.set(provenance, (names = { request: `${name} request`, response: `${name} response` }));
  }
  return names[direction];
};

const sizeOf = ({ results }: Remembered): number =>
  ENTRY_BYTES +
  results.reduce((sum, { detections, doubts = [] }) => sum + (detections.length + doubts.length) * DETECTION_BYTES, 0);
