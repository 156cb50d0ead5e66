import { Worker } from "node:worker_threads";
import { z } from "zod";
import type { Advice, Advisor } from "./opinion.ts";
import type { OnnxSetup } from "./onnx-worker.ts";

const Told = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("broken"), reason: z.string() }),
  z.object({ kind: z.literal("answer"), id: z.int(), confidence: z.number().min(0).max(1) }),
  z.object({ kind: z.literal("failure"), id: z.int(), reason: z.string() }),
]);

interface Thread {
  readonly worker: Worker;
  /** Ends with why it will never answer, or with undefined when the model is loaded. */
  readonly ready: Promise<string | undefined>;
  job: { readonly id: number; readonly settle: (advice: Advice) => void } | undefined;
}

/**
 * Worker threads with one model each, started at once and kept. A thread that does not answer in
 * time is ended; the next question starts another. The caller lets no more than `threads` ask at once.
 */
export const createOnnxAdvisor = (setup: OnnxSetup, threads: number, name: string): Advisor => {
  const all = new Set<Thread>();
  let nextId = 0;

  const drop = (thread: Thread, reason: string): void => {
    all.delete(thread);
    thread.job?.settle({ ok: false, reason });
    thread.job = undefined;
    void thread.worker.terminate();
  };

  const start = (): Thread => {
    const worker = new Worker(new URL("./onnx-worker.ts", import.meta.url), { workerData: setup });
    worker.unref();
    const { promise: ready, resolve } = Promise.withResolvers<string | undefined>();
    const thread: Thread = { worker, ready, job: undefined };
    const end = (reason: string): void => {
      resolve(reason);
      drop(thread, reason);
    };
    worker.on("message", (message: unknown) => {
      const told = Told.safeParse(message);
      if (!told.success) return end("the model's answer is not a probability");
      if (told.data.kind === "ready") return resolve(undefined);
      if (told.data.kind === "broken") return end(`the model cannot be loaded: ${told.data.reason}`);
      if (thread.job?.id !== told.data.id) return;
      const { job } = thread;
      thread.job = undefined;
      job.settle(
        told.data.kind === "answer"
          ? { ok: true, confidence: told.data.confidence }
          : { ok: false, reason: told.data.reason },
      );
    });
    worker.on("error", (error) => end(error instanceof Error ? error.name : "the thread failed"));
    worker.on("exit", () => end("the thread ended"));
    all.add(thread);
    return thread;
  };
  // Loading takes seconds: it begins before the first question.
  for (let count = 0; count < threads; count += 1) start();

  return {
    name,
    isLocal: true,
    ask: async ({ text }, signal) => {
      const free = [...all].find(({ job }) => job === undefined) ?? (all.size < threads ? start() : undefined);
      if (free === undefined) return { ok: false, reason: "no thread is free" };
      nextId += 1;
      const id = nextId;
      const { promise, resolve } = Promise.withResolvers<Advice>();
      const settle = (advice: Advice): void => {
        free.worker.unref();
        resolve(advice);
      };
      free.job = { id, settle };
      // A process that has nothing else to do stays for the answer.
      free.worker.ref();
      const ready = await Promise.race([free.ready, aborted(signal)]);
      if (ready === ABORTED) {
        // It goes on loading: the next question finds it ready.
        free.job = undefined;
        free.worker.unref();
        return { ok: false, reason: "the model is still being loaded" };
      }
      if (ready !== undefined) return { ok: false, reason: ready };
      const late = (): void => drop(free, "the model took too long");
      signal.addEventListener("abort", late, { once: true });
      free.worker.postMessage({ id, text });
      return promise.finally(() => signal.removeEventListener("abort", late));
    },
    close: async () => {
      await Promise.all([...all].map(({ worker }) => worker.terminate()));
    },
  };
};

const ABORTED = Symbol("aborted");

const aborted = (signal: AbortSignal): Promise<typeof ABORTED> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(ABORTED);
    else signal.addEventListener("abort", () => resolve(ABORTED), { once: true });
  });
