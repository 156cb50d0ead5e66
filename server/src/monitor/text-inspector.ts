import { Worker } from "node:worker_threads";
import type { RecordedMatch, Segment, SourceEvent } from "@parapet/model";
import { trustMessage, type Logger } from "#platform";
import type { InspectionSetup } from "./inspection-worker.ts";

export type ToldTexts = NonNullable<SourceEvent["texts"]>;

/** What the detectors found in the texts of one event. `segment` of a match is the position of its text. */
export interface InspectedTexts {
  readonly matches: readonly RecordedMatch[];
  /** Keyed content hash per text. */
  readonly digests: readonly string[];
  /** Texts that could not be read in full, and those whose inspection failed. */
  readonly unscannable: number;
  /** Texts that were not looked at, because the event has more than is inspected. */
  readonly bypassed: number;
}

/** Inspects what telemetry was told, away from the event loop that takes it in. */
export interface TextInspector {
  /** One answer for the texts of each event. Never rejects: what fails is counted as `unscannable`. */
  readonly inspect: (events: readonly ToldTexts[]) => Promise<readonly InspectedTexts[]>;
  readonly close: () => Promise<void>;
}

/** A batch that takes longer has lost its worker. */
const BATCH_MS = 60_000;

/** Texts as segments: what a model wrote is a response, all else came to it. */
export const segmentsOf = (texts: ToldTexts): readonly Segment[] =>
  texts.map(({ provenance, text }, index) => ({
    index,
    direction: provenance === "model" || provenance === "tool-arguments" ? "response" : "request",
    pointer: `/texts/${index}/text`,
    role: provenance,
    provenance,
    text,
  }));

const uninspected = (texts: ToldTexts): InspectedTexts => ({
  matches: [],
  digests: texts.map(() => ""),
  unscannable: texts.length,
  bypassed: 0,
});

/** One worker thread, started with the first text, one batch at a time. */
export const createTextInspector = (setup: InspectionSetup, logger: Logger): TextInspector => {
  let worker: Worker | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const start = (): Worker => {
    const started = new Worker(new URL("./inspection-worker.ts", import.meta.url), {
      workerData: setup,
      execArgv: process.execArgv,
    });
    started.unref();
    // One that broke between two batches is not asked again.
    started.on("error", () => (worker = worker === started ? undefined : worker));
    return started;
  };

  const ask = (events: readonly ToldTexts[]): Promise<readonly InspectedTexts[]> =>
    new Promise((resolve) => {
      const own = (worker ??= start());
      const end = (answer: readonly InspectedTexts[]): void => {
        clearTimeout(timer);
        // Never all listeners: the thread's own are among them, and it would answer no more.
        own.off("message", answered).off("error", broke);
        resolve(answer);
      };
      const fail = (reason: string): void => {
        logger.error({ reason, events: events.length }, "texts of telemetry could not be inspected");
        worker = undefined;
        void own.terminate();
        end(events.map(uninspected));
      };
      const timer = setTimeout(() => fail("it took too long"), BATCH_MS);
      const answered = (message: unknown): void => end(trustMessage<readonly InspectedTexts[]>(message));
      const broke = (error: unknown): void => fail(error instanceof Error ? error.message : String(error));
      own.once("message", answered).once("error", broke);
      own.postMessage(events);
    });

  return {
    inspect: (events) => {
      const done = turn.then(() => ask(events));
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
