import type { Provenance, TenantId } from "@parapet/model";
import type { DetectorResult } from "#detectors";

interface Remembered {
  /** Exchange whose inspection this was; the receipt names it. */
  readonly exchange: string;
  readonly results: readonly DetectorResult[];
  readonly bytes: number;
}

export interface MemoryKey {
  readonly tenant: TenantId;
  readonly provenance: Provenance;
  /** Keyed content hash of the text. */
  readonly digest: string;
}

/** Keeps matches, never verdicts, of texts seen before, so that turn N of a conversation costs its new words. */
export interface InspectionMemory {
  readonly recall: (key: MemoryKey) => Remembered | undefined;
  readonly remember: (key: MemoryKey, exchange: string, results: readonly DetectorResult[]) => void;
  readonly bytes: () => number;
}

const ENTRY_BYTES = 240;
const DETECTION_BYTES = 600;

/**
 * Least recently used first out, bounded by bytes. `configuration` is the digest of detectors and their
 * settings: another configuration never sees these entries, because it gets a memory of its own.
 */
export const createInspectionMemory = (bytesMax: number): InspectionMemory => {
  const entries = new Map<string, Remembered>();
  let bytes = 0;
  const nameOf = (key: MemoryKey): string => `${key.tenant}\u0000${key.provenance}\u0000${key.digest}`;

  const recall = (key: MemoryKey): Remembered | undefined => {
    const name = nameOf(key);
    const entry = entries.get(name);
    if (entry === undefined) return undefined;
    entries.delete(name);
    entries.set(name, entry);
    return entry;
  };

  const remember = (key: MemoryKey, exchange: string, results: readonly DetectorResult[]): void => {
    // A failure may pass; only what completed is worth keeping.
    if (bytesMax === 0 || results.some((result) => result.outcome === "failed")) return;
    const size = ENTRY_BYTES + results.reduce((sum, { detections }) => sum + detections.length * DETECTION_BYTES, 0);
    const name = nameOf(key);
    bytes += size - (entries.get(name)?.bytes ?? 0);
    entries.set(name, { exchange, results, bytes: size });
    for (const [oldest, entry] of entries) {
      if (bytes <= bytesMax) break;
      entries.delete(oldest);
      bytes -= entry.bytes;
    }
  };

  return { recall, remember, bytes: () => bytes };
};
