import { DEFAULT_TENANT, type SpoolRecord } from "@parapet/model";
import { Fault } from "#platform";
import { SpoolUnavailable, type Spool } from "#storage";
import { auditRecord } from "./audit-record.ts";

/** Terminal records that wait for the disk; beyond this they are lost, and counted. */
const WAITING_MAX = 10_000;

/** Writes records as the route's `evidence` asks. */
export interface Recorder {
  /**
   * Record before effect: resolves once durable. With `best-effort` it does not wait, and loss is counted.
   * Throws the `evidence_unavailable` fault when a required record cannot be made durable.
   */
  readonly record: (record: SpoolRecord, evidence: "required" | "best-effort") => Promise<void>;
  /** Durable with the next commit; for what follows an effect. The end of an exchange waits for a disk that fails. */
  readonly note: (record: SpoolRecord) => void;
}

export interface SpoolRecorder extends Recorder {
  /** Writes what waits, and an `evidence.lost` record for what was lost since the last one. Called every second or so. */
  readonly catchUp: (node: string, nowMs: number) => Promise<void>;
}

export const createRecorder = (spool: Spool): SpoolRecorder => {
  const waiting: string[] = [];
  let busy = false;
  let reported = spool.status().lost;

  const keep = (json: string): void => {
    if (waiting.length < WAITING_MAX) waiting.push(json);
    else spool.offer(json);
  };

  const lossRecord = (records: number, node: string, nowMs: number): SpoolRecord =>
    auditRecord(
      {
        tenant: DEFAULT_TENANT,
        type: "evidence.lost",
        actor: "system",
        target: node,
        outcome: "failure",
        detail: { records, reason: "the spool could not take them" },
      },
      nowMs,
    );

  const writeWaiting = async (node: string, nowMs: number): Promise<void> => {
    for (let json = waiting[0]; json !== undefined; json = waiting[0]) {
      await spool.append(json);
      waiting.shift();
    }
    const { lost } = spool.status();
    if (lost === reported) return;
    await spool.append(JSON.stringify(lossRecord(lost - reported, node, nowMs)));
    reported = lost;
  };

  return {
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
    note: (record) => {
      const json = JSON.stringify(record);
      // Without its end an exchange would stay open for ever.
      if (record.kind === "closed") spool.append(json).catch(() => keep(json));
      else spool.offer(json);
    },
    catchUp: async (node, nowMs) => {
      if (busy) return;
      busy = true;
      try {
        await writeWaiting(node, nowMs);
      } catch (error) {
        if (!(error instanceof SpoolUnavailable)) throw error;
      } finally {
        busy = false;
      }
    },
  };
};
