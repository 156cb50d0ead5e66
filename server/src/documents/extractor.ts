import { Worker } from "node:worker_threads";
import { trustMessage } from "#platform";
import type { ExtractionJob } from "./extraction-worker.ts";
import type { DocumentKind } from "./kind-of-bytes.ts";

/** `gaps`: what of the document is no text that could be read; each is a sentence's part for people. */
export type Extraction =
  | { readonly ok: true; readonly text: string; readonly gaps: readonly string[] }
  | { readonly ok: false; readonly reason: string };

export interface Extractor {
  /** Never rejects: what cannot be read in time is `ok: false`. One document at a time. */
  readonly extract: (bytes: Uint8Array, kind: DocumentKind) => Promise<Extraction>;
  readonly close: () => Promise<void>;
}

export interface ExtractorBounds {
  /** For one document. */
  readonly timeMs: number;
  /** Of the worker, heap and buffers together. */
  readonly memoryBytes: number;
  readonly textUnitsMax: number;
}

const MIB = 1024 * 1024;
export const BOUNDS: ExtractorBounds = { timeMs: 5_000, memoryBytes: 256 * MIB, textUnitsMax: 4 * 1024 * 1024 };
const LOOK_MS = 25;

/**
 * One worker thread that reads documents, started with the first and ended with the one that takes too long or too
 * much: the next gets a new one. Buffers stand outside of a thread's own heap, so they are watched.
 */
export const createExtractor = (bounds: ExtractorBounds = BOUNDS): Extractor => {
  let worker: Worker | undefined;
  let nextId = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const end = (): void => {
    void worker?.terminate();
    worker = undefined;
  };

  const start = (): Worker => {
    const started = new Worker(new URL("./extraction-worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: bounds.memoryBytes / MIB },
      // What a library warns of is for nobody's log.
      stdout: true,
      stderr: true,
    });
    started.unref();
    // One that is being ended may still fail.
    started.on("error", () => undefined);
    return started;
  };

  const run = (job: Omit<ExtractionJob, "id">): Promise<Extraction> =>
    new Promise((resolve) => {
      const current = (worker ??= start());
      nextId += 1;
      const id = nextId;
      const settle = (extraction: Extraction, isSpent: boolean): void => {
        clearTimeout(timer);
        clearInterval(watch);
        for (const name of ["message", "error", "exit"]) current.removeAllListeners(name);
        current.on("error", () => undefined);
        if (isSpent) end();
        resolve(extraction);
      };
      const give = (reason: string): void => settle({ ok: false, reason }, true);
      const timer = setTimeout(() => give("a document that takes too long to read"), bounds.timeMs);
      const watch = setInterval(() => {
        void current.getHeapStatistics().then(
          ({ used_heap_size: heap, external_memory: external }) => {
            if (heap + external > bounds.memoryBytes) give("a document that takes too much memory to read");
          },
          () => undefined,
        );
      }, LOOK_MS);
      current.on("message", (message: unknown) => {
        const { id: done, extraction } = trustMessage<{ id: number; extraction: Extraction }>(message);
        if (done === id) settle(extraction, false);
      });
      current.on("error", () => give("a document that takes too much memory to read"));
      current.on("exit", () => give("a document that cannot be read"));
      current.postMessage({ ...job, id });
    });

  return {
    extract: (bytes, kind) => {
      const done = turn.then(() => run({ bytes, kind, textUnitsMax: bounds.textUnitsMax }));
      turn = done;
      return done;
    },
    close: async () => {
      await turn;
      await worker?.terminate();
      worker = undefined;
    },
  };
};
