import { createRecorder, type Recorder } from "#pipeline";
import { systemClock } from "#platform";
import type { Spool } from "#storage";

const CATCH_UP_MS = 1_000;

export interface CatchingUp {
  readonly recorder: Recorder;
  /** Writes what still waits. */
  readonly stop: () => Promise<void>;
}

/** A recorder that tries the disk every second: what waits is written and what was lost is said, also when nobody comes. */
export const startRecorder = (spool: Spool, node: string): CatchingUp => {
  const recorder = createRecorder(spool);
  const catchUp = (): Promise<void> => recorder.catchUp(node, systemClock.now());
  const catchingUp = setInterval(() => void catchUp(), CATCH_UP_MS);
  catchingUp.unref();
  return {
    recorder,
    stop: () => {
      clearInterval(catchingUp);
      return catchUp();
    },
  };
};
