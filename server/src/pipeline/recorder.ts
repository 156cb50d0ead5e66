import type { SpoolRecord } from "@parapet/model";
import { Fault } from "#platform";
import { SpoolUnavailable, type Spool } from "#storage";

/** Writes records as the route's `evidence` asks. */
export interface Recorder {
  /**
   * Record before effect: resolves once durable. With `best-effort` it does not wait, and loss is counted.
   * Throws the `evidence_unavailable` fault when a required record cannot be made durable.
   */
  readonly record: (record: SpoolRecord, evidence: "required" | "best-effort") => Promise<void>;
  /** Durable with the next commit; for what follows an effect. */
  readonly note: (record: SpoolRecord) => void;
}

export const createRecorder = (spool: Spool): Recorder => ({
  record: async (record, evidence) => {
    const json = JSON.stringify(record);
    if (evidence === "best-effort") {
      spool.offer(json);
      return;
    }
    try {
      await spool.append(json);
    } catch (error) {
      if (!(error instanceof SpoolUnavailable)) throw error;
      throw new Fault("evidence_unavailable", { detail: error.message, cause: error, retryAfterSeconds: 5 });
    }
  },
  note: (record) => spool.offer(JSON.stringify(record)),
});
