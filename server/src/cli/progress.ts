import { systemClock } from "#platform";
import type { Terminal } from "./command.ts";
import { printable } from "./printable.ts";

const QUIET_MS = 2_000;
const EVERY_MS = 200;

export interface Progress {
  /** `text` is made only when it is shown. */
  readonly update: (text: () => string) => void;
  readonly done: () => void;
}

/** A line that moves while work takes longer than two seconds; nothing when nobody watches. */
export const createProgress = (terminal: Terminal): Progress => {
  if (!terminal.isInteractive) return { update: () => undefined, done: () => undefined };
  let nextMs = systemClock.monotonic() + QUIET_MS;
  let isShown = false;
  return {
    update: (text) => {
      const nowMs = systemClock.monotonic();
      if (nowMs < nextMs) return;
      nextMs = nowMs + EVERY_MS;
      isShown = true;
      terminal.showStatus(printable(text()));
    },
    done: () => {
      if (isShown) terminal.showStatus("");
      isShown = false;
    },
  };
};
