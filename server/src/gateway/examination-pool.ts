import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Fault, trustMessage, type Logger } from "#platform";
import type { DecodedRequest, DecodedResponse } from "#protocols";
import type { DecodedBody } from "./decoded-body.ts";
import type { Examined } from "./examination.ts";
import type { BodyJob, EventJob, MessageJob, WorkerJob, WorkerSetup } from "./examination-worker.ts";
import type { Said } from "./read-documents.ts";

/** Bodies above this are read in a worker: smaller ones take less than about 5 ms where they are. */
export const INLINE_BYTES_MAX = 128 * 1024;

const WORKERS_MAX = 4;
const WAITING_MAX = 64;
const JOB_MS = 60_000;

type New<Job extends WorkerJob> = Omit<Job, "id" | "kind">;

export interface ExaminationPool {
  readonly request: (job: New<BodyJob>) => Promise<DecodedBody<Examined<DecodedRequest>>>;
  readonly response: (job: New<BodyJob>) => Promise<DecodedBody<Examined<DecodedResponse>>>;
  readonly event: (job: New<EventJob>) => Promise<Examined<Said>>;
  readonly message: (job: New<MessageJob>) => Promise<Examined<Said>>;
  readonly close: () => Promise<void>;
}

interface Running {
  readonly worker: Worker;
  job:
    | {
        readonly id: number;
        readonly settle: (result: unknown) => void;
        readonly fail: (error: Fault) => void;
        readonly timer: NodeJS.Timeout;
      }
    | undefined;
}

/**
 * Worker threads for large bodies, started when the first one comes. One job at a time each; what does not
 * end in time loses its worker. A full queue is refused as overloaded.
 */
export const createExaminationPool = (setup: WorkerSetup, logger: Logger): ExaminationPool => {
  const size = Math.min(WORKERS_MAX, Math.max(1, availableParallelism() - 1));
  const workers: Running[] = [];
  const waiting: {
    readonly job: WorkerJob;
    readonly settle: (result: unknown) => void;
    readonly fail: (error: Fault) => void;
  }[] = [];
  let nextId = 0;
  let closed = false;

  const start = (): Running => {
    // It inherits this process's options: handed on by name, those of V8 itself would be refused.
    const worker = new Worker(new URL("./examination-worker.ts", import.meta.url), { workerData: setup });
    const running: Running = { worker, job: undefined };
    worker.on("message", ({ id, result }: { id: number; result: unknown }) => {
      if (running.job?.id !== id) return;
      clearTimeout(running.job.timer);
      running.job.settle(result);
      running.job = undefined;
      next();
    });
    worker.on("error", (error) => {
      logger.error({ error }, "a large body could not be read");
      drop(running, new Fault("not_inspected", { detail: error instanceof Error ? error.message : String(error) }));
    });
    worker.unref();
    workers.push(running);
    return running;
  };

  const drop = (running: Running, fault: Fault): void => {
    const at = workers.indexOf(running);
    // A worker may fail again while it is being ended.
    if (at === -1) return;
    workers.splice(at, 1);
    if (running.job !== undefined) {
      clearTimeout(running.job.timer);
      running.job.fail(fault);
      running.job = undefined;
    }
    void running.worker.terminate();
    next();
  };

  const next = (): void => {
    if (closed) return;
    const free =
      workers.find(({ job }) => job === undefined) ??
      (workers.length < size && waiting.length > 0 ? start() : undefined);
    const one = free === undefined ? undefined : waiting.shift();
    if (free === undefined || one === undefined) return;
    const timer = setTimeout(
      () => drop(free, new Fault("not_inspected", { detail: "inspection took too long" })),
      JOB_MS,
    );
    free.job = { id: one.job.id, settle: one.settle, fail: one.fail, timer };
    free.worker.postMessage(one.job);
    next();
  };

  const enqueue = <T>(number: (id: number) => WorkerJob): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (waiting.length >= WAITING_MAX) {
        reject(new Fault("overloaded", { retryAfterSeconds: 2, detail: "too many large bodies at once" }));
        return;
      }
      nextId += 1;
      waiting.push({ job: number(nextId), settle: (result) => resolve(trustMessage<T>(result)), fail: reject });
      next();
    });

  return {
    request: (job) => enqueue((id) => ({ ...job, id, kind: "request" })),
    response: (job) => enqueue((id) => ({ ...job, id, kind: "response" })),
    event: (job) => enqueue((id) => ({ ...job, id, kind: "event" })),
    message: (job) => enqueue((id) => ({ ...job, id, kind: "message" })),
    close: async () => {
      closed = true;
      for (const { fail } of waiting.splice(0)) fail(new Fault("overloaded"));
      await Promise.all(workers.map(({ worker }) => worker.terminate()));
    },
  };
};
