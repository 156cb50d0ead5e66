import { parentPort, workerData } from "node:worker_threads";
import { createAppender, type Appended } from "./ledger-append.ts";
import type { SpoolCursor } from "../spool.ts";
import { connect } from "./ledger-rows.ts";

/** A batch: the entries' bytes one after the other, and how many each has. */
export interface AppendOrder {
  readonly ids: readonly string[];
  readonly exchanges: readonly string[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
  readonly cursor: SpoolCursor;
}

export type AppendAnswer =
  | { readonly ok: true; readonly appended: Appended }
  | { readonly ok: false; readonly reason: string };

const run = (file: string): void => {
  const append = createAppender(connect(file));
  const answerTo = ({ ids, exchanges, bytes, lengths, cursor }: AppendOrder): AppendAnswer => {
    let at = 0;
    const entries = ids.map((id, position) => {
      const own = bytes.subarray(at, (at += lengths[position] ?? 0));
      return { id, exchange: exchanges[position] ?? "", bytes: own };
    });
    try {
      return { ok: true, appended: append(entries, cursor) };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  };
  parentPort?.on("message", (order: AppendOrder) => parentPort?.postMessage(answerTo(order)));
};

if (typeof workerData === "string") run(workerData);
