import { Worker } from "node:worker_threads";
import { trustMessage } from "#platform";
import type { SpoolCursor } from "../spool.ts";
import type { Appended, LedgerEntries } from "./ledger-append.ts";
import type { AppendAnswer, AppendOrder } from "./ledger-append-worker.ts";

export interface AppendThread {
  readonly append: (entries: LedgerEntries, cursor: SpoolCursor) => Promise<Appended>;
  /** Whether no batch is under way, which one that is made elsewhere would overtake. */
  readonly isIdle: () => boolean;
  /** Waits for what was begun. */
  readonly close: () => Promise<void>;
}

const orderOf = (entries: LedgerEntries, cursor: SpoolCursor): AppendOrder => {
  const lengths = entries.map(({ bytes }) => bytes.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const entry of entries) {
    bytes.set(entry.bytes, at);
    at += entry.bytes.length;
  }
  return {
    ids: entries.map(({ id }) => id),
    exchanges: entries.map(({ exchange }) => exchange),
    bytes,
    lengths,
    cursor,
  };
};

/** A thread with a connection of its own to the database in `file`, begun with the first batch; one batch at a time. */
export const createAppendThread = (file: string): AppendThread => {
  let worker: Worker | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let answered: ((answer: AppendAnswer) => void) | undefined;

  const start = (): Worker => {
    const started = new Worker(new URL("./ledger-append-worker.ts", import.meta.url), { workerData: file });
    const lose = (reason: string): void => {
      // Its end is told after its error, and must not be taken for that of the next one.
      if (worker !== started) return;
      worker = undefined;
      answered?.({ ok: false, reason });
    };
    started.on("message", (message: unknown) => answered?.(trustMessage<AppendAnswer>(message)));
    started.on("error", (error) => lose(error instanceof Error ? error.message : String(error)));
    started.on("exit", () => lose("the thread that appends to the ledger ended"));
    return started;
  };

  const ask = async (entries: LedgerEntries, cursor: SpoolCursor): Promise<Appended> => {
    const own = (worker ??= start());
    const order = orderOf(entries, cursor);
    // The process must not end in the middle of a batch, and need not stay for one that may come.
    own.ref();
    const answer = await new Promise<AppendAnswer>((resolve) => {
      answered = resolve;
      own.postMessage(order, [order.bytes.buffer]);
    });
    answered = undefined;
    own.unref();
    if (!answer.ok) throw new Error(`ledger.db: ${answer.reason}`);
    return answer.appended;
  };

  return {
    append: (entries, cursor) => {
      waiting += 1;
      const done = turn.then(() => ask(entries, cursor)).finally(() => (waiting -= 1));
      turn = done.catch(() => undefined);
      return done;
    },
    isIdle: () => waiting === 0,
    close: async () => {
      await turn;
      await worker?.terminate();
    },
  };
};
