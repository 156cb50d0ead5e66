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
  let answered: ((answer: readonly InspectedTexts[] | undefined) => void) | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const start = (): Worker => {
    const started = new Worker(new URL("./inspection-worker.ts", import.meta.url), {
      workerData: setup,
      execArgv: process.execArgv,
    });
    started.unref();
    started.on("message", (message: unknown) => answered?.(trustMessage<readonly InspectedTexts[]>(message)));
    started.on("error", (error) => fail(started, error instanceof Error ? error.message : String(error)));
    return started;
  };

  const fail = (failed: Worker, reason: string): void => {
    // A worker may fail again while it is being ended.
    if (failed !== worker) return;
    logger.error({ reason }, "texts of telemetry could not be inspected");
    worker = undefined;
    void failed.terminate();
    answered?.(undefined);
  };

  const ask = async (events: readonly ToldTexts[]): Promise<readonly InspectedTexts[]> => {
    const own = (worker ??= start());
    const timer = setTimeout(() => fail(own, "it took too long"), BATCH_MS);
    const answer = await new Promise<readonly InspectedTexts[] | undefined>((resolve) => {
      answered = resolve;
      own.postMessage(events);
    });
    clearTimeout(timer);
    answered = undefined;
    return answer ?? events.map(uninspected);
  };

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
